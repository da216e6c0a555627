package io.yardmaster.engine;

import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Why a run ends before its steps are through.
 *
 * @param grace what its processes get between TERM and KILL
 * @param failure null where it was cancelled
 */
record Ending(Duration grace, @Nullable Failure failure) {

    static Ending cancelled(Duration grace) {
        return new Ending(grace, null);
    }

    static Ending outOfTime(Duration grace, String which, String message) {
        return new Ending(grace, new Failure(Category.TIMEOUT, which + "-timeout", message, true, null));
    }
}
