package io.yardmaster.jobs;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How long things may take; null where nothing limits them.
 *
 * @param run time a run spends working; waiting does not count
 * @param step time one attempt of a step may take, unless the step says otherwise
 * @param queue time a run may be pending before it is first claimed
 * @param deadline time from submission to the end, by the clock on the wall
 */
public record Timeouts(
        @Nullable Duration run,
        @Nullable Duration step,
        @Nullable Duration queue,
        @Nullable Duration deadline) {

    public static final Timeouts NONE = new Timeouts(null, null, null, null);

    /** These timeouts where {@code requested} names no shorter one: a caller can shorten, never lengthen. */
    public Timeouts shortenedBy(Timeouts requested) {
        return new Timeouts(
                shorter(run, requested.run),
                shorter(step, requested.step),
                shorter(queue, requested.queue),
                shorter(deadline, requested.deadline));
    }

    /** Those of them that are not the same as {@code others}. */
    Timeouts unlike(Timeouts others) {
        return new Timeouts(
                Objects.equals(run, others.run) ? null : run,
                Objects.equals(step, others.step) ? null : step,
                Objects.equals(queue, others.queue) ? null : queue,
                Objects.equals(deadline, others.deadline) ? null : deadline);
    }

    private static @Nullable Duration shorter(@Nullable Duration one, @Nullable Duration other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.compareTo(other) <= 0 ? one : other;
    }
}
