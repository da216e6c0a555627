package io.yardmaster.engine;

import io.yardmaster.jobs.ExpressionException;
import io.yardmaster.jobs.Matrix;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.runs.StepRecord;
import io.yardmaster.runs.StepState;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The steps of one run that are run several times: begins them, paces their instances, and ends them with the last of
 * these. All it knows is in the states of the steps, so that any owner of the run goes on where another one was.
 */
final class FanOut {

    private final List<StepDefinition.Repeated> steps;
    private final RunProgress progress;
    private final RunContext context;

    FanOut(RunContext context, RunProgress progress) {
        this.context = context;
        this.steps = context.job().steps().stream()
                .filter(StepDefinition.Repeated.class::isInstance)
                .map(StepDefinition.Repeated.class::cast)
                .toList();
        this.progress = progress;
    }

    /** What a step needs is there: which of its instances there will be is decided now, each by its own condition. */
    void begin(StepDefinition.Repeated step) {
        for (StepDefinition instance : inState(step, StepState.PENDING).toList()) {
            try {
                String reasonToSkip = progress.reasonToSkip(instance);
                if (reasonToSkip != null) {
                    progress.skip(instance.id(), reasonToSkip);
                }
            } catch (ExpressionException e) {
                progress.fail(instance.id(), context.withoutValue(instance, e), null);
            }
        }
        if (inState(step, StepState.SKIPPED).count() == step.instances().size()) {
            boolean byCondition = step.instances().stream()
                    .allMatch(instance -> StepRecord.BY_CONDITION.equals(
                            progress.step(instance.id()).skipReason()));
            progress.skip(step.id(), byCondition ? StepRecord.BY_CONDITION : StepRecord.BY_UPSTREAM);
        } else {
            progress.startInstant(step);
        }
    }

    /** A step is passed over, and with it what there would have been of it. */
    void skip(StepDefinition.Repeated step, String reason) {
        inState(step, StepState.PENDING).forEach(instance -> progress.skip(instance.id(), reason));
        progress.skip(step.id(), reason);
    }

    /** The instances that may begin now. */
    List<StepDefinition> ready() {
        return underWay()
                .filter(step -> !isFailing(step))
                .flatMap(step -> inState(step, StepState.PENDING)
                        .limit(Math.max(0, step.matrix().maxParallel() - active(step))))
                .toList();
    }

    /** Whether {@link #settle} or {@link #ready} has something for the run's owner to do. */
    boolean hasWork() {
        return underWay().anyMatch(step -> isFailing(step) || areOver(step)) || !ready().isEmpty();
    }

    /**
     * Ends the steps whose instances have ended, and what is left of those that have failed.
     *
     * @param stop ends an instance that is under way
     */
    void settle(Consumer<StepRecord> stop) {
        underWay().filter(this::isFailing).forEach(step -> {
            inState(step, StepState.PENDING).toList().forEach(instance -> progress.cancel(instance.id()));
            step.instances().stream()
                    .map(instance -> progress.step(instance.id()))
                    .filter(instance -> !instance.state().isTerminal())
                    .forEach(stop);
        });
        underWay().filter(this::areOver).toList().forEach(this::end);
    }

    /** Whether an instance is of no use any more, because another one of its step has failed. */
    boolean isGivenUp(StepDefinition instance) {
        Matrix.Instance one = instance.instance();
        return one != null
                && steps.stream().filter(step -> step.id().equals(one.of())).anyMatch(this::isFailing);
    }

    /** The run is being ended: the steps whose instances are over are, too. */
    void cancel() {
        steps.stream()
                .filter(step -> !progress.step(step.id()).state().isTerminal() && areOver(step))
                .forEach(step -> progress.cancel(step.id()));
    }

    private void end(StepDefinition.Repeated step) {
        Optional<StepRecord> failed = inState(step, StepState.FAILED)
                .map(instance -> progress.step(instance.id()))
                .min(Comparator.comparing(instance -> Objects.requireNonNull(instance.finishedAt())));
        if (failed.isPresent()) {
            progress.fail(step.id(), Objects.requireNonNull(failed.get().failure()), null);
        } else {
            progress.succeed(step.id(), null, null, null);
        }
    }

    private Stream<StepDefinition.Repeated> underWay() {
        return steps.stream().filter(step -> progress.step(step.id()).state() == StepState.RUNNING);
    }

    private boolean isFailing(StepDefinition.Repeated step) {
        return step.matrix().failFast()
                && !areOver(step)
                && inState(step, StepState.FAILED).findAny().isPresent();
    }

    private boolean areOver(StepDefinition.Repeated step) {
        return step.instances().stream()
                .allMatch(instance -> progress.step(instance.id()).state().isTerminal());
    }

    private long active(StepDefinition.Repeated step) {
        return Stream.of(StepState.RUNNING, StepState.WAITING)
                .mapToLong(state -> inState(step, state).count())
                .sum();
    }

    private Stream<StepDefinition> inState(StepDefinition.Repeated step, StepState state) {
        return step.instances().stream()
                .filter(instance -> progress.step(instance.id()).state() == state);
    }
}
