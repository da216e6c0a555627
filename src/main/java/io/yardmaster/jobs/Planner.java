package io.yardmaster.jobs;

import com.github.f4b6a3.uuid.UuidCreator;
import io.yardmaster.database.Tenancy;
import io.yardmaster.jobs.PlanStore.Kept;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.PlanId;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.secrets.SecretBox;
import io.yardmaster.secrets.SecretUnreadableException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** Turns a request into something that can be run, or says everything that is wrong with it. One door for plan and run. */
@Service
public class Planner {

    private static final TypeReference<Map<String, String>> SECRETS = new TypeReference<>() {};

    /** Writes equal values equally, whatever order they came in. */
    private static final JsonMapper CANONICAL =
            JsonMapper.builder().enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED).build();

    private final Jobs jobs;
    private final JobVersions versions;
    private final Policy policy;
    private final PlanStore store;
    private final SecretBox secrets;
    private final PlansProperties properties;
    private final TransactionTemplate transactions;
    private final Clock clock = Clock.systemUTC();

    Planner(
            Jobs jobs,
            JobVersions versions,
            Policy policy,
            PlanStore store,
            SecretBox secrets,
            PlansProperties properties,
            TransactionTemplate transactions) {
        this.jobs = jobs;
        this.versions = versions;
        this.policy = policy;
        this.store = store;
        this.secrets = secrets;
        this.properties = properties;
        this.transactions = transactions;
    }

    /**
     * Checks all that a run would and keeps the outcome as a plan.
     *
     * @throws ProblemException as {@link #prepare(PlanRequest, Actor)}
     */
    public Plan plan(PlanRequest request, Actor actor) {
        Plan plan = keep(request, prepare(request, actor), actor);
        removeExpired();
        return plan;
    }

    /** Keeps what was prepared as a plan; in the current transaction, where there is one. */
    public Plan keep(PlanRequest request, PreparedRun prepared, Actor actor) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        PlanId id = new PlanId(UuidCreator.getTimeOrderedEpoch());
        Map<String, String> secret = prepared.arguments().secrets();
        Kept kept = new Kept(
                id,
                prepared.version().source(),
                prepared.version().jobId(),
                prepared.version().digest(),
                prepared.arguments().visible(),
                secret.isEmpty() ? null : sealed(secret, id),
                prepared.timeouts(),
                request.securityProfile(),
                prepared.policy(),
                prepared.calledJobs(),
                prepared.digest(),
                actor.subject(),
                now,
                now.plus(properties.keep()));
        Tenancy.call(actor.tenant(), () -> {
            transactions.executeWithoutResult(_ -> store.insert(kept, actor.tenant()));
            return true;
        });
        return plan(kept, prepared.version(), prepared.definition(), prepared.arguments(), actor);
    }

    /** Removes plans whose time is over, of all tenants, with the secrets in them; not inside a transaction. */
    public void removeExpired() {
        Tenancy.allTenants(() -> transactions.execute(_ -> store.removeExpired(clock.instant())));
    }

    /**
     * The plan as it was made.
     *
     * @throws ProblemException {@code plan-not-found} where it is another tenant's, expired, or never was
     */
    public Plan get(PlanId id, Actor actor) {
        Kept kept = find(id, actor);
        JobVersion version = versions.version(kept.source(), kept.jobId(), kept.jobDigest());
        return plan(kept, version, versions.definition(kept.jobId(), kept.jobDigest()), arguments(kept), actor);
    }

    /**
     * Checks a request without keeping a plan.
     *
     * @throws ProblemException {@code job-not-found}, {@code job-ambiguous}, {@code job-invalid}, {@code source-not-found},
     *     {@code validation-error}, {@code policy-denied}
     */
    public PreparedRun prepare(PlanRequest request, Actor actor) {
        JobDetail job = jobs.get(request.jobId(), request.source(), actor);
        return prepared(job.version(), job.definition(), request, current(actor), actor);
    }

    /**
     * Checks what a step of a run asks to be run, in the version that this run is bound to.
     *
     * @throws ProblemException as {@link #prepare(PlanRequest, Actor)}
     */
    public PreparedRun prepare(ChildRequest child, Actor actor) {
        CalledJobs.Versions bound = bound(child.bound(), actor);
        CalledJobs.Found called = bound.find(child.jobId(), child.source());
        PlanRequest request =
                new PlanRequest(child.jobId(), child.source(), child.args(), Timeouts.NONE, child.securityProfile());
        return prepared(called.version(), called.definition(), request, bound, actor);
    }

    /**
     * What keeps a job from being run, whatever its arguments and whoever asks: what this server cannot do, and what is
     * wrong with the jobs that it runs in its turn.
     */
    public List<String> notRunnableReasons(JobDetail job, Actor actor) {
        List<String> reasons = new ArrayList<>(job.definition().notRunnableReasons());
        PolicyDecision decision = policy.decide(job.definition(), null);
        decision.findings().stream()
                .filter(finding -> finding.severity().equals("denied"))
                .map(PolicyDecision.Finding::message)
                .forEach(reasons::add);
        reasons.addAll(CalledJobs.faults(job.version(), job.definition(), current(actor), policy, decision.profile()));
        return reasons;
    }

    private CalledJobs.Versions current(Actor actor) {
        return (jobId, source) -> {
            JobDetail job = jobs.get(jobId, source, actor);
            return new CalledJobs.Found(job.version(), job.definition());
        };
    }

    private CalledJobs.Versions bound(List<CalledJob> bound, Actor actor) {
        return (jobId, source) -> {
            Sha256 digest = bound.stream()
                    .filter(job -> job.jobId().equals(jobId) && job.source().equals(source))
                    .map(CalledJob::digest)
                    .findFirst()
                    .orElseThrow(() -> ProblemException.of(
                            ProblemType.JOB_NOT_FOUND, "No version of the job " + jobId + " was planned to be run."));
            return new CalledJobs.Found(jobs.version(jobId, source, digest, actor), versions.definition(jobId, digest));
        };
    }

    /**
     * Checks what repeats an earlier run.
     *
     * @throws ProblemException as {@link #prepare(PlanRequest, Actor)}; {@code validation-error} also for secret arguments
     *     that are not given again
     */
    public PreparedRun prepare(Repetition again, Actor actor) {
        JobDefinition ran = versions.definition(again.jobId(), again.digest());
        JobVersion version;
        JobDefinition definition;
        if (again.pinned()) {
            version = jobs.version(again.jobId(), again.source(), again.digest(), actor);
            definition = ran;
        } else {
            JobDetail job = jobs.get(again.jobId(), again.source(), actor);
            version = job.version();
            definition = job.definition();
        }
        return prepared(
                version,
                definition,
                again.request(ran, definition),
                again.pinned() ? bound(again.calledJobs(), actor) : current(actor),
                actor);
    }

    private PreparedRun prepared(
            JobVersion version,
            JobDefinition definition,
            PlanRequest request,
            CalledJobs.Versions called,
            Actor actor) {
        requireRunnable(definition);
        ResolvedArguments arguments = Arguments.validate(definition, request.args());
        PolicyDecision decision = policy.decide(definition, request.securityProfile());
        Policy.require(decision);
        Timeouts timeouts = definition.timeouts().shortenedBy(request.timeouts());
        List<CalledJob> calledJobs = CalledJobs.of(version, definition, called, policy, decision.profile());
        return new PreparedRun(
                version,
                definition,
                arguments,
                timeouts,
                decision,
                Concurrency.resolve(definition, arguments, actor.tenant()),
                calledJobs,
                digest(version, arguments, timeouts, decision, calledJobs),
                null,
                null);
    }

    /**
     * Takes up a plan for a run.
     *
     * @throws ProblemException {@code plan-not-found}; {@code plan-stale} where the job or the policy is no longer what
     *     was planned
     */
    public PreparedRun prepare(PlanId id, Actor actor) {
        Kept kept = find(id, actor);
        JobDetail job = current(kept, actor)
                .orElseThrow(() -> stale("The job " + kept.jobId() + " is no longer what was planned."));
        PolicyDecision decision = policy.decide(job.definition(), kept.requested());
        if (decision.denied() || !decision.digest().equals(kept.policy().digest())) {
            throw stale("Policy decides otherwise now than when the plan was made.");
        }
        if (!calledNow(job, decision, actor).equals(Optional.of(kept.calledJobs()))) {
            throw stale("A job that the job " + kept.jobId() + " runs is no longer what was planned.");
        }
        ResolvedArguments arguments = arguments(kept);
        return new PreparedRun(
                job.version(),
                job.definition(),
                arguments,
                kept.timeouts(),
                decision,
                Concurrency.resolve(job.definition(), arguments, actor.tenant()),
                kept.calledJobs(),
                kept.digest(),
                kept.id(),
                kept.createdBy());
    }

    /** Empty where one of them cannot be run now. */
    private Optional<List<CalledJob>> calledNow(JobDetail job, PolicyDecision decision, Actor actor) {
        try {
            return Optional.of(
                    CalledJobs.of(job.version(), job.definition(), current(actor), policy, decision.profile()));
        } catch (ProblemException e) {
            return switch (e.type()) {
                case JOB_INVALID, POLICY_DENIED -> Optional.empty();
                default -> throw e;
            };
        }
    }

    private Optional<JobDetail> current(Kept kept, Actor actor) {
        try {
            JobDetail job = jobs.get(kept.jobId(), kept.source(), actor);
            return job.version().digest().equals(kept.jobDigest()) ? Optional.of(job) : Optional.empty();
        } catch (ProblemException e) {
            return switch (e.type()) {
                case JOB_NOT_FOUND, JOB_INVALID, SOURCE_NOT_FOUND -> Optional.empty();
                default -> throw e;
            };
        }
    }

    private Kept find(PlanId id, Actor actor) {
        Optional<Kept> kept = Tenancy.call(
                actor.tenant(),
                () -> Objects.requireNonNull(transactions.execute(_ -> store.find(id, clock.instant()))));
        return kept.orElseThrow(() -> ProblemException.of(
                ProblemType.PLAN_NOT_FOUND, "There is no plan " + id + ", or it has expired. Make a new one."));
    }

    private ResolvedArguments arguments(Kept kept) {
        String sealed = kept.sealedSecrets();
        if (sealed == null) {
            return new ResolvedArguments(kept.args(), Map.of());
        }
        try {
            byte[] opened =
                    secrets.open(Base64.getDecoder().decode(sealed), kept.id().toString());
            return new ResolvedArguments(kept.args(), CANONICAL.readValue(opened, SECRETS));
        } catch (SecretUnreadableException e) {
            throw stale("The secrets of the plan can no longer be read: its key was removed.");
        }
    }

    private String sealed(Map<String, String> secret, PlanId id) {
        return Base64.getEncoder().encodeToString(secrets.seal(CANONICAL.writeValueAsBytes(secret), id.toString()));
    }

    private static Plan plan(
            Kept kept, JobVersion version, JobDefinition definition, ResolvedArguments arguments, Actor actor) {
        return new Plan(
                kept.id(),
                version,
                definition,
                arguments.masked(),
                kept.timeouts(),
                kept.policy(),
                Concurrency.resolve(definition, arguments, actor.tenant()),
                kept.calledJobs(),
                kept.digest(),
                kept.createdBy(),
                kept.createdAt(),
                kept.expiresAt());
    }

    private Sha256 digest(
            JobVersion version,
            ResolvedArguments arguments,
            Timeouts timeouts,
            PolicyDecision decision,
            List<CalledJob> calledJobs) {
        Map<String, String> secret = new TreeMap<>();
        // A plain digest of a short secret could be tried out.
        arguments
                .secrets()
                .forEach((name, value) -> secret.put(
                        name,
                        HexFormat.of()
                                .formatHex(secrets.hmac((name + "\0" + value).getBytes(StandardCharsets.UTF_8)))));
        MessageDigest digest = Sha256.newDigest();
        List<String> parts = new ArrayList<>(List.of(
                "yardmaster plan 1",
                version.source(),
                version.jobId().value(),
                version.digest().toString(),
                CANONICAL.writeValueAsString(arguments.visible()),
                CANONICAL.writeValueAsString(secret),
                CANONICAL.writeValueAsString(TimeoutsJson.write(timeouts)),
                decision.digest().toString()));
        ArrayNode called = CalledJob.json(calledJobs);
        if (called != null) {
            parts.add(called.toString());
        }
        for (String part : parts) {
            digest.update(part.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
        }
        return Sha256.of(digest);
    }

    private static void requireRunnable(JobDefinition definition) {
        if (!definition.notRunnableReasons().isEmpty()) {
            throw ProblemException.of(
                            ProblemType.JOB_INVALID,
                            "This server cannot run the job " + definition.id() + " yet: "
                                    + String.join("; ", definition.notRunnableReasons()) + ".")
                    .with("reasons", definition.notRunnableReasons());
        }
    }

    private static ProblemException stale(String why) {
        return ProblemException.of(ProblemType.PLAN_STALE, why + " Make a new plan and look at it.");
    }
}
