package io.yardmaster.runs;

import io.yardmaster.jobs.PlanRequest;
import io.yardmaster.jobs.PreparedRun;
import io.yardmaster.kernel.PlanId;
import io.yardmaster.kernel.RunId;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a caller wants to be run.
 *
 * @param what a job with arguments, or a plan
 * @param attributes each of them an {@link AttributeValue}
 * @param priority higher ones first; 0 is ordinary
 * @param notBefore when it may start; null: at once
 * @param externalId the caller's own name for the run, unique in its tenant; null: none
 * @param concurrencyKey with which no two runs of the tenant go on at once, besides what the job says; null: none
 */
public record RunSubmission(
        What what,
        Map<String, String> labels,
        ObjectNode attributes,
        int priority,
        @Nullable Instant notBefore,
        @Nullable String externalId,
        @Nullable String concurrencyKey) {

    /** What is run. */
    public sealed interface What {}

    /** A job as it is now. */
    public record Job(PlanRequest request) implements What {}

    /**
     * What an ended run did, or a part of it.
     *
     * @param initiators who brought that run about
     * @param reused the steps whose outcomes are taken over from there
     * @param fromStep the step it begins with; null: whichever is next
     */
    public record Again(
            RunId of,
            PreparedRun prepared,
            Set<String> initiators,
            Set<String> reused,
            @Nullable String fromStep) implements What {}

    /**
     * What a step of another run starts.
     *
     * @param runId which the step has chosen for it
     * @param initiators who brought the other run about
     */
    record Child(RunId runId, ParentStep parent, PreparedRun prepared, Set<String> initiators, RunTrace trace)
            implements What {}

    /** Exactly what was planned. */
    public record Planned(PlanId planId) implements What {}
}
