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
     * Stops following the attempt and leaves it alone: it goes on, and whoever {@linkplain Executor#adopt adopts} it
     * next finds its output and its end. The outcome is completed with a {@link
     * java.util.concurrent.CancellationException}.
     */
    void letGo();
}
