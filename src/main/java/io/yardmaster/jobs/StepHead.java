package io.yardmaster.jobs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What every type of step has.
 *
 * @param id unique in the job
 * @param title for people; the id where the job gives none
 * @param needs the ids of the steps this one waits for
 * @param when whether the step runs at all; null: when all it needs is satisfied
 * @param instance which of several runs of a step this is; null: the step is run once
 * @param line where the step begins in {@code config.yaml}, from 1
 */
record StepHead(
        String id,
        String title,
        List<String> needs,
        @Nullable Condition when,
        Matrix.@Nullable Instance instance,
        int line) {

    public StepHead {
        needs = List.copyOf(needs);
    }

    /** The same step with its condition. */
    StepHead when(@Nullable Condition condition) {
        return new StepHead(id, title, needs, condition, instance, line);
    }

    /** One of several runs of the step. */
    StepHead of(Matrix.Instance one) {
        return new StepHead(one.id(), title, needs, when, one, line);
    }
}
