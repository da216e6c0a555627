package io.yardmaster.runs.web;

import io.yardmaster.contract.FrameStepDto;
import io.yardmaster.contract.RunFrameDto;
import io.yardmaster.contract.RunFramePageDto;
import io.yardmaster.contract.RunStatusDto;
import io.yardmaster.contract.StepStatusDto;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.runs.RunFrame;
import io.yardmaster.runs.RunFrames;
import io.yardmaster.runs.StepState;
import org.jspecify.annotations.Nullable;

/** Frames in the contract's words. */
final class FrameTranslation {

    private FrameTranslation() {}

    static RunFramePageDto page(RunFrames found, JobDefinition job) {
        return new RunFramePageDto()
                .runId(found.run().runId().toString())
                .frames(found.frames().stream().map(frame -> frame(frame, job)).toList())
                .lastSeq(found.run().lastSeq())
                .nextAfterFrame(found.more() ? (Long) found.frames().getLast().seq() : null);
    }

    private static RunFrameDto frame(RunFrame frame, JobDefinition job) {
        return new RunFrameDto()
                .frame(frame.seq())
                .event(frame.event().text())
                .stepId(frame.stepId())
                .timestamp(frame.at())
                .status(RunStatusDto.fromValue(frame.state().text()))
                .steps(job.everyStep().stream().map(step -> step(step, frame)).toList());
    }

    private static FrameStepDto step(StepDefinition definition, RunFrame frame) {
        RunFrame.@Nullable Step step = frame.steps().get(definition.id());
        return step == null
                ? new FrameStepDto().stepId(definition.id()).status(StepStatusDto.fromValue(StepState.PENDING.text()))
                : new FrameStepDto()
                        .stepId(definition.id())
                        .status(StepStatusDto.fromValue(step.state().text()))
                        .attempt(step.attempt() == 0 ? null : (Integer) step.attempt())
                        .waitReason(step.waitReason());
    }
}
