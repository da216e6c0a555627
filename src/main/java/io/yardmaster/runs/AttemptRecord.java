package io.yardmaster.runs;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One try at a step.
 *
 * @param state {@code RUNNING}, {@code SUCCESS}, {@code FAILED} or {@code CANCELLED}
 * @param host the host it was made on
 * @param exitCode what its process ended with; null where there was none or it did not end by itself
 * @param late what a server saw of its end that had lost the run by then; null: there was none
 */
public record AttemptRecord(
        String stepId,
        int attempt,
        StepState state,
        UUID host,
        Instant startedAt,
        @Nullable Instant finishedAt,
        @Nullable Integer exitCode,
        @Nullable Failure failure,
        @Nullable LateResult late) {

    /** An attempt that no late owner has said anything of. */
    public AttemptRecord(
            String stepId,
            int attempt,
            StepState state,
            UUID host,
            Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable Integer exitCode,
            @Nullable Failure failure) {
        this(stepId, attempt, state, host, startedAt, finishedAt, exitCode, failure, null);
    }
}
