package io.yardmaster.runs;

import io.yardmaster.jobs.CalledJob;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a new run has to do with others.
 *
 * @param parent what has started it; null: somebody has submitted it
 * @param calledJobs in which versions it will run other jobs
 */
record Kin(@Nullable ParentStep parent, List<CalledJob> calledJobs) {

    boolean isAlone() {
        return parent == null && calledJobs.isEmpty();
    }
}
