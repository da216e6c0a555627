package io.yardmaster.engine;

import io.yardmaster.executors.Assignment;
import io.yardmaster.executors.Execution;
import io.yardmaster.runs.AttemptRecord;
import io.yardmaster.runs.Failure;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An attempt under way, as its run's driver knows it. Touched by the driver's thread only. */
final class RunningStep {

    final AttemptRecord attempt;

    /** What is to be started once the attempt is durable; null once it was. */
    @Nullable
    Assignment assignment;

    /** What its artifacts are to be known by. */
    ArtifactKeyTexts keys = ArtifactKeyTexts.NONE;

    @Nullable
    Execution execution;

    @Nullable
    Instant timeoutAt;

    /** Set when it is being ended because it took too long. */
    @Nullable
    Failure outOfTime;

    /** When an attempt that was lost sight of is looked for again. */
    @Nullable
    Instant lookAgainAt;

    private @Nullable Duration stopGrace;

    RunningStep(AttemptRecord attempt, @Nullable Instant timeoutAt) {
        this.attempt = attempt;
        this.timeoutAt = timeoutAt;
    }

    void follow(Execution started) {
        execution = started;
        if (stopGrace != null) {
            started.stop(stopGrace);
        }
    }

    void loseSightUntil(Instant moment) {
        execution = null;
        lookAgainAt = moment;
    }

    /**
     * Ends it; asked again, within the shorter of the graces.
     *
     * @param why the failure it comes to; null where the run ends, whose matter it then is
     */
    void stop(@Nullable Failure why, Duration grace) {
        if (stopGrace != null && stopGrace.compareTo(grace) <= 0) {
            return;
        }
        if (stopGrace == null) {
            outOfTime = why;
        }
        stopGrace = grace;
        if (execution != null) {
            execution.stop(grace);
        }
    }

    /** Leaves its process alone. */
    void letGo() {
        if (execution != null) {
            execution.letGo();
        }
    }
}
