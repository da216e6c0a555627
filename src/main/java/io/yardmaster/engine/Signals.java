package io.yardmaster.engine;

import io.yardmaster.events.EventType;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import io.yardmaster.runs.RunCommand;
import io.yardmaster.runs.RunQueue;
import io.yardmaster.runs.StepRecord;
import io.yardmaster.runs.StepState;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * The messages that one run gets from other systems. Those that no step waits for stay in its inbox, in their order; they
 * are looked for there when a step wants one.
 */
final class Signals {

    /** What a step waits for that waits for a message. */
    static final String REASON = "signal";

    private final RunContext context;
    private final RunProgress progress;
    private final RunQueue queue;

    Signals(RunContext context, RunProgress progress, RunQueue queue) {
        this.context = context;
        this.progress = progress;
        this.queue = queue;
    }

    /** A message has come. A step that waits has looked before that: it is the first one for it. */
    void act(RunCommand.Signal signal) {
        ObjectNode data = EventData.none().put("name", signal.name()).put("sent_by", signal.actor());
        data.set("payload", signal.payload());
        progress.changes().event(EventType.SIGNAL_RECEIVED, progress.now(), null, data);
        steps(signal.name())
                .filter(step -> isWaiting(progress.step(step.id())))
                .findFirst()
                .ifPresent(step -> give(step, signal));
    }

    /** A step wants one: it gets the oldest that is kept, or waits. */
    void await(StepDefinition.Signal step) {
        long seen = context.log().inboxDone();
        RunCommand kept = seen == 0
                ? null
                : queue.signal(context.runId(), step.name(), seen, taken(step.name()))
                        .orElse(null);
        if (kept instanceof RunCommand.Signal signal) {
            progress.startInstant(step);
            give(step, signal);
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

    private void give(StepDefinition.Signal step, RunCommand.Signal signal) {
        progress.succeed(step.id(), signal.payload(), null, null);
    }

    /** How many of a name steps have got: each that has, has succeeded. */
    private long taken(String name) {
        return steps(name)
                .map(step -> progress.step(step.id()))
                .filter(step -> step.state() == StepState.SUCCESS && step.reusedFrom() == null)
                .count();
    }

    private Stream<StepDefinition.Signal> steps(String name) {
        return context.job().steps().stream()
                .filter(StepDefinition.Signal.class::isInstance)
                .map(StepDefinition.Signal.class::cast)
                .filter(step -> step.name().equals(name));
    }
}
