package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.events.EventType;
import io.yardmaster.events.LogEntry;
import io.yardmaster.jobs.ConcurrencyKey;
import io.yardmaster.jobs.OnConflict;
import io.yardmaster.jobs.PolicyDecision;
import io.yardmaster.jobs.PreparedRun;
import io.yardmaster.jobs.TimeoutsJson;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.tracing.Traces;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Makes runs of what callers submit: everything about them is decided here, and nothing is stored. */
@Component
class Submissions {

    private final RunIds ids;
    private final RunSecrets secrets;
    private final Traces traces;

    Submissions(RunIds ids, RunSecrets secrets, Traces traces) {
        this.ids = ids;
        this.secrets = secrets;
        this.traces = traces;
    }

    NewRun make(RunSubmission submission, PreparedRun prepared, Actor actor) {
        RunId runId = submission.what() instanceof RunSubmission.Child child ? child.runId() : ids.next();
        // The order of ids is the order of creation, to the millisecond: lists rely on it.
        Instant now = runId.time();
        Instant deadline = after(now, prepared.timeouts().deadline());
        Instant readyAt =
                submission.notBefore() == null || submission.notBefore().isBefore(now) ? now : submission.notBefore();
        List<LogEntry> beginning = beginning(runId, submission, prepared, actor, now);
        RunView view = view(
                runId,
                submission,
                prepared,
                actor,
                deadline,
                beginning.getLast().lastSeq());
        return new NewRun(
                view,
                actor.tenant(),
                new NewRun.Texts(
                        Jsonb.text(view.args()),
                        Jsonb.text(view.labels()),
                        Jsonb.text(view.attributes()),
                        TimeoutsJson.write(prepared.timeouts()).toString()),
                submission.what() instanceof RunSubmission.Child child ? child.trace() : RunTrace.submitted(traces),
                readyAt,
                earlier(deadline, after(readyAt, prepared.timeouts().queue())),
                initiators(submission, prepared, actor),
                submission.labels(),
                submission.attributes(),
                secrets.seal(runId, prepared.arguments().secrets()),
                keys(submission, prepared),
                new Kin(parent(submission), prepared.calledJobs()),
                beginning,
                null);
    }

    private static RunView view(
            RunId runId,
            RunSubmission submission,
            PreparedRun prepared,
            Actor actor,
            @Nullable Instant deadline,
            long lastSeq) {
        return new RunView(
                runId,
                prepared.version().jobId().toString(),
                prepared.version().source(),
                null,
                prepared.version().digest().toString(),
                prepared.planId(),
                prepared.digest().toString(),
                Jsonb.stored(prepared.arguments().masked()),
                Jsonb.stored(labels(submission)),
                submission.priority(),
                submission.externalId(),
                prepared.policy().profile().label(),
                actor.subject(),
                RunState.PENDING,
                runId.time(),
                null,
                null,
                runId.time(),
                deadline,
                null,
                null,
                null,
                null,
                lastSeq,
                Jsonb.stored(submission.attributes()),
                submission.what() instanceof RunSubmission.Child child
                        ? child.parent().runId()
                        : null,
                submission.what() instanceof RunSubmission.Again again ? again.of() : null,
                null);
    }

    private static @Nullable ParentStep parent(RunSubmission submission) {
        return submission.what() instanceof RunSubmission.Child child ? child.parent() : null;
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

    /** All but the submitter, whom the run names anyway. */
    private static List<String> initiators(RunSubmission submission, PreparedRun prepared, Actor actor) {
        Set<String> all = new TreeSet<>();
        if (prepared.plannedBy() != null) {
            all.add(prepared.plannedBy());
        }
        if (submission.what() instanceof RunSubmission.Again again) {
            all.addAll(again.initiators());
        }
        if (submission.what() instanceof RunSubmission.Child child) {
            all.addAll(child.initiators());
        }
        all.remove(actor.subject());
        return List.copyOf(all);
    }

    private static JsonNode labels(RunSubmission submission) {
        ObjectNode labels = JsonNodeFactory.instance.objectNode();
        submission.labels().forEach(labels::put);
        return labels;
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
        if (submission.what() instanceof RunSubmission.Child child) {
            created.put("parent_run_id", child.parent().runId().toString());
            created.put("parent_step_id", child.parent().stepId());
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

    /** To what the database keeps of a time. */
    private static @Nullable Instant after(Instant start, @Nullable Duration duration) {
        return duration == null ? null : start.plus(duration).truncatedTo(ChronoUnit.MICROS);
    }

    private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.isBefore(other) ? one : other;
    }
}
