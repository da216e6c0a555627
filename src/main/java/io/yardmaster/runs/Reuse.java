package io.yardmaster.runs;

import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.Matrix;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Which outcomes of an ended run another run of its job can take over. An outcome holds where everything that the step
 * needs has one that holds, too: what comes after a failure, such as a clean-up, is done anew.
 */
final class Reuse {

    private final JobDefinition job;
    private final JobDefinition ran;
    private final RunSteps before;
    private final boolean sameAsApproved;
    private final Map<String, Set<String>> ancestors = new HashMap<>();

    /**
     * Compares a job with what was done.
     *
     * @param job as it will be run
     * @param ran as it was run
     * @param before what the steps of the ended run came to
     * @param sameAsApproved whether what will be run is what people have decided about then: their decisions hold
     */
    Reuse(JobDefinition job, JobDefinition ran, RunSteps before, boolean sameAsApproved) {
        this.job = job;
        this.ran = ran;
        this.before = before;
        this.sameAsApproved = sameAsApproved;
    }

    /** For a run that goes on with what is left: all that succeeded. Conditions of steps are looked at again. */
    Set<String> ofWhatSucceeded() {
        return steps(step -> before.step(step).state() == StepState.SUCCESS);
    }

    /**
     * For a run that begins with a step again: all that neither is it nor needs it.
     *
     * @throws ProblemException {@code step-not-found}; {@code step-not-reusable} where something before it did not succeed
     */
    Set<String> ofWhatDoesNotNeed(String fromStep) {
        if (job.step(fromStep).isEmpty()) {
            throw ProblemException.of(
                    ProblemType.STEP_NOT_FOUND,
                    "The job " + job.id() + " has no step " + fromStep + ". Its steps are " + job.stepNames() + ".");
        }
        List<String> missing = ancestors(fromStep).stream()
                .filter(step -> !hasOutcome(step) && !isGate(step) && !isInstanceOf(step, fromStep))
                .sorted()
                .toList();
        if (!missing.isEmpty()) {
            throw ProblemException.of(
                            ProblemType.STEP_NOT_REUSABLE,
                            "The step " + fromStep + " needs what did not succeed in that run: "
                                    + missing.stream()
                                            .map(step -> step + " ("
                                                    + before.step(step).state().text() + ")")
                                            .collect(Collectors.joining(", "))
                                    + ". Begin with one of those steps, or resume the run.")
                    .with("steps", missing);
        }
        return steps(step -> !step.equals(fromStep)
                && !isInstanceOf(step, fromStep)
                && !ancestors(step).contains(fromStep));
    }

    private Set<String> steps(Predicate<String> wanted) {
        return job.everyStep().stream()
                .map(StepDefinition::id)
                .filter(step -> hasOutcome(step) && ancestors(step).stream().allMatch(this::holds))
                .filter(wanted)
                .filter(step -> sameAsApproved || !isGate(step))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private boolean hasOutcome(String stepId) {
        if (!isSameOfSeveral(stepId)) {
            return false;
        }
        StepRecord step = before.step(stepId);
        return step.state() == StepState.SUCCESS
                || (step.state() == StepState.SKIPPED && StepRecord.BY_CONDITION.equals(step.skipReason()));
    }

    /** A gate that was not there before is asked, and what was done without it stays done. */
    private boolean holds(String stepId) {
        return hasOutcome(stepId) || (isGate(stepId) && before.step(stepId).state() == StepState.PENDING);
    }

    private boolean isGate(String stepId) {
        return job.step(stepId).orElseThrow() instanceof StepDefinition.Approval;
    }

    private boolean isInstanceOf(String stepId, String step) {
        Matrix.Instance instance = job.step(stepId).orElseThrow().instance();
        return instance != null && instance.of().equals(step);
    }

    /** Where a matrix was changed, the instance of this id may have been about something else. */
    private boolean isSameOfSeveral(String stepId) {
        return matrix(job, stepId).equals(matrix(ran, stepId));
    }

    private static Optional<Object> matrix(JobDefinition definition, String stepId) {
        return definition.step(stepId).flatMap(step -> {
            if (step instanceof StepDefinition.Repeated repeated) {
                return Optional.of(repeated.matrix().cells());
            }
            return Optional.ofNullable(step.instance()).map(Matrix.Instance::values);
        });
    }

    /** All that a step needs, directly or through others; one that is run several times needs its instances. */
    private Set<String> ancestors(String stepId) {
        Set<String> known = ancestors.get(stepId);
        if (known != null) {
            return known;
        }
        Set<String> all = new LinkedHashSet<>();
        for (String need : job.step(stepId).orElseThrow().needs()) {
            all.add(need);
            all.addAll(ancestors(need));
        }
        if (job.step(stepId).orElseThrow() instanceof StepDefinition.Repeated repeated) {
            repeated.instances().forEach(instance -> all.add(instance.id()));
        }
        ancestors.put(stepId, all);
        return all;
    }
}
