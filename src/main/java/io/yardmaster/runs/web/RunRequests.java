package io.yardmaster.runs.web;

import io.yardmaster.contract.RunRequestDto;
import io.yardmaster.contract.TimeoutsDto;
import io.yardmaster.jobs.Durations;
import io.yardmaster.jobs.JobId;
import io.yardmaster.jobs.PlanRequest;
import io.yardmaster.jobs.SecurityProfile;
import io.yardmaster.jobs.Timeouts;
import io.yardmaster.kernel.PlanId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.AttributeValue;
import io.yardmaster.runs.RunSubmission;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reads what a caller wants to be run. The contract has been checked: either a job or a plan is named. */
final class RunRequests {

    private RunRequests() {}

    static RunSubmission submission(RunRequestDto request) {
        return new RunSubmission(
                what(request),
                request.getLabels() == null ? Map.of() : request.getLabels(),
                attributes(request.getAttributes()),
                request.getPriority() == null ? 0 : request.getPriority(),
                request.getNotBefore(),
                request.getExternalId(),
                request.getConcurrencyKey());
    }

    private static ObjectNode attributes(@Nullable ObjectNode attributes) {
        if (attributes == null) {
            return JsonNodeFactory.instance.objectNode();
        }
        List<Fault> faults = attributes.properties().stream()
                .filter(attribute -> AttributeValue.of(attribute.getValue()).isEmpty())
                .map(attribute -> new Fault(
                        "/attributes/" + attribute.getKey(),
                        "/attributes/" + attribute.getKey() + " must be a number, text, true or false.",
                        "type"))
                .toList();
        if (!faults.isEmpty()) {
            throw ProblemException.validation(faults);
        }
        return attributes;
    }

    private static RunSubmission.What what(RunRequestDto request) {
        String planId = request.getPlanId();
        if (planId != null) {
            return new RunSubmission.Planned(PlanId.parse(planId)
                    .orElseThrow(
                            () -> ProblemException.of(ProblemType.PLAN_NOT_FOUND, "There is no plan " + planId + ".")));
        }
        String jobId = Objects.requireNonNull(request.getJobId());
        return new RunSubmission.Job(new PlanRequest(
                JobId.parse(jobId)
                        .orElseThrow(
                                () -> ProblemException.of(ProblemType.JOB_NOT_FOUND, "There is no job " + jobId + ".")),
                request.getSource(),
                request.getArgs() == null ? JsonNodeFactory.instance.objectNode() : request.getArgs(),
                timeouts(request.getTimeouts()),
                request.getSecurityProfile() == null
                        ? null
                        : SecurityProfile.of(request.getSecurityProfile().getValue())
                                .orElseThrow()));
    }

    private static Timeouts timeouts(@Nullable TimeoutsDto timeouts) {
        return timeouts == null
                ? Timeouts.NONE
                : new Timeouts(
                        duration(timeouts.getRun()),
                        duration(timeouts.getStep()),
                        duration(timeouts.getQueue()),
                        duration(timeouts.getDeadline()));
    }

    private static @Nullable Duration duration(@Nullable String text) {
        return text == null ? null : Durations.parse(text).orElse(null);
    }
}
