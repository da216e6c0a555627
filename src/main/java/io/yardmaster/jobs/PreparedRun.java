package io.yardmaster.jobs;

import io.yardmaster.kernel.PlanId;
import io.yardmaster.kernel.Sha256;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request that passed every check: what a run of it executes, whatever becomes of the job's folder.
 *
 * @param timeouts the job's, shortened by the request's
 * @param concurrency the key it takes a slot of; null: none
 * @param calledJobs the jobs that its steps run, directly or through others, each in one version
 * @param digest over all of it; the digest of the plan, where there is one
 * @param planId the plan it was prepared from; null: none
 * @param plannedBy who made that plan; null: there is none
 */
public record PreparedRun(
        JobVersion version,
        JobDefinition definition,
        ResolvedArguments arguments,
        Timeouts timeouts,
        PolicyDecision policy,
        @Nullable ConcurrencyKey concurrency,
        List<CalledJob> calledJobs,
        Sha256 digest,
        @Nullable PlanId planId,
        @Nullable String plannedBy) {}
