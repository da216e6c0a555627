package io.yardmaster.engine;

import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import io.yardmaster.runs.RunCommand;
import java.time.Duration;

/**
 * Why a run ends before its steps are through.
 *
 * @param grace what its processes get between TERM and KILL
 * @param failure of category cancellation where somebody asked for the end
 */
record Ending(Duration grace, Failure failure) {

    boolean isCancelled() {
        return failure.category() == Category.CANCELLATION;
    }

    /** Somebody has asked for the end. */
    static Failure cancelled(RunCommand.Cancel command) {
        String reason = command.reason();
        return cancelled("Cancelled by " + command.actor() + (reason == null ? "." : ": " + reason));
    }

    static Failure cancelled(String message) {
        return new Failure(Category.CANCELLATION, "cancelled", message, false, null);
    }

    /** The run and others would wait for each other's keys for ever, and it gives way. */
    static Failure deadlocked(String key) {
        String message =
                "The run waited for the concurrency key " + key + ", which a run holds that in its turn waits for"
                        + " a key held above this one. Neither would ever have gone on; this one has given way.";
        return new Failure(Category.RESOURCE, "concurrency-deadlock", message, true, null);
    }

    /** A time of the whole run is over. */
    static Failure outOfTime(String which, String message) {
        return new Failure(Category.TIMEOUT, which + "-timeout", message, true, null);
    }
}
