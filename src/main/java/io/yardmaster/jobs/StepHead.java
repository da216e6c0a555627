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
 * @param line where the step begins in {@code config.yaml}, from 1
 */
public record StepHead(
        String id,
        String title,
        List<String> needs,
        @Nullable Condition when,
        int line) {

    public StepHead {
        needs = List.copyOf(needs);
    }
}
