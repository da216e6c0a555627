package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A step as it is stored.
 *
 * @param attempt the number of its newest attempt; 0 before the first
 * @param waitReason what it waits for ({@code sleep}, {@code retry}, {@code approval}, {@code signal}, {@code child}); null where it does not wait
 * @param dueAt when the waiting is over
 * @param outputs what later steps can refer to
 * @param value the value it answers, which is the run's result where the job names none
 * @param skipReason {@code condition} where its own condition did not hold, {@code upstream} where something it needs
 *     failed; null where it was not skipped
 * @param reusedFrom the run in which it ran, where its outcome was taken over from there; null: it is this run's own
 * @param child the run that its newest attempt has started; null: none
 */
public record StepRecord(
        String stepId,
        StepState state,
        int attempt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        @Nullable String waitReason,
        @Nullable Instant dueAt,
        @Nullable ObjectNode outputs,
        @Nullable JsonNode value,
        @Nullable Failure failure,
        @Nullable String skipReason,
        @Nullable RunId reusedFrom,
        @Nullable RunId child) {

    /** A step that was skipped by its own condition. */
    public static final String BY_CONDITION = "condition";

    /** A step that was skipped because something it needs failed. */
    public static final String BY_UPSTREAM = "upstream";

    /** A step that has not moved. */
    public static StepRecord pending(String stepId) {
        return new StepRecord(stepId, StepState.PENDING, 0, null, null, null, null, null, null, null, null, null, null);
    }
}
