package io.yardmaster.runs;

import com.github.f4b6a3.uuid.UuidCreator;
import io.yardmaster.database.Jsonb;
import io.yardmaster.jobs.Form;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.jobs.UpdateTerms;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.UpdateId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What runs are asked for and answer: asked by other systems, answered by steps. */
@Service
public class RunUpdates {

    private final Deliveries deliveries;
    private final Inbox inbox;
    private final InboxRoom room;
    private final RunSecrets secrets;
    private final JdbcClient client;
    private final TransactionTemplate transactions;

    RunUpdates(
            Deliveries deliveries,
            Inbox inbox,
            InboxRoom room,
            RunSecrets secrets,
            JdbcClient client,
            TransactionTemplate transactions) {
        this.deliveries = deliveries;
        this.inbox = inbox;
        this.room = room;
        this.secrets = secrets;
        this.client = client;
        this.transactions = transactions;
    }

    // ---- For people

    /**
     * Asks a run for something. It is kept until a step handles it.
     *
     * @throws ProblemException {@code run-not-found}, {@code run-not-active}, {@code update-not-found}, {@code inbox-full},
     *     {@code payload-too-large}, and {@code validation-error} where it is not what the job asks for
     */
    public RunUpdate send(RunId runId, String name, ObjectNode payload, Actor actor) {
        return deliveries.deliver(
                runId, "answers", job -> checked(job, name, payload), (_, checked) -> put(runId, name, checked, actor));
    }

    private RunUpdate put(RunId runId, String name, ObjectNode payload, Actor actor) {
        room.requireForUpdate(runId, payload);
        UpdateId id = new UpdateId(UuidCreator.getTimeOrderedEpoch());
        ObjectNode shown = (ObjectNode) secrets.masked(runId, payload);
        long inboxSeq = inbox.update(runId, id, name, shown, actor).orElseThrow();
        Instant now = client.sql("""
            INSERT INTO run_update (update_id, tenant, run_id, inbox_seq, name, sent_by)
            VALUES (:id, :tenant, :run, :seq, :name, :by) RETURNING created_at
            """)
                .param("id", id.value())
                .param("tenant", actor.tenant().name())
                .param("run", runId.value())
                .param("seq", inboxSeq)
                .param("name", name)
                .param("by", actor.subject())
                .query((row, n) -> row.getTimestamp("created_at").toInstant())
                .single();
        return new RunUpdate(id, runId, name, actor.subject(), now, null, null);
    }

    /** The update; {@code update-not-found} where it is another tenant's or never was. */
    public RunUpdate get(UpdateId id) {
        return Objects.requireNonNull(transactions.execute(_ -> client.sql("""
            SELECT update_id, run_id, name, sent_by, created_at, status, step_id, result, failure, finished_at
            FROM run_update WHERE update_id = :id
            """)
                        .param("id", id.value())
                        .query((row, n) -> update(row))
                        .optional()))
                .orElseThrow(() -> notFound(id.toString()));
    }

    /** The problem for an id that names no update the caller may see. */
    public static ProblemException notFound(String id) {
        return ProblemException.of(
                ProblemType.UPDATE_NOT_FOUND, "There is no update " + id + ". It goes when its run is deleted.");
    }

    // ---- For runs

    /** An update is laid before an attempt, or before none any more. In the transaction in which the run says so. */
    public void assign(UpdateId id, @Nullable String stepId, int attempt) {
        client.sql("UPDATE run_update SET step_id = :step, attempt = :attempt WHERE update_id = :id")
                .param("step", stepId)
                .param("attempt", attempt)
                .param("id", id.value())
                .update();
    }

    /** An update has ended, in the transaction in which the run says so. Its command is not needed any more. */
    public void end(RunId runId, UpdateId id, RunUpdate.End end) {
        client.sql("""
            UPDATE run_update SET status = :status, result = :result, failure = :failure, finished_at = :at
            WHERE update_id = :id AND status = 'pending'
            """)
                .param("status", end.status().text())
                .param("result", Jsonb.parameter(end.result()))
                .param("failure", Jsonb.parameter(json(end.failure())))
                .param("at", Timestamp.from(end.at()))
                .param("id", id.value())
                .update();
        client.sql("""
            DELETE FROM run_command WHERE run_id = :run
                AND inbox_seq = (SELECT inbox_seq FROM run_update WHERE update_id = :id)
            """).param("run", runId.value()).param("id", id.value()).update();
    }

    /** Whatever is open of a run that ends without having looked after it, in the transaction in which it ends. */
    public void endAll(RunId runId, Instant at) {
        RunUpdate.End end = RunUpdate.End.unanswered(at, "run-ended", "The run ended before a step answered.");
        client.sql("""
            UPDATE run_update SET status = :status, failure = :failure, finished_at = :at
            WHERE run_id = :run AND status = 'pending'
            """)
                .param("status", end.status().text())
                .param("failure", Jsonb.parameter(json(end.failure())))
                .param("at", Timestamp.from(at))
                .param("run", runId.value())
                .update();
    }

    private static ObjectNode checked(JobDefinition job, String name, ObjectNode payload) {
        List<StepDefinition.Run> steps = job.runSteps();
        UpdateTerms terms = steps.stream()
                .flatMap(step -> Optional.ofNullable(step.updates().get(name)).stream())
                .findFirst()
                .orElseThrow(() -> notHandled(job, name, steps));
        Form schema = terms.schema();
        return schema == null ? payload : schema.check(payload, "/payload");
    }

    private static ProblemException notHandled(JobDefinition job, String name, List<StepDefinition.Run> steps) {
        TreeSet<String> names = new TreeSet<>();
        steps.forEach(step -> names.addAll(step.updates().keySet()));
        return ProblemException.of(
                        ProblemType.UPDATE_NOT_FOUND,
                        "No step of the job " + job.id() + " handles an update " + name + ". "
                                + (names.isEmpty()
                                        ? "None handles any."
                                        : "There is " + String.join(", ", names) + "."))
                .with("updates", List.copyOf(names));
    }

    private static RunUpdate update(ResultSet row) throws SQLException {
        UpdateStatus status = UpdateStatus.of(row.getString("status"));
        JsonNode failure = Jsonb.readNullable(row.getString("failure"));
        RunUpdate.End end = status == UpdateStatus.PENDING
                ? null
                : new RunUpdate.End(
                        status,
                        row.getTimestamp("finished_at").toInstant(),
                        Jsonb.readNullable(row.getString("result")),
                        failure == null
                                ? null
                                : new RunUpdate.Reason(
                                        failure.path("code").asString(),
                                        failure.path("message").asString()));
        return new RunUpdate(
                new UpdateId(row.getObject("update_id", UUID.class)),
                new RunId(row.getObject("run_id", UUID.class)),
                row.getString("name"),
                row.getString("sent_by"),
                row.getTimestamp("created_at").toInstant(),
                row.getString("step_id"),
                end);
    }

    private static @Nullable ObjectNode json(RunUpdate.@Nullable Reason reason) {
        return reason == null
                ? null
                : JsonNodeFactory.instance
                        .objectNode()
                        .put("code", reason.code())
                        .put("message", reason.message());
    }
}
