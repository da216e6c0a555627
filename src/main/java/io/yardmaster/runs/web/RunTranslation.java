package io.yardmaster.runs.web;

import io.yardmaster.contract.FailureCategoryDto;
import io.yardmaster.contract.FailureDto;
import io.yardmaster.contract.LateResultDto;
import io.yardmaster.contract.RunAggregateDto;
import io.yardmaster.contract.RunDto;
import io.yardmaster.contract.RunGroupDto;
import io.yardmaster.contract.RunItemDto;
import io.yardmaster.contract.RunOutcomeDto;
import io.yardmaster.contract.RunOwnerDto;
import io.yardmaster.contract.RunPageDto;
import io.yardmaster.contract.RunPauseDto;
import io.yardmaster.contract.RunProvenanceDto;
import io.yardmaster.contract.RunResultDto;
import io.yardmaster.contract.RunStatusDto;
import io.yardmaster.contract.RunStepDto;
import io.yardmaster.contract.RunWaitDto;
import io.yardmaster.contract.SecurityProfileDto;
import io.yardmaster.contract.StepAttemptDto;
import io.yardmaster.contract.StepStatusDto;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.Matrix;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.AttemptRecord;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.LateResult;
import io.yardmaster.runs.QueuePlace;
import io.yardmaster.runs.RunGroups;
import io.yardmaster.runs.RunList;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.RunSteps;
import io.yardmaster.runs.RunSummary;
import io.yardmaster.runs.RunView;
import io.yardmaster.runs.StepRecord;
import io.yardmaster.runs.StepState;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Runs in the contract's words. */
final class RunTranslation {

    private RunTranslation() {}

    static RunDto detail(RunView run, JobDefinition job, RunSteps steps, @Nullable QueuePlace place) {
        List<RunStepDto> translated =
                job.everyStep().stream().map(step -> step(step, steps)).toList();
        return new RunDto()
                .runId(run.runId().toString())
                .jobId(run.jobId())
                .source(run.source())
                .status(status(run.status()))
                .createdAt(run.createdAt())
                .startedAt(run.startedAt())
                .finishedAt(run.finishedAt())
                .updatedAt(run.updatedAt())
                .args((ObjectNode) run.args())
                .labels(labels(run.labels()))
                .attributes((ObjectNode) run.attributes())
                .priority(run.priority())
                .externalId(run.externalId())
                .parentRunId(text(run.parentRunId()))
                .rerunOf(text(run.rerunOf()))
                .result(result(run))
                .failure(failure(run.failure()))
                .wait(place == null ? waiting(run.waitsFor()) : waiting(place))
                .pause(pause(run.pause()))
                .summary(summary(translated))
                .steps(translated)
                .provenance(provenance(run))
                .owner(
                        run.ownerNode() == null
                                ? null
                                : new RunOwnerDto().nodeId(run.ownerNode().toString()))
                .queuePosition(place == null ? null : place.position())
                .securityProfile(SecurityProfileDto.fromValue(run.securityProfile()))
                .deadlineAt(run.deadlineAt())
                .lastSeq(run.lastSeq());
    }

    static RunPageDto page(RunList found) {
        return new RunPageDto()
                .runs(found.page().items().stream().map(RunTranslation::item).toList())
                .total(found.total())
                .totalIsExact(found.totalIsExact())
                .nextPageToken(found.page().nextToken());
    }

    static RunAggregateDto groups(RunGroups counted) {
        return new RunAggregateDto()
                .total(counted.total())
                .groups(counted.groups().stream()
                        .map(group -> new RunGroupDto().key(group.key()).count(group.count()))
                        .toList())
                .truncated(counted.truncated())
                .isExact(counted.exact());
    }

    static RunOutcomeDto outcome(RunView run) {
        return new RunOutcomeDto()
                .runId(run.runId().toString())
                .jobId(run.jobId())
                .status(status(run.status()))
                .startedAt(run.startedAt())
                .finishedAt(run.finishedAt())
                .result(result(run))
                .failure(failure(run.failure()));
    }

    static RunStepDto step(StepDefinition definition, RunSteps steps) {
        StepRecord step = steps.step(definition.id());
        Matrix.Instance instance = definition.instance();
        return new RunStepDto()
                .matrixStep(instance == null ? null : instance.of())
                .matrix(instance == null ? null : instance.values())
                .stepId(definition.id())
                .type(definition.type())
                .status(StepStatusDto.fromValue(step.state().text()))
                .needs(definition.needs())
                .attempts(steps.attempts(definition.id()).stream()
                        .map(RunTranslation::attempt)
                        .toList())
                .outputs(step.outputs())
                .startedAt(step.startedAt())
                .finishedAt(step.finishedAt())
                .failure(failure(step.failure()))
                .waitReason(step.waitReason())
                .dueAt(step.dueAt())
                .reusedFrom(text(step.reusedFrom()))
                .childRunId(text(step.child()))
                .executor(
                        definition instanceof StepDefinition.Run run
                                ? run.executor().label()
                                : null);
    }

    static RunItemDto item(RunSummary run) {
        return new RunItemDto()
                .runId(run.runId().toString())
                .jobId(run.jobId())
                .source(run.source())
                .status(status(run.status()))
                .createdAt(run.createdAt())
                .startedAt(run.startedAt())
                .finishedAt(run.finishedAt())
                .updatedAt(run.updatedAt())
                .labels(labels(run.labels()))
                .attributes((ObjectNode) run.attributes())
                .priority(run.priority())
                .externalId(run.externalId())
                .parentRunId(text(run.parentRunId()))
                .rerunOf(text(run.rerunOf()))
                .failure(failure(run.failure()));
    }

    private static StepAttemptDto attempt(AttemptRecord attempt) {
        return new StepAttemptDto()
                .attempt(attempt.attempt())
                .status(StepStatusDto.fromValue(attempt.state().text()))
                .startedAt(attempt.startedAt())
                .finishedAt(attempt.finishedAt())
                .exitCode(attempt.exitCode())
                .failure(failure(attempt.failure()))
                .lateResult(late(attempt.late()));
    }

    private static @Nullable LateResultDto late(@Nullable LateResult late) {
        return late == null
                ? null
                : new LateResultDto()
                        .status(StepStatusDto.fromValue(late.state().text()))
                        .finishedAt(late.finishedAt())
                        .exitCode(late.exitCode())
                        .failure(failure(late.failure()));
    }

    private static RunStatusDto status(RunState state) {
        return RunStatusDto.fromValue(state.text());
    }

    private static @Nullable RunResultDto result(RunView run) {
        return run.result() == null ? null : new RunResultDto().value(run.result());
    }

    private static @Nullable FailureDto failure(@Nullable Failure failure) {
        return failure == null
                ? null
                : new FailureDto()
                        .category(
                                FailureCategoryDto.fromValue(failure.category().text()))
                        .code(failure.code())
                        .message(failure.message())
                        .retryable(failure.retryable())
                        .stepId(failure.stepId());
    }

    private static RunWaitDto waiting(QueuePlace place) {
        return new RunWaitDto()
                .reason(place.reason().text())
                .dueAt(place.dueAt())
                .key(place.key())
                .limit(place.limit())
                .ahead(place.ahead())
                .heldBy(
                        place.key() == null
                                ? null
                                : place.heldBy().stream().map(RunId::toString).toList());
    }

    private static @Nullable RunWaitDto waiting(@Nullable JsonNode waitsFor) {
        return waitsFor == null
                ? null
                : new RunWaitDto()
                        .reason(waitsFor.path("reason").asString())
                        .dueAt(
                                waitsFor.path("due_at").isString()
                                        ? Instant.parse(waitsFor.path("due_at").asString())
                                        : null)
                        .stepIds(waitsFor.path("step_ids")
                                .valueStream()
                                .map(JsonNode::asString)
                                .toList());
    }

    private static @Nullable RunPauseDto pause(@Nullable JsonNode pause) {
        return pause == null
                ? null
                : new RunPauseDto()
                        .requestedBy(pause.path("requested_by").asString())
                        .requestedAt(
                                OffsetDateTime.parse(pause.path("requested_at").asString())
                                        .toInstant())
                        .reason(
                                pause.path("reason").isString()
                                        ? pause.path("reason").asString()
                                        : null);
    }

    private static @Nullable String text(@Nullable RunId runId) {
        return runId == null ? null : runId.toString();
    }

    private static Map<String, String> labels(JsonNode stored) {
        Map<String, String> labels = new LinkedHashMap<>();
        stored.properties()
                .forEach(label -> labels.put(label.getKey(), label.getValue().asString()));
        return labels;
    }

    private static Map<String, Integer> summary(List<RunStepDto> steps) {
        Map<String, Integer> summary = new LinkedHashMap<>();
        for (StepState state : StepState.values()) {
            int count = (int) steps.stream()
                    .filter(step -> step.getStatus().getValue().equals(state.text()))
                    .count();
            if (count > 0) {
                summary.put(state.text(), count);
            }
        }
        return summary;
    }

    private static RunProvenanceDto provenance(RunView run) {
        return new RunProvenanceDto()
                .source(run.source())
                .sourceRevision(run.sourceRevision())
                .jobDigest(run.jobDigest())
                .planId(run.planId() == null ? null : run.planId().toString())
                .planDigest(run.planDigest())
                .submittedBy(run.submittedBy());
    }
}
