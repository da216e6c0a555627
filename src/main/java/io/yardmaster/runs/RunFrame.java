package io.yardmaster.runs;

import io.yardmaster.events.EventType;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a run stood after one change of state.
 *
 * @param seq the event that made it
 * @param stepId the step that changed; null where the run did
 * @param steps those that had moved; the others were pending
 */
public record RunFrame(
        long seq, EventType event, @Nullable String stepId, Instant at, RunState state, Map<String, Step> steps) {

    /**
     * How a step stood.
     *
     * @param attempt the number of its newest attempt; 0 before the first
     * @param waitReason what it waited for; null where it did not wait
     */
    public record Step(
            StepState state, int attempt, @Nullable String waitReason) {}
}
