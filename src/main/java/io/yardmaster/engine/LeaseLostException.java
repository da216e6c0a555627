package io.yardmaster.engine;

import io.yardmaster.kernel.RunId;

/** Somebody else owns the run now. Whoever gets this stops at once and writes nothing more. */
final class LeaseLostException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    LeaseLostException(RunId runId) {
        super("the lease of " + runId + " is lost");
    }
}
