package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.events.EventLog;
import io.yardmaster.events.EventType;
import io.yardmaster.events.LogEntry;
import io.yardmaster.jobs.ConcurrencyKey;
import io.yardmaster.jobs.OnConflict;
import io.yardmaster.jobs.PolicyDecision;
import io.yardmaster.jobs.PreparedRun;
import io.yardmaster.jobs.TimeoutsJson;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.tracing.Traces;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes a run that was accepted: its row, its live row, its secrets and the beginning of its log. */
@Component
class Submissions {

    private final JdbcClient client;
    private final RunSecrets secrets;
    private final EventLog log;
    private final RunNames names;
    private final Slots slots;
    private final TakenOver takenOver;
    private final Traces traces;

    Submissions(
            JdbcClient client,
            RunSecrets secrets,
            EventLog log,
            RunNames names,
            Slots slots,
            TakenOver takenOver,
            Traces traces) {
        this.client = client;
        this.secrets = secrets;
        this.log = log;
        this.names = names;
        this.slots = slots;
        this.takenOver = takenOver;
        this.traces = traces;
    }

    /**
     * In the caller's transaction.
     *
     * @return how the run's log begins
     */
    List<LogEntry> insert(RunId runId, RunSubmission submission, PreparedRun prepared, Actor actor) {
        // The order of ids is the order of creation, to the millisecond: lists rely on it.
        Instant now = runId.time();
        if (submission.externalId() != null) {
            reserve(submission.externalId(), runId, actor);
        }
        Instant deadline = after(now, prepared.timeouts().deadline());
        Instant readyAt =
                submission.notBefore() == null || submission.notBefore().isBefore(now) ? now : submission.notBefore();
        HeldBack heldBack = slots.ask(
                runId, actor.tenant(), submission.priority(), keys(submission, prepared), readyAt.isAfter(now));
        insertRun(runId, submission, prepared, actor, now, deadline);
        List<LogEntry> beginning = new ArrayList<>(beginning(runId, submission, prepared, actor, now));
        if (submission.what() instanceof RunSubmission.Again again) {
            beginning.addAll(
                    takenOver.write(runId, again, actor, beginning.getLast().lastSeq(), now));
        }
        client.sql("""
            INSERT INTO run_live (run_id, tenant, state, priority, last_seq, ready_at, held_back, control_due,
                                  updated_at)
            VALUES (:run, :tenant, 'pending', :priority, :seq, :ready, :heldBack, :due, :now)
            """)
                .param("run", runId.value())
                .param("tenant", actor.tenant().name())
                .param("priority", submission.priority())
                .param("seq", beginning.getLast().lastSeq())
                .param("ready", Timestamp.from(readyAt))
                .param("heldBack", heldBack == null ? null : heldBack.text(), Types.VARCHAR)
                .param(
                        "due",
                        timestamp(earlier(
                                deadline, after(readyAt, prepared.timeouts().queue()))),
                        Types.TIMESTAMP)
                .param("now", Timestamp.from(now))
                .update();
        names.store(runId, actor.tenant(), submission.labels(), submission.attributes());
        secrets.store(runId, actor.tenant(), prepared.arguments().secrets());
        log.append(beginning);
        return beginning;
    }

    /** The job's own key, and the one that the caller wants besides. */
    private static List<ConcurrencyKey> keys(RunSubmission submission, PreparedRun prepared) {
        ConcurrencyKey ofJob = prepared.concurrency();
        String asked = submission.concurrencyKey();
        List<ConcurrencyKey> keys = new ArrayList<>();
        if (ofJob != null) {
            keys.add(ofJob);
        }
        if (asked != null && (ofJob == null || !ofJob.key().equals(asked))) {
            keys.add(new ConcurrencyKey(asked, 1, OnConflict.QUEUE));
        }
        return keys;
    }

    private void reserve(String externalId, RunId runId, Actor actor) {
        int reserved = client.sql("""
            INSERT INTO run_external_id (tenant, external_id, run_id) VALUES (:tenant, :external, :run)
            ON CONFLICT DO NOTHING
            """)
                .param("tenant", actor.tenant().name())
                .param("external", externalId)
                .param("run", runId.value())
                .update();
        if (reserved == 0) {
            String taken = client.sql("SELECT run_id FROM run_external_id WHERE external_id = :external")
                    .param("external", externalId)
                    .query(UUID.class)
                    .optional()
                    .map(id -> new RunId(id).toString())
                    .orElse("another run");
            throw ProblemException.of(
                            ProblemType.RUN_ALREADY_EXISTS,
                            "The external_id " + externalId + " names " + taken + " already.")
                    .with("run_id", taken);
        }
    }

    private void insertRun(
            RunId runId,
            RunSubmission submission,
            PreparedRun prepared,
            Actor actor,
            Instant now,
            @Nullable Instant deadline) {
        ObjectNode labels = JsonNodeFactory.instance.objectNode();
        submission.labels().forEach(labels::put);
        RunTrace trace = RunTrace.submitted(traces);
        client.sql("""
            INSERT INTO run (run_id, tenant, job_id, source, job_digest, plan_id, plan_digest, args, labels, attributes,
                             priority, external_id, security_profile, timeouts, submitted_by, created_at,
                             deadline_at, traceparent, parent_span_id)
            VALUES (:run, :tenant, :job, :source, :jobDigest, :plan, :planDigest, :args, :labels, :attributes,
                    :priority, :external, :profile, :timeouts, :by, :now, :deadline, :trace, :parentSpan)
            """)
                .param("run", runId.value())
                .param("tenant", actor.tenant().name())
                .param("job", prepared.version().jobId().toString())
                .param("source", prepared.version().source())
                .param("jobDigest", prepared.version().digest().toString())
                .param(
                        "plan",
                        prepared.planId() == null ? null : prepared.planId().value(),
                        Types.OTHER)
                .param("planDigest", prepared.digest().toString())
                .param("args", Jsonb.parameter(prepared.arguments().masked()))
                .param("labels", Jsonb.parameter(labels))
                .param("attributes", Jsonb.parameter(submission.attributes()))
                .param("priority", submission.priority())
                .param("external", submission.externalId(), Types.VARCHAR)
                .param("profile", prepared.policy().profile().label())
                .param("timeouts", Jsonb.parameter(TimeoutsJson.write(prepared.timeouts())))
                .param("by", actor.subject())
                .param("now", Timestamp.from(now))
                .param("deadline", timestamp(deadline), Types.TIMESTAMP)
                .param("trace", trace.context().traceparent())
                .param("parentSpan", trace.parentSpanId(), Types.VARCHAR)
                .update();
    }

    private static List<LogEntry> beginning(
            RunId runId, RunSubmission submission, PreparedRun prepared, Actor actor, Instant now) {
        ObjectNode created = JsonNodeFactory.instance.objectNode();
        created.put("job_id", prepared.version().jobId().toString());
        created.put("source", prepared.version().source());
        created.put("job_digest", prepared.version().digest().toString());
        created.put("plan_digest", prepared.digest().toString());
        created.put("submitted_by", actor.subject());
        if (submission.what() instanceof RunSubmission.Again again) {
            created.put("rerun_of", again.of().toString());
            if (again.fromStep() != null) {
                created.put("from_step", again.fromStep());
            }
        }
        LogEntry.Event creation =
                new LogEntry.Event(runId, actor.tenant(), 1, EventType.RUN_CREATED, now, null, created);
        return List.of(
                creation,
                new LogEntry.Event(
                        runId, actor.tenant(), 2, EventType.POLICY_DECIDED, now, null, decision(prepared.policy())));
    }

    private static ObjectNode decision(PolicyDecision policy) {
        ObjectNode decided = JsonNodeFactory.instance.objectNode();
        decided.put("security_profile", policy.profile().label());
        ArrayNode findings = decided.putArray("findings");
        for (PolicyDecision.Finding finding : policy.findings()) {
            ObjectNode json = findings.addObject();
            json.put("code", finding.code());
            json.put("severity", finding.severity());
            json.put("message", finding.message());
            if (finding.step() != null) {
                json.put("step_id", finding.step());
            }
        }
        return decided;
    }

    private static @Nullable Instant after(Instant start, @Nullable Duration duration) {
        return duration == null ? null : start.plus(duration);
    }

    private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.isBefore(other) ? one : other;
    }

    private static @Nullable Timestamp timestamp(@Nullable Instant instant) {
        return instant == null ? null : Timestamp.from(instant);
    }
}
