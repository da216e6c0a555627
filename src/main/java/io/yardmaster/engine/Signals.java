package io.yardmaster.engine;

import io.yardmaster.events.EventType;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import io.yardmaster.runs.RunCommand;
import io.yardmaster.runs.StepRecord;
import io.yardmaster.runs.StepState;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The messages that one run has got from other systems: kept in their order until a step waits for them. */
final class Signals {

    /** What a step waits for that waits for a message. */
    static final String REASON = "signal";

    private final JobDefinition job;
    private final RunProgress progress;
    private final Map<String, Deque<ObjectNode>> kept = new HashMap<>();

    Signals(JobDefinition job, RunProgress progress) {
        this.job = job;
        this.progress = progress;
    }

    /** An earlier owner has told of this one already. */
    void recall(RunCommand.Signal signal) {
        keep(signal);
    }

    /** After all were recalled: those that steps have got are not kept. */
    void forgetTaken() {
        steps().filter(step -> {
                    StepRecord record = progress.step(step.id());
                    return record.state() == StepState.SUCCESS && record.reusedFrom() == null;
                })
                .forEach(step -> take(step.name()));
    }

    /** A message has come. */
    void act(RunCommand.Signal signal) {
        ObjectNode data = EventData.none().put("name", signal.name()).put("sent_by", signal.actor());
        data.set("payload", signal.payload());
        progress.changes().event(EventType.SIGNAL_RECEIVED, progress.now(), null, data);
        keep(signal);
        steps().filter(step -> step.name().equals(signal.name()) && isWaiting(progress.step(step.id())))
                .findFirst()
                .ifPresent(this::give);
    }

    /** A step wants one: it gets the oldest that is kept, or waits. */
    void await(StepDefinition.Signal step) {
        Deque<ObjectNode> waiting = kept.get(step.name());
        if (waiting != null && !waiting.isEmpty()) {
            progress.startInstant(step);
            give(step);
        } else {
            progress.waitUntil(
                    step, REASON, step.timeout() == null ? null : progress.now().plus(step.timeout()));
        }
    }

    /** Nothing came in time. */
    void timeOut(StepDefinition.Signal step) {
        progress.fail(
                step.id(),
                new Failure(
                        Category.TIMEOUT,
                        "signal-timeout",
                        "The signal " + step.name() + " did not come in time.",
                        false,
                        step.id()),
                null);
    }

    static boolean isWaiting(StepRecord step) {
        return step.state() == StepState.WAITING && REASON.equals(step.waitReason());
    }

    private void give(StepDefinition.Signal step) {
        progress.succeed(step.id(), take(step.name()), null, null);
    }

    private void keep(RunCommand.Signal signal) {
        kept.computeIfAbsent(signal.name(), name -> new ArrayDeque<>()).add(signal.payload());
    }

    private @Nullable ObjectNode take(String name) {
        Deque<ObjectNode> waiting = kept.get(name);
        return waiting == null ? null : waiting.poll();
    }

    private Stream<StepDefinition.Signal> steps() {
        return job.steps().stream()
                .filter(StepDefinition.Signal.class::isInstance)
                .map(StepDefinition.Signal.class::cast);
    }
}
