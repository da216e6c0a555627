package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;

/** Something that is kept for runs, outside of their history, and goes when they go. */
public interface KeptWithRuns {

    /** Removes what is kept for the runs from one id to another, both included, in small transactions of its own. */
    void remove(RunId first, RunId last);
}
