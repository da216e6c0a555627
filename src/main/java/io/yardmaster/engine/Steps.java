package io.yardmaster.engine;

import io.yardmaster.jobs.ExpressionException;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.runs.AttemptRecord;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import io.yardmaster.runs.StepRecord;
import io.yardmaster.runs.StepState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Moves the steps of one run: each begins when it can, goes on when its time has come, and ends with the run. */
final class Steps {

    private final RunContext context;
    private final RunProgress progress;
    private final RunStanding standing;
    private final StepKinds kinds;
    private final RunWorkspace workspace;
    private final Commits commits;
    private final Runnable inboxHasGrown;
    private final BooleanSupplier hasMail;

    /**
     * Of a run.
     *
     * @param inboxHasGrown is told where something that ends a step is in the run's inbox already
     * @param hasMail whether the driver has been told something that it has not handled
     */
    Steps(
            RunContext context,
            RunProgress progress,
            RunStanding standing,
            StepKinds kinds,
            RunWorkspace workspace,
            Commits commits,
            Runnable inboxHasGrown,
            BooleanSupplier hasMail) {
        this.context = context;
        this.progress = progress;
        this.standing = standing;
        this.kinds = kinds;
        this.workspace = workspace;
        this.commits = commits;
        this.inboxHasGrown = inboxHasGrown;
        this.hasMail = hasMail;
    }

    /** Takes up what an earlier owner of the run has begun. */
    void takeUp() {
        kinds.children().recall(this::failWithoutValue);
        for (AttemptRecord attempt : context.run().attempts()) {
            if (workspace.isHere()) {
                kinds.running().adopt(attempt);
            } else {
                kinds.updates().attemptEnds(attempt);
                kinds.running().lost(attempt, !standing.isEnding());
            }
        }
    }

    // ---- Going on

    /** Has the steps go on that have waited for long enough. */
    void wake() {
        for (StepRecord step : progress.steps()) {
            if (step.state() == StepState.WAITING
                    && progress.isPast(step.dueAt())
                    && !kinds.fanOut().isGivenUp(context.step(step.stepId()))) {
                wake(context.step(step.stepId()));
            }
        }
    }

    private void wake(StepDefinition step) {
        try {
            switch (step) {
                case StepDefinition.Run run -> start(run);
                case StepDefinition.Sleep sleep -> progress.succeed(sleep.id(), null, null, null);
                case StepDefinition.Approval gate -> {
                    // Looked after before.
                }
                case StepDefinition.Signal signal -> kinds.signals().timeOut(signal);
                case StepDefinition.Eval eval -> throw neverWaits(eval);
                case StepDefinition.ChildRun child -> kinds.children().begin(child);
                case StepDefinition.Repeated repeated -> throw neverWaits(repeated);
                case StepDefinition.Unsupported unsupported -> throw neverWaits(unsupported);
            }
        } catch (ExpressionException e) {
            failWithoutValue(step, e);
        }
    }

    private static IllegalStateException neverWaits(StepDefinition step) {
        return new IllegalStateException("a step of type " + step.type() + " never waits");
    }

    // ---- Beginning

    /** Begins every step that is ready; one that is done at once may make others ready. */
    void begin() {
        do {
            for (List<StepDefinition> ready = ready(); !ready.isEmpty(); ready = ready()) {
                ready.forEach(this::decide);
            }
        } while (launch());
    }

    private List<StepDefinition> ready() {
        kinds.fanOut().settle(this::giveUp);
        List<StepDefinition> ready = progress.decidable();
        return ready.isEmpty() ? kinds.fanOut().ready() : ready;
    }

    private void decide(StepDefinition step) {
        try {
            // That of an instance was looked at when its step began.
            String reasonToSkip = step.instance() == null ? progress.reasonToSkip(step) : null;
            if (reasonToSkip == null) {
                begin(step);
            } else if (step instanceof StepDefinition.Repeated repeated) {
                kinds.fanOut().skip(repeated, reasonToSkip);
            } else {
                progress.skip(step.id(), reasonToSkip);
            }
        } catch (ExpressionException e) {
            failWithoutValue(step, e);
        }
    }

    private void begin(StepDefinition step) {
        switch (step) {
            case StepDefinition.Run run -> start(run);
            case StepDefinition.Sleep sleep -> {
                Instant now = progress.now();
                progress.waitUntil(sleep, "sleep", now, now.plus(sleep.duration()));
            }
            case StepDefinition.Approval gate -> kinds.gates().ask(gate);
            case StepDefinition.Signal signal -> kinds.signals().await(signal);
            case StepDefinition.Eval eval -> evaluate(eval);
            case StepDefinition.ChildRun child -> kinds.children().begin(child);
            case StepDefinition.Repeated repeated -> kinds.fanOut().begin(repeated);
            case StepDefinition.Unsupported unsupported -> refuse(unsupported);
        }
    }

    private void start(StepDefinition.Run step) {
        Failure hindrance = workspace.prepare(step);
        if (hindrance != null) {
            progress.fail(step.id(), hindrance, null);
            return;
        }
        kinds.running().start(step);
        workspace.stayHere();
    }

    private void evaluate(StepDefinition.Eval step) {
        ObjectNode outputs = JsonNodeFactory.instance.objectNode();
        step.values().forEach((name, value) -> outputs.set(name, value.evaluate(progress.scope(step))));
        // Put together of what is not secret, it may still be one.
        ObjectNode shown = (ObjectNode) context.mask().mask(outputs);
        progress.startInstant(step);
        progress.succeed(step.id(), shown, shown, null);
    }

    private void refuse(StepDefinition.Unsupported step) {
        String message = "This server cannot run steps of type " + step.type() + ".";
        progress.fail(step.id(), new Failure(Category.SYSTEM, "not-available", message, false, step.id()), null);
    }

    /**
     * What was begun is started when that is durable.
     *
     * @return whether something could not be, so that other steps may be ready now
     */
    private boolean launch() {
        if (!kinds.running().areToBeLaunched() && !kinds.children().areToBeStarted()) {
            return false;
        }
        kinds.children().renameOld();
        commits.flush();
        kinds.running().launch();
        return kinds.children().start(hasMail);
    }

    private void failWithoutValue(StepDefinition step, ExpressionException e) {
        progress.fail(step.id(), context.withoutValue(step, e), null);
    }

    // ---- Ending

    /** Ends all that have not ended: the run does. */
    void end(Duration grace) {
        kinds.running().stopAll(grace);
        if (progress.steps().stream().anyMatch(Gates::isOpen)) {
            kinds.gates().withdraw();
        }
        // The last first: those that wait for a place are told before others end and make room for them.
        for (StepRecord step : List.copyOf(progress.steps()).reversed()) {
            if (Children.isWaiting(step)) {
                stopChild(step, grace);
            } else if (!step.state().isTerminal()
                    && !kinds.running().contains(step.stepId())
                    && !(context.step(step.stepId()) instanceof StepDefinition.Repeated)) {
                progress.cancel(step.stepId());
            }
        }
        kinds.fanOut().cancel();
    }

    /** Ends a step that is under way while the run goes on. */
    private void giveUp(StepRecord step) {
        if (Children.isWaiting(step)) {
            stopChild(step, standing.usualGrace());
        } else if (kinds.running().contains(step.stepId())) {
            kinds.running().stop(step.stepId(), standing.usualGrace());
        } else {
            progress.cancel(step.stepId());
        }
    }

    private void stopChild(StepRecord step, Duration grace) {
        Ending ending = standing.ending();
        if (!kinds.children().stop(step, grace, ending == null ? null : ending.failure())) {
            inboxHasGrown.run();
        }
    }
}
