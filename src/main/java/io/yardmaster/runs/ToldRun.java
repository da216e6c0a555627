package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.events.EventType;
import io.yardmaster.events.LogEntry;
import io.yardmaster.kernel.RunId;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A run as its log tells of it, from the first event to the latest that was taken. */
final class ToldRun {

    /** The events that change a state. */
    static final Set<EventType> CHANGES = EnumSet.of(
            EventType.RUN_CREATED,
            EventType.RUN_STARTED,
            EventType.RUN_WAITING,
            EventType.RUN_RESUMED,
            EventType.RUN_PAUSED,
            EventType.RUN_CANCELLING,
            EventType.RUN_FINISHED,
            EventType.STEP_STARTED,
            EventType.STEP_WAITING,
            EventType.STEP_RETRYING,
            EventType.STEP_FINISHED,
            EventType.STEP_SKIPPED);

    private final Map<String, ToldStep> steps = new LinkedHashMap<>();
    private RunState state = RunState.PENDING;
    private Instant changedAt = Instant.EPOCH;
    private boolean isStarted;
    private @Nullable JsonNode waitsFor;
    private @Nullable JsonNode pause;

    RunState state() {
        return state;
    }

    /** When it last changed. */
    Instant changedAt() {
        return changedAt;
    }

    boolean isStarted() {
        return isStarted;
    }

    /** What it waits for; null where it does not wait. */
    @Nullable
    JsonNode waitsFor() {
        return waitsFor;
    }

    /** Who has paused it, since when and why; null where it is not paused. */
    @Nullable
    JsonNode pause() {
        return pause;
    }

    /** The step; null where it has not moved. */
    @Nullable
    ToldStep step(String stepId) {
        return steps.get(stepId);
    }

    /** The steps that have moved. */
    Map<String, ToldStep> steps() {
        return Map.copyOf(steps);
    }

    /** Goes on by one of the {@link #CHANGES}. */
    void take(LogEntry.Event event) {
        changedAt = event.at();
        ObjectNode data = (ObjectNode) Jsonb.read(event.data());
        if (event.stepId() == null) {
            run(event, data);
        } else {
            steps.put(event.stepId(), step(event, data, steps.get(event.stepId())));
        }
    }

    private void run(LogEntry.Event event, ObjectNode data) {
        waitsFor = null;
        pause = null;
        switch (event.type()) {
            case RUN_STARTED -> {
                isStarted = true;
                state = RunState.RUNNING;
            }
            case RUN_RESUMED -> state = isStarted ? RunState.RUNNING : RunState.PENDING;
            case RUN_WAITING -> {
                state = RunState.WAITING;
                waitsFor = data;
            }
            case RUN_PAUSED -> {
                state = RunState.PAUSED;
                pause = data.put("requested_at", event.at().toString());
            }
            case RUN_CANCELLING -> state = RunState.CANCELLING;
            case RUN_FINISHED -> state = RunState.of(data.path("status").asString());
            default -> {
                // It is as it was.
            }
        }
    }

    private static ToldStep step(LogEntry.Event event, ObjectNode data, @Nullable ToldStep before) {
        Instant startedAt = before == null ? null : before.startedAt();
        RunId child = before == null ? null : before.child();
        int attempt = data.path("attempt").asInt(before == null ? 0 : before.attempt());
        return switch (event.type()) {
            case STEP_STARTED ->
                new ToldStep(StepState.RUNNING, attempt, startedAt == null ? event.at() : startedAt, null, null, child);
            case STEP_WAITING ->
                new ToldStep(
                        StepState.WAITING,
                        attempt,
                        startedAt,
                        data.path("reason").asString(),
                        due(data),
                        child(data, child));
            case STEP_RETRYING -> new ToldStep(StepState.WAITING, attempt, startedAt, "retry", due(data), child);
            case STEP_SKIPPED -> new ToldStep(StepState.SKIPPED, attempt, startedAt, null, null, child);
            case STEP_FINISHED ->
                new ToldStep(StepState.of(data.path("status").asString()), attempt, startedAt, null, null, child);
            default -> Objects.requireNonNull(before);
        };
    }

    private static @Nullable RunId child(ObjectNode data, @Nullable RunId before) {
        return RunId.parse(data.path("child_run_id").asString("")).orElse(before);
    }

    private static @Nullable Instant due(ObjectNode data) {
        JsonNode due = data.path("due_at");
        return due.isString() ? Instant.parse(due.asString()) : null;
    }

    /**
     * A step that has moved.
     *
     * @param attempt the number of its newest attempt; 0 before the first
     * @param child the run that it has started; null: none
     */
    record ToldStep(
            StepState state,
            int attempt,
            @Nullable Instant startedAt,
            @Nullable String waitReason,
            @Nullable Instant dueAt,
            @Nullable RunId child) {}
}
