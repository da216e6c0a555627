package io.yardmaster.runs.web;

import io.yardmaster.contract.RunDto;
import io.yardmaster.contract.RunFramePageDto;
import io.yardmaster.contract.RunStepDto;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.JobId;
import io.yardmaster.jobs.JobVersions;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.QueuePlace;
import io.yardmaster.runs.RunFrames;
import io.yardmaster.runs.RunQueue;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.RunSteps;
import io.yardmaster.runs.RunView;
import io.yardmaster.runs.Runs;
import io.yardmaster.runs.StepSummaries;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Runs as they are shown whole: with the steps that their job has, and their place in the queue. */
@Component
class RunDetails {

    private final RunQueue queue;
    private final JobVersions versions;
    private final StepSummaries summaries;

    RunDetails(RunQueue queue, JobVersions versions, StepSummaries summaries) {
        this.queue = queue;
        this.versions = versions;
        this.summaries = summaries;
    }

    /** A run as it is now. */
    RunDto now(Runs.Detail found) {
        RunView run = found.run();
        return detail(
                found,
                run.status() == RunState.PENDING ? queue.place(run.runId()).orElse(null) : null);
    }

    /** A run as it was, when it may have had another place in the queue. */
    RunDto then(Runs.Detail found) {
        return detail(found, null);
    }

    /** What is known of a run the moment it is stored: its place in the queue is not, and changes anyway. */
    RunDto accepted(RunView run) {
        return RunTranslation.detail(run, definition(run), RunSteps.NONE, null);
    }

    RunFramePageDto frames(RunFrames found) {
        return FrameTranslation.page(found, definition(found.run()));
    }

    /** One step of a run; {@code step-not-found} where its job has none of this id. */
    RunStepDto step(Runs.Detail found, String stepId) {
        RunView run = found.run();
        return RunTranslation.step(step(run, stepId), found.steps())
                .summary(summaries.of(run.runId(), stepId).orElse(null));
    }

    /**
     * The steps whose lines are those of a step: one that is run several times writes nothing itself, and what its instances
     * have written is meant.
     *
     * @throws ProblemException {@code step-not-found}
     */
    Set<String> writersOf(RunView run, String stepId) {
        return step(run, stepId) instanceof StepDefinition.Repeated repeated
                ? repeated.instances().stream().map(StepDefinition::id).collect(Collectors.toSet())
                : Set.of(stepId);
    }

    private RunDto detail(Runs.Detail found, @Nullable QueuePlace place) {
        RunView run = found.run();
        RunDto detail = RunTranslation.detail(run, definition(run), found.steps(), place);
        detail.getSteps().forEach(step -> step.summary(found.steps().summaries().get(step.getStepId())));
        return detail;
    }

    private StepDefinition step(RunView run, String stepId) {
        JobDefinition job = definition(run);
        return job.step(stepId)
                .orElseThrow(() -> ProblemException.of(
                        ProblemType.STEP_NOT_FOUND,
                        "The job of run " + run.runId() + " has no step " + stepId + ". Its steps are "
                                + job.stepNames() + "."));
    }

    private JobDefinition definition(RunView run) {
        return versions.definition(new JobId(run.jobId()), Sha256.parse(run.jobDigest()));
    }
}
