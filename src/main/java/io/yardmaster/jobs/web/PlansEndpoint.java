package io.yardmaster.jobs.web;

import io.yardmaster.contract.ConditionalGet;
import io.yardmaster.contract.FindingSeverityDto;
import io.yardmaster.contract.PlanDto;
import io.yardmaster.contract.PlanRequestDto;
import io.yardmaster.contract.PlansApiDelegate;
import io.yardmaster.contract.PolicyFindingDto;
import io.yardmaster.contract.SecurityProfileDto;
import io.yardmaster.idempotency.Idempotency;
import io.yardmaster.jobs.JobFault;
import io.yardmaster.jobs.JobId;
import io.yardmaster.jobs.Plan;
import io.yardmaster.jobs.PlanRequest;
import io.yardmaster.jobs.Planner;
import io.yardmaster.jobs.PolicyDecision;
import io.yardmaster.jobs.PreparedRun;
import io.yardmaster.jobs.SecurityProfile;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.PlanId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.security.CurrentActor;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.JsonNodeFactory;

@Component
class PlansEndpoint implements PlansApiDelegate {

    private final Planner planner;
    private final ConditionalGet conditional;
    private final Idempotency idempotency;
    private final CurrentActor currentActor;

    PlansEndpoint(Planner planner, ConditionalGet conditional, Idempotency idempotency, CurrentActor currentActor) {
        this.planner = planner;
        this.conditional = conditional;
        this.idempotency = idempotency;
        this.currentActor = currentActor;
    }

    @Override
    public ResponseEntity<PlanDto> createPlan(PlanRequestDto request) {
        Actor actor = currentActor.get();
        if (request.getTenant() != null
                && !request.getTenant().equals(actor.tenant().name())) {
            throw ProblemException.of(
                    ProblemType.PERMISSION_DENIED,
                    "The token belongs to another tenant than the request names. Leave tenant out.");
        }
        JobId jobId = JobId.parse(request.getJobId())
                .orElseThrow(() -> ProblemException.of(
                        ProblemType.JOB_NOT_FOUND,
                        "There is no job " + request.getJobId() + ": no job can have this id."));
        SecurityProfileDto profile = request.getSecurityProfile();
        PlanRequest asked = new PlanRequest(
                jobId,
                request.getSource(),
                request.getArgs() == null ? JsonNodeFactory.instance.objectNode() : request.getArgs(),
                StepDtos.timeouts(request.getTimeouts()),
                profile == null ? null : SecurityProfile.of(profile.getValue()).orElseThrow());
        PreparedRun prepared = planner.prepare(asked, actor);
        ResponseEntity<PlanDto> answer = idempotency.answer(
                () -> planner.keep(asked, prepared, actor),
                plan -> ResponseEntity.created(URI.create("/api/v1/plans/" + plan.id()))
                        .body(body(plan)));
        planner.removeExpired();
        return answer;
    }

    @Override
    public ResponseEntity<PlanDto> getPlan(String planId) {
        PlanId id = PlanId.parse(planId)
                .orElseThrow(() -> ProblemException.of(
                        ProblemType.PLAN_NOT_FOUND,
                        "There is no plan " + planId + ". Make a new one with POST /api/v1/plans."));
        return conditional.answer(body(planner.get(id, currentActor.get())));
    }

    private static PlanDto body(Plan plan) {
        List<StepDefinition> steps = plan.definition().steps();
        return new PlanDto()
                .planId(plan.id().toString())
                .jobId(plan.version().jobId().value())
                .source(plan.version().source())
                .jobDigest(plan.version().digest().toString())
                .args(plan.args())
                .levels(levels(steps))
                .steps(steps.stream().map(step -> StepDtos.ofPlan(step, plan)).toList())
                .concurrency(StepDtos.concurrency(plan.concurrency()))
                .securityProfile(
                        SecurityProfileDto.fromValue(plan.policy().profile().label()))
                .policyFindings(plan.policy().findings().stream()
                        .map(PlansEndpoint::finding)
                        .toList())
                .approvals(StepDtos.approvals(steps, plan.args()))
                .warnings(plan.definition().warnings().stream()
                        .map(JobFault::toString)
                        .toList())
                .runnable(!plan.policy().denied())
                .digest(plan.digest().toString())
                .createdAt(plan.createdAt())
                .expiresAt(plan.expiresAt())
                .createdBy(plan.createdBy());
    }

    private static PolicyFindingDto finding(PolicyDecision.Finding finding) {
        return new PolicyFindingDto()
                .code(finding.code())
                .severity(FindingSeverityDto.fromValue(finding.severity()))
                .message(finding.message())
                .stepId(finding.step());
    }

    /** Each step one level below the lowest of those it needs. */
    private static List<List<String>> levels(List<StepDefinition> steps) {
        Set<String> placed = new HashSet<>();
        List<List<String>> levels = new ArrayList<>();
        while (placed.size() < steps.size()) {
            List<String> ready = steps.stream()
                    .filter(step -> !placed.contains(step.id()) && placed.containsAll(step.needs()))
                    .map(StepDefinition::id)
                    .toList();
            if (ready.isEmpty()) {
                throw new IllegalStateException("a job with a circle of needs was read");
            }
            placed.addAll(ready);
            levels.add(ready);
        }
        return levels;
    }
}
