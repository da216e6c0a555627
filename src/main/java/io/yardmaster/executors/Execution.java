package io.yardmaster.executors;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** An attempt that was started or taken up. */
public interface Execution {

    /**
     * How the attempt ended. Completes exactly once, after all output was given to the console and nothing of the
     * attempt is alive; exceptionally when the console failed or the attempt was {@linkplain #letGo() let go}.
     */
    CompletableFuture<Outcome> outcome();

    /**
     * Ends the attempt: TERM to all of it, KILL after the grace, again until nothing is left. Returns at once; the end
     * is told by {@link #outcome()}. Asked again, the earlier end of the two graces counts. Without effect on an
     * attempt that has written its exit code.
     */
    void stop(Duration grace);

    /**
     * Lays an update before the step, which answers by way of {@link Console#answered}. Returns at once, whether the
     * step looks for updates or not. Laying the same one before it again is without effect.
     *
     * @return false where it cannot be laid before the step now; it may be possible later
     */
    boolean hand(StepUpdate update);

    /** Whether the step may have begun with an update; false: it has not, and when it has ended it never will. */
    boolean hasTaken(StepUpdate update);

    /** The answer to an update is durable, or none is wanted any more: nothing of it needs to be kept for the step. */
    void forget(StepUpdate update);

    /**
     * Stops following the attempt and leaves it alone: it goes on, and whoever {@linkplain Executor#adopt adopts} it
     * next finds its output and its end. The outcome is completed with a {@link
     * java.util.concurrent.CancellationException}.
     */
    void letGo();
}
