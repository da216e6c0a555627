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

    static Ending cancelled(Duration grace, RunCommand.Cancel command) {
        String reason = command.reason();
        return new Ending(
                grace, cancellation("Cancelled by " + command.actor() + (reason == null ? "." : ": " + reason)));
    }

    /** What is said of a run that was cancelled. */
    static Failure cancellation(String message) {
        return new Failure(Category.CANCELLATION, "cancelled", message, false, null);
    }

    static Ending outOfResources(Duration grace, String code, String message) {
        return new Ending(grace, new Failure(Category.RESOURCE, code, message, false, null));
    }

    boolean isCancelled() {
        return failure.category() == Category.CANCELLATION;
    }

    static Ending outOfTime(Duration grace, String which, String message) {
        return new Ending(grace, new Failure(Category.TIMEOUT, which + "-timeout", message, true, null));
    }
}
