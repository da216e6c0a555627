package io.yardmaster.engine;

import io.yardmaster.events.EventType;
import io.yardmaster.jobs.Condition;
import io.yardmaster.jobs.ExpressionScope;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.AttemptRecord;
import io.yardmaster.runs.ClaimedRun;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.StepRecord;
import io.yardmaster.runs.StepState;
import io.yardmaster.runs.StepTransition;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** How far the steps of one run are. Each move goes through the table of transitions and becomes a change to commit. */
final class RunProgress {

    private final ClaimedRun run;
    private final JobDefinition job;
    private final Clock clock;
    private final Map<String, StepRecord> steps = new LinkedHashMap<>();
    private final Changes changes = new Changes();

    RunProgress(ClaimedRun run, JobDefinition job, Clock clock) {
        this.run = run;
        this.job = job;
        this.clock = clock;
        job.everyStep().forEach(step -> steps.put(step.id(), StepRecord.pending(step.id())));
        run.steps().forEach(step -> steps.put(step.stepId(), step));
    }

    /** What has happened since the last commit. */
    Changes changes() {
        return changes;
    }

    StepRecord step(String stepId) {
        return Objects.requireNonNull(steps.get(stepId));
    }

    Collection<StepRecord> steps() {
        return List.copyOf(steps.values());
    }

    /** The steps whose fate can be decided now, because everything they need has ended. Instances follow their step. */
    List<StepDefinition> decidable() {
        return job.steps().stream()
                .filter(step -> step(step.id()).state() == StepState.PENDING)
                .filter(step ->
                        needs(step).stream().allMatch(need -> step(need).state().isTerminal()))
                .toList();
    }

    /**
     * What a step needs. What a step needed that was taken over from another run counts, too: a gate before it may be
     * asked again.
     */
    private Set<String> needs(StepDefinition step) {
        Set<String> all = new LinkedHashSet<>();
        addNeeds(step, all);
        return all;
    }

    private void addNeeds(StepDefinition step, Set<String> all) {
        for (String need : step.needs()) {
            if (all.add(need) && step(need).reusedFrom() != null) {
                addNeeds(job.step(need).orElseThrow(), all);
            }
        }
    }

    /**
     * Whether a step whose needs have ended runs; null: it does, otherwise why not.
     *
     * @throws io.yardmaster.jobs.ExpressionException where its condition has no value
     */
    @Nullable
    String reasonToSkip(StepDefinition step) {
        if (job.gate() != null && !step.id().equals(job.gate()) && !isSatisfied(step(job.gate()))) {
            // Nobody has agreed to anything of this run.
            return StepRecord.BY_UPSTREAM;
        }
        boolean satisfied = needs(step).stream().allMatch(need -> isSatisfied(step(need)));
        if (step instanceof StepDefinition.Repeated repeated) {
            // Each of its instances is asked for itself.
            Condition ofEach = repeated.when();
            return satisfied || (ofEach != null && ofEach.decidesAlone()) ? null : StepRecord.BY_UPSTREAM;
        }
        Condition when = step.when();
        if (when == null) {
            return satisfied ? null : StepRecord.BY_UPSTREAM;
        }
        if (!satisfied && !when.decidesAlone()) {
            return StepRecord.BY_UPSTREAM;
        }
        if (when.holds(scope(step))) {
            return null;
        }
        return satisfied ? StepRecord.BY_CONDITION : StepRecord.BY_UPSTREAM;
    }

    boolean isOver() {
        return steps.values().stream().allMatch(step -> step.state().isTerminal());
    }

    /** The failure that came first; empty where no step failed. */
    Optional<Failure> firstFailure() {
        return steps.values().stream()
                .filter(step -> step.state() == StepState.FAILED)
                .min(Comparator.comparing(step -> Objects.requireNonNull(step.finishedAt())))
                .map(StepRecord::failure);
    }

    /** The value that was written last; empty where no step wrote one. */
    Optional<JsonNode> lastValue() {
        return steps.values().stream()
                .filter(step -> step.value() != null)
                // Of two that ended in the same millisecond, the one that the job has later.
                .reduce((one, later) -> finishedAt(one).isAfter(finishedAt(later)) ? one : later)
                .map(StepRecord::value);
    }

    private static Instant finishedAt(StepRecord step) {
        return Objects.requireNonNull(step.finishedAt());
    }

    ExpressionScope scope() {
        Map<String, ExpressionScope.StepView> views = new LinkedHashMap<>();
        job.steps().forEach(step -> views.put(step.id(), view(step)));
        return new ExpressionScope(
                run.args(),
                views,
                new ExpressionScope.RunView(
                        run.lease().runId().toString(),
                        run.jobId().toString(),
                        run.lease().tenant().name()));
    }

    /** What the expressions of one step see. */
    ExpressionScope scope(StepDefinition step) {
        return scope().of(step);
    }

    /** The server's time, no finer than it is stored and shown. */
    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /** Whether a moment has come; false where there is none. */
    boolean isPast(@Nullable Instant moment) {
        return moment != null && !now().isBefore(moment);
    }

    /** A new attempt of a step begins. */
    AttemptRecord startAttempt(StepDefinition.Run definition, UUID host) {
        StepRecord before = step(definition.id());
        int attempt = before.attempt() + 1;
        Instant now = now();
        move(StepTransition.START, before, new Moved(attempt).startedAt(now));
        AttemptRecord record =
                new AttemptRecord(definition.id(), attempt, StepState.RUNNING, host, now, null, null, null);
        changes.attempt(record);
        ObjectNode data = EventData.started(definition, attempt);
        changes.event(EventType.STEP_STARTED, now, definition.id(), data);
        return record;
    }

    void endAttempt(AttemptRecord attempt, StepState end, @Nullable Integer exitCode, @Nullable Failure failure) {
        changes.attempt(new AttemptRecord(
                attempt.stepId(),
                attempt.attempt(),
                end,
                attempt.host(),
                attempt.startedAt(),
                now(),
                exitCode,
                failure));
    }

    /** A step without process begins. */
    void startInstant(StepDefinition definition) {
        StepRecord before = step(definition.id());
        Instant now = now();
        move(StepTransition.START, before, new Moved(1).startedAt(now));
        changes.event(EventType.STEP_STARTED, now, definition.id(), EventData.started(definition, 1));
    }

    /**
     * A step waits.
     *
     * @param dueAt for this time at the latest; null: for something else, however long it takes
     */
    void waitUntil(StepDefinition definition, String reason, @Nullable Instant dueAt) {
        waitUntil(definition, reason, now(), dueAt);
    }

    /**
     * A step waits.
     *
     * @param now since when: what it is due at was reckoned from that
     */
    void waitUntil(StepDefinition definition, String reason, Instant now, @Nullable Instant dueAt) {
        String stepId = definition.id();
        StepRecord before = step(stepId);
        if (before.startedAt() == null) {
            changes.event(EventType.STEP_STARTED, now, stepId, EventData.started(definition, 1));
        }
        move(
                StepTransition.WAIT,
                before,
                new Moved(Math.max(1, before.attempt())).startedAt(now).waitsFor(reason, dueAt));
        changes.event(EventType.STEP_WAITING, now, stepId, EventData.waiting(reason, dueAt));
    }

    /** A new attempt of a step begins, and waits for the run that it starts. */
    void waitForChild(StepDefinition.ChildRun definition, RunId child) {
        int attempt = step(definition.id()).attempt() + 1;
        Instant now = now();
        move(StepTransition.START, step(definition.id()), new Moved(attempt).startedAt(now));
        changes.event(EventType.STEP_STARTED, now, definition.id(), EventData.started(definition, attempt));
        move(
                StepTransition.WAIT,
                step(definition.id()),
                new Moved(attempt).waitsFor(Children.REASON, null).child(child));
        tellChild(definition.id(), child, now);
    }

    /** A step waits for another run than it did. That one was never started. */
    void waitForOtherChild(String stepId, RunId child) {
        StepRecord before = step(stepId);
        StepRecord after = new Moved(before.attempt())
                .waitsFor(Children.REASON, null)
                .child(child)
                .after(before, StepState.WAITING);
        steps.put(stepId, after);
        changes.step(after);
        tellChild(stepId, child, now());
    }

    private void tellChild(String stepId, RunId child, Instant now) {
        ObjectNode data = EventData.waiting(Children.REASON, null).put("child_run_id", child.toString());
        changes.event(EventType.STEP_WAITING, now, stepId, data);
    }

    /** A step goes on waiting, for another time. */
    void postpone(String stepId, @Nullable Instant dueAt) {
        StepRecord before = step(stepId);
        StepRecord after = new Moved(before.attempt())
                .waitsFor(Objects.requireNonNull(before.waitReason()), dueAt)
                .after(before, StepState.WAITING);
        steps.put(stepId, after);
        changes.step(after);
    }

    /** A failed attempt is followed by another one later. */
    void retryAt(String stepId, Instant dueAt, Failure failure) {
        StepRecord before = step(stepId);
        if (before.state() == StepState.WAITING) {
            move(StepTransition.START, before, new Moved(before.attempt()));
        }
        move(StepTransition.WAIT, step(stepId), new Moved(before.attempt()).waitsFor("retry", dueAt));
        changes.event(EventType.STEP_RETRYING, now(), stepId, EventData.retrying(before.attempt(), dueAt, failure));
    }

    void succeed(String stepId, @Nullable ObjectNode outputs, @Nullable JsonNode value, @Nullable Integer exitCode) {
        StepRecord before = step(stepId);
        move(
                StepTransition.SUCCEED,
                before,
                new Moved(before.attempt()).finishedAt(now()).outputs(outputs).value(value));
        finished(stepId, exitCode);
    }

    void fail(String stepId, Failure failure, @Nullable Integer exitCode) {
        StepRecord before = step(stepId);
        move(
                StepTransition.FAIL,
                before,
                new Moved(before.attempt()).finishedAt(now()).failure(failure));
        finished(stepId, exitCode);
    }

    void skip(String stepId, String reason) {
        move(StepTransition.SKIP, step(stepId), new Moved(0).finishedAt(now()).skipReason(reason));
        ObjectNode data = JsonNodeFactory.instance.objectNode().put("reason", reason);
        changes.event(EventType.STEP_SKIPPED, now(), stepId, data);
    }

    void cancel(String stepId) {
        StepRecord before = step(stepId);
        move(StepTransition.CANCEL, before, new Moved(before.attempt()).finishedAt(now()));
        finished(stepId, null);
    }

    private void finished(String stepId, @Nullable Integer exitCode) {
        changes.event(EventType.STEP_FINISHED, now(), stepId, EventData.finished(step(stepId), exitCode));
    }

    private void move(StepTransition transition, StepRecord before, Moved moved) {
        StepRecord after = moved.after(before, transition.from(before.state()));
        steps.put(after.stepId(), after);
        changes.step(after);
    }

    private static boolean isSatisfied(StepRecord step) {
        return step.state() == StepState.SUCCESS
                || (step.state() == StepState.SKIPPED && StepRecord.BY_CONDITION.equals(step.skipReason()));
    }

    private ExpressionScope.StepView view(StepDefinition definition) {
        StepRecord step = step(definition.id());
        Failure failure = step.failure();
        return new ExpressionScope.StepView(
                step.state().text(),
                isSatisfied(step),
                failure == null ? null : failure.code(),
                definition instanceof StepDefinition.Repeated repeated ? outputs(repeated) : outputs(step));
    }

    private ArrayNode outputs(StepDefinition.Repeated repeated) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        repeated.instances().forEach(instance -> all.add(outputs(step(instance.id()))));
        return all;
    }

    private static ObjectNode outputs(StepRecord step) {
        ObjectNode outputs = step.outputs();
        return outputs == null ? JsonNodeFactory.instance.objectNode() : outputs;
    }
}
