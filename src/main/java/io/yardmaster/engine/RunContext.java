package io.yardmaster.engine;

import io.yardmaster.executors.RunFolder;
import io.yardmaster.jobs.ExpressionException;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.ClaimedRun;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import io.yardmaster.secrets.SecretMask;

/** What stays the same while a run is driven. */
record RunContext(ClaimedRun run, JobDefinition job, RunFolder folder, RunLog log, SecretMask mask) {

    RunId runId() {
        return run.lease().runId();
    }

    StepDefinition step(String stepId) {
        return job.step(stepId).orElseThrow();
    }

    /** Why a step fails of which an expression has no value. */
    Failure withoutValue(StepDefinition step, ExpressionException e) {
        String message = mask.mask(String.valueOf(e.getMessage()));
        return new Failure(Category.APPLICATION, "expression-without-value", message, false, step.id());
    }
}
