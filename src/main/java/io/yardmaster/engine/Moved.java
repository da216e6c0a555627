package io.yardmaster.engine;

import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.StepRecord;
import io.yardmaster.runs.StepState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is new about a step that moves; the rest stays or ends with the state it left. */
final class Moved {

    private final int attempt;
    private @Nullable Instant startedAt;
    private @Nullable Instant finishedAt;
    private @Nullable String waitReason;
    private @Nullable Instant dueAt;
    private @Nullable ObjectNode outputs;
    private @Nullable JsonNode value;
    private @Nullable Failure failure;
    private @Nullable String skipReason;
    private @Nullable RunId child;

    Moved(int attempt) {
        this.attempt = attempt;
    }

    /** Counts only where the step has not been started before. */
    Moved startedAt(Instant at) {
        startedAt = at;
        return this;
    }

    Moved finishedAt(Instant at) {
        finishedAt = at;
        return this;
    }

    Moved waitsFor(String reason, @Nullable Instant until) {
        waitReason = reason;
        dueAt = until;
        return this;
    }

    Moved outputs(@Nullable ObjectNode written) {
        outputs = written;
        return this;
    }

    Moved value(@Nullable JsonNode answered) {
        value = answered;
        return this;
    }

    Moved failure(Failure why) {
        failure = why;
        return this;
    }

    Moved skipReason(String why) {
        skipReason = why;
        return this;
    }

    /** Without it, the step keeps the run that it has started before. */
    Moved child(RunId started) {
        child = started;
        return this;
    }

    StepRecord after(StepRecord before, StepState state) {
        return new StepRecord(
                before.stepId(),
                state,
                attempt,
                before.startedAt() == null ? startedAt : before.startedAt(),
                finishedAt,
                waitReason,
                dueAt,
                outputs,
                value,
                failure,
                skipReason,
                before.reusedFrom(),
                child == null ? before.child() : child);
    }
}
