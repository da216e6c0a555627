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
 */
public record AttemptRecord(
        String stepId,
        int attempt,
        StepState state,
        UUID host,
        Instant startedAt,
        @Nullable Instant finishedAt,
        @Nullable Integer exitCode,
        @Nullable Failure failure) {}
