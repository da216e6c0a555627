package io.yardmaster.runs;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a run's steps have done so far.
 *
 * @param moved the steps that have moved; the others are pending
 * @param attempts of all steps, by step and number
 * @param summaries what steps left for people to read, by step, each no longer than is shown with the run
 */
public record RunSteps(List<StepRecord> moved, List<AttemptRecord> attempts, Map<String, String> summaries) {

    /** Of a run that has not begun. */
    public static final RunSteps NONE = new RunSteps(List.of(), List.of(), Map.of());

    /** The step, pending where it has not moved. */
    public StepRecord step(String stepId) {
        Optional<StepRecord> step =
                moved.stream().filter(one -> one.stepId().equals(stepId)).findFirst();
        return step.orElseGet(() -> StepRecord.pending(stepId));
    }

    /** The attempts of one step, first to last. */
    public List<AttemptRecord> attempts(String stepId) {
        return attempts.stream()
                .filter(attempt -> attempt.stepId().equals(stepId))
                .toList();
    }
}
