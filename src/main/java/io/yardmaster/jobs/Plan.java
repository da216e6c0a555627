package io.yardmaster.jobs;

import io.yardmaster.kernel.PlanId;
import io.yardmaster.kernel.Sha256;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A checked intention to run a job: exactly these bytes with exactly these arguments. Kept until it expires.
 *
 * @param args resolved, secrets masked
 * @param concurrency the key that its run takes a slot of; null: none
 * @param calledJobs the jobs that its steps run, directly or through others, each in one version
 * @param digest over the job's version, the arguments, the timeouts, the policy decision and the jobs that it runs
 * @param createdBy the subject that asked
 */
public record Plan(
        PlanId id,
        JobVersion version,
        JobDefinition definition,
        ObjectNode args,
        Timeouts timeouts,
        PolicyDecision policy,
        @Nullable ConcurrencyKey concurrency,
        List<CalledJob> calledJobs,
        Sha256 digest,
        String createdBy,
        Instant createdAt,
        Instant expiresAt) {}
