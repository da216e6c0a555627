package io.yardmaster.approvals.web;

import io.yardmaster.approvals.Approval;
import io.yardmaster.approvals.ApprovalFilter;
import io.yardmaster.approvals.ApprovalStatus;
import io.yardmaster.approvals.Approvals;
import io.yardmaster.approvals.Ballot;
import io.yardmaster.contract.ApprovalClosingDto;
import io.yardmaster.contract.ApprovalDto;
import io.yardmaster.contract.ApprovalItemDto;
import io.yardmaster.contract.ApprovalPageDto;
import io.yardmaster.contract.ApprovalStatusDto;
import io.yardmaster.contract.ApprovalVoteDto;
import io.yardmaster.contract.ApprovalsApiDelegate;
import io.yardmaster.contract.ApproveRequestDto;
import io.yardmaster.contract.ApprovedContentDto;
import io.yardmaster.contract.ConditionalGet;
import io.yardmaster.contract.DenyRequestDto;
import io.yardmaster.contract.NextPage;
import io.yardmaster.contract.OnExpiryDto;
import io.yardmaster.contract.VoteDecisionDto;
import io.yardmaster.idempotency.Idempotency;
import io.yardmaster.jobs.JobId;
import io.yardmaster.jobs.JobVersions;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.kernel.ApprovalId;
import io.yardmaster.kernel.Page;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.RunView;
import io.yardmaster.runs.Runs;
import io.yardmaster.security.CurrentActor;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/** Translates between the contract and {@link Approvals}. */
@Component
class ApprovalsEndpoint implements ApprovalsApiDelegate {

    private final Approvals approvals;
    private final Runs runs;
    private final JobVersions versions;
    private final ConditionalGet conditional;
    private final Idempotency idempotency;
    private final CurrentActor actor;
    private final Turnstile turnstile = new Turnstile();

    ApprovalsEndpoint(
            Approvals approvals,
            Runs runs,
            JobVersions versions,
            ConditionalGet conditional,
            Idempotency idempotency,
            CurrentActor actor) {
        this.approvals = approvals;
        this.runs = runs;
        this.versions = versions;
        this.conditional = conditional;
        this.idempotency = idempotency;
        this.actor = actor;
    }

    @Override
    public ResponseEntity<ApprovalPageDto> listApprovals(
            List<ApprovalStatusDto> status,
            @Nullable String runId,
            Boolean mine,
            Integer limit,
            @Nullable String pageToken) {
        Set<ApprovalStatus> statuses =
                status.stream().map(one -> ApprovalStatus.of(one.getValue())).collect(Collectors.toSet());
        ApprovalFilter filter = new ApprovalFilter(
                statuses.isEmpty() ? Set.of(ApprovalStatus.PENDING) : statuses,
                runId == null ? null : filtered(runId),
                mine);
        Page<Approval> found = approvals.list(filter, pageToken, limit, actor.get());
        return conditional.answer(
                new ApprovalPageDto()
                        .approvals(found.items().stream()
                                .map(ApprovalsEndpoint::item)
                                .toList())
                        .nextPageToken(found.nextToken()),
                NextPage.link(found.nextToken()));
    }

    @Override
    public ResponseEntity<ApprovalDto> getApproval(String approvalId) {
        return conditional.answer(detail(approvals.get(id(approvalId))));
    }

    @Override
    public ResponseEntity<ApprovalDto> approveGate(String approvalId, @Nullable ApproveRequestDto request) {
        return vote(id(approvalId), yes(request));
    }

    @Override
    public ResponseEntity<ApprovalDto> denyGate(String approvalId, @Nullable DenyRequestDto request) {
        return vote(id(approvalId), no(request));
    }

    @Override
    public ResponseEntity<ApprovalDto> approveStep(String runId, String stepId, @Nullable ApproveRequestDto request) {
        return vote(at(runId, stepId), yes(request));
    }

    @Override
    public ResponseEntity<ApprovalDto> denyStep(String runId, String stepId, @Nullable DenyRequestDto request) {
        return vote(at(runId, stepId), no(request));
    }

    private ResponseEntity<ApprovalDto> vote(ApprovalId gate, Ballot ballot) {
        return turnstile.pass(
                gate,
                () -> idempotency.answer(
                        () -> approvals.vote(gate, ballot, actor.get()),
                        approval -> ResponseEntity.ok(detail(approval))));
    }

    private static Ballot yes(@Nullable ApproveRequestDto request) {
        return request == null
                ? new Ballot(true, null, null, null)
                : new Ballot(true, request.getNote(), request.getInputs(), request.getPlanDigest());
    }

    private static Ballot no(@Nullable DenyRequestDto request) {
        return request == null
                ? new Ballot(false, null, null, null)
                : new Ballot(false, request.getNote(), null, request.getPlanDigest());
    }

    private ApprovalId at(String runId, String stepId) {
        RunId id = RunId.parse(runId).orElseThrow(() -> Runs.notFound(runId));
        RunView run = runs.get(id);
        List<StepDefinition> steps = versions.definition(new JobId(run.jobId()), Sha256.parse(run.jobDigest()))
                .steps();
        if (steps.stream().noneMatch(step -> step.id().equals(stepId))) {
            throw ProblemException.of(
                    ProblemType.STEP_NOT_FOUND,
                    "The run has no step " + stepId + ". Its steps are "
                            + steps.stream().map(StepDefinition::id).collect(Collectors.joining(", ")) + ".");
        }
        return approvals.at(id, stepId);
    }

    private static ApprovalItemDto item(Approval approval) {
        return new ApprovalItemDto()
                .id(approval.id().toString())
                .runId(approval.runId().toString())
                .stepId(approval.stepId())
                .jobId(approval.approves().jobId())
                .status(ApprovalStatusDto.fromValue(approval.status().text()))
                .title(approval.title())
                .required(approval.required())
                .approvals(approval.approvals())
                .denials(approval.denials())
                .groups(approval.groups())
                .requestedAt(approval.requestedAt())
                .expiresAt(approval.expiresAt())
                .closedAt(approval.closedAt());
    }

    private static ApprovalDto detail(Approval approval) {
        Approval.Approved approves = approval.approves();
        return new ApprovalDto()
                .id(approval.id().toString())
                .runId(approval.runId().toString())
                .stepId(approval.stepId())
                .jobId(approves.jobId())
                .status(ApprovalStatusDto.fromValue(approval.status().text()))
                .title(approval.title())
                .description(approval.description())
                .required(approval.required())
                .denyQuorum(approval.denyQuorum())
                .approvals(approval.approvals())
                .denials(approval.denials())
                .groups(approval.groups())
                .allowSelf(approval.allowSelf())
                .initiatedBy(List.copyOf(approval.initiators()))
                .form(approval.form())
                .inputs(approval.inputs())
                .approves(new ApprovedContentDto()
                        .source(approves.source())
                        .jobId(approves.jobId())
                        .jobDigest(approves.jobDigest())
                        .planDigest(approves.planDigest())
                        .args(approves.args()))
                .requestedAt(approval.requestedAt())
                .expiresAt(approval.expiresAt())
                .onExpiry(
                        approval.expiresAt() == null
                                ? null
                                : OnExpiryDto.fromValue(approval.onExpiry().label()))
                .closedAt(approval.closedAt())
                .closedBy(approval.closedBy() == null ? null : ApprovalClosingDto.fromValue(approval.closedBy()))
                .votes(approval.votes().stream().map(ApprovalsEndpoint::vote).toList());
    }

    private static ApprovalVoteDto vote(Approval.Vote vote) {
        return new ApprovalVoteDto()
                .voter(vote.voter())
                .decision(vote.approves() ? VoteDecisionDto.APPROVE : VoteDecisionDto.DENY)
                .note(vote.note())
                .votedAt(vote.votedAt());
    }

    private static ApprovalId id(String text) {
        return ApprovalId.parse(text).orElseThrow(() -> Approvals.notFound(text));
    }

    private static RunId filtered(String text) {
        return RunId.parse(text)
                .orElseThrow(() -> ProblemException.validation(List.of(new Fault(
                        "run_id", "run_id must be a run's id, such as run_01JD3M5ZK8Q2W4X6Y7A9B0C1DE.", "run-id"))));
    }
}
