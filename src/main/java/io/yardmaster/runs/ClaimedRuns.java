package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.jobs.JobId;
import io.yardmaster.jobs.TimeoutsJson;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.kernel.UpdateId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads everything a driver needs of the runs it was given. */
@Component
class ClaimedRuns {

    private final JdbcClient client;
    private final RunSecrets secrets;

    ClaimedRuns(JdbcClient client, RunSecrets secrets) {
        this.client = client;
        this.secrets = secrets;
    }

    List<ClaimedRun> load(List<RunLease> leases) {
        Map<UUID, RunLease> byRun =
                leases.stream().collect(Collectors.toMap(lease -> lease.runId().value(), lease -> lease));
        UUID[] runs = byRun.keySet().toArray(UUID[]::new);
        Map<UUID, List<StepRecord>> steps = steps(runs);
        Map<UUID, List<AttemptRecord>> attempts = unfinishedAttempts(runs);
        return client.sql("""
            SELECT r.run_id, r.job_id, r.job_digest, r.args, r.timeouts, l.state,
                   l.last_seq, l.inbox_seq, l.inbox_done, l.worked_ms, l.working_since, l.host_id, l.workspace,
                   r.created_at, l.ready_at, l.held_back,
                   l.started_at, r.deadline_at,
                   l.wait ->> 'reason' AS wait_reason, r.traceparent, r.parent_span_id, r.parent_run_id,
                   r.parent_step_id, s.sealed
            FROM run_live l
                     JOIN run r ON r.run_id = l.run_id
                     LEFT JOIN run_secret s ON s.run_id = l.run_id
            WHERE l.run_id = ANY (:runs)
            ORDER BY l.priority DESC, l.run_id
            """)
                .param("runs", runs)
                .query((row, n) -> {
                    UUID id = row.getObject("run_id", UUID.class);
                    return claimedRun(
                            row,
                            Objects.requireNonNull(byRun.get(id)),
                            steps.getOrDefault(id, List.of()),
                            attempts.getOrDefault(id, List.of()));
                })
                .list();
    }

    List<RunCommand> inbox(RunId runId, long after) {
        return client.sql("""
            SELECT inbox_seq, type, payload, actor, created_at FROM run_command
            WHERE run_id = :run AND inbox_seq > :after ORDER BY inbox_seq
            """)
                .param("run", runId.value())
                .param("after", after)
                .query((row, n) -> command(row))
                .list();
    }

    static RunCommand command(ResultSet row) throws SQLException {
        JsonNode payload = Jsonb.read(row.getString("payload"));
        String type = row.getString("type");
        long inboxSeq = row.getLong("inbox_seq");
        String actor = row.getString("actor");
        String reason =
                payload.path("reason").isString() ? payload.path("reason").asString() : null;
        return switch (type) {
            case "cancel" ->
                new RunCommand.Cancel(
                        inboxSeq,
                        actor,
                        reason,
                        payload.path("grace_ms").isNumber()
                                ? Duration.ofMillis(payload.path("grace_ms").asLong())
                                : null);
            case "pause" -> new RunCommand.Pause(inboxSeq, actor, reason);
            case "resume" -> new RunCommand.Resume(inboxSeq, actor);
            case "label" -> new RunCommand.Label(inboxSeq, actor, (ObjectNode) payload);
            case "vote" ->
                new RunCommand.Vote(
                        inboxSeq,
                        actor,
                        payload.path("step_id").asString(),
                        (ObjectNode) payload.path("told"),
                        payload.has("closes") ? GateClosing.of(payload.path("closes")) : null);
            case "signal" ->
                new RunCommand.Signal(
                        inboxSeq, actor, payload.path("name").asString(), (ObjectNode) payload.path("payload"));
            case "update" ->
                new RunCommand.Update(
                        inboxSeq,
                        actor,
                        row.getTimestamp("created_at").toInstant(),
                        UpdateId.parse(payload.path("update_id").asString()).orElseThrow(),
                        payload.path("name").asString(),
                        (ObjectNode) payload.path("payload"));
            case "expiry" ->
                new RunCommand.Expiry(
                        inboxSeq,
                        actor,
                        payload.path("step_id").asString(),
                        (ObjectNode) payload.path("told"),
                        GateClosing.of(payload.path("closes")));
            case "artifact" ->
                new RunCommand.Artifact(
                        inboxSeq, actor, row.getTimestamp("created_at").toInstant(), (ObjectNode) payload);
            case "child" ->
                new RunCommand.ChildEnded(
                        inboxSeq,
                        actor,
                        payload.path("step_id").asString(),
                        RunId.parse(payload.path("child_run_id").asString()).orElseThrow(),
                        RunState.of(payload.path("status").asString()),
                        payload.has("result") ? payload.path("result") : null,
                        payload.has("failure") ? Failure.of(payload.path("failure")) : null);
            default -> throw new IllegalStateException("a command of an unknown type: " + type);
        };
    }

    private ClaimedRun claimedRun(ResultSet row, RunLease lease, List<StepRecord> steps, List<AttemptRecord> attempts)
            throws SQLException {
        Map<String, String> secretArgs = secrets.open(lease.runId(), row.getBytes("sealed"));
        ObjectNode args = (ObjectNode) Jsonb.read(row.getString("args"));
        // Stored with a mask in the place of each secret, as people see them.
        args.remove(secretArgs.keySet());
        return new ClaimedRun(
                lease,
                new JobId(row.getString("job_id")),
                Sha256.parse(row.getString("job_digest")),
                args,
                secretArgs,
                TimeoutsJson.read(Jsonb.read(row.getString("timeouts"))),
                RunState.of(row.getString("state")),
                row.getString("wait_reason"),
                row.getLong("last_seq"),
                row.getLong("inbox_seq"),
                row.getLong("inbox_done"),
                Duration.ofMillis(row.getLong("worked_ms")),
                instant(row, "working_since"),
                row.getObject("host_id", UUID.class),
                KeptWorkspace.of(row.getString("workspace")),
                row.getTimestamp("created_at").toInstant(),
                row.getTimestamp("ready_at").toInstant(),
                row.getString("held_back") != null,
                instant(row, "started_at"),
                instant(row, "deadline_at"),
                RunTrace.stored(lease.runId(), row.getString("traceparent"), row.getString("parent_span_id")),
                parent(row),
                steps,
                attempts);
    }

    static @Nullable ParentStep parent(ResultSet row) throws SQLException {
        UUID parent = row.getObject("parent_run_id", UUID.class);
        String stepId = row.getString("parent_step_id");
        return parent == null || stepId == null ? null : new ParentStep(new RunId(parent), stepId);
    }

    private Map<UUID, List<StepRecord>> steps(UUID[] runs) {
        return client
                .sql("SELECT * FROM step WHERE run_id = ANY (:runs)")
                .param("runs", runs)
                .query((row, n) -> Map.entry(row.getObject("run_id", UUID.class), step(row)))
                .list()
                .stream()
                .collect(Collectors.groupingBy(
                        Map.Entry::getKey, Collectors.mapping(Map.Entry::getValue, Collectors.toList())));
    }

    private Map<UUID, List<AttemptRecord>> unfinishedAttempts(UUID[] runs) {
        return client
                .sql("SELECT * FROM step_attempt WHERE run_id = ANY (:runs) AND finished_at IS NULL")
                .param("runs", runs)
                .query((row, n) -> Map.entry(row.getObject("run_id", UUID.class), attempt(row)))
                .list()
                .stream()
                .collect(Collectors.groupingBy(
                        Map.Entry::getKey, Collectors.mapping(Map.Entry::getValue, Collectors.toList())));
    }

    static StepRecord step(ResultSet row) throws SQLException {
        return new StepRecord(
                row.getString("step_id"),
                StepState.of(row.getString("status")),
                row.getInt("attempt"),
                instant(row, "started_at"),
                instant(row, "finished_at"),
                row.getString("wait_reason"),
                instant(row, "due_at"),
                (ObjectNode) Jsonb.readNullable(row.getString("outputs")),
                Jsonb.readNullable(row.getString("value")),
                failure(row),
                row.getString("skip_reason"),
                RunId.ofNullable(row.getObject("reused_from", UUID.class)),
                RunId.ofNullable(row.getObject("child_run_id", UUID.class)));
    }

    static AttemptRecord attempt(ResultSet row) throws SQLException {
        Integer exitCode = row.getObject("exit_code", Integer.class);
        return new AttemptRecord(
                row.getString("step_id"),
                row.getInt("attempt"),
                StepState.of(row.getString("status")),
                row.getObject("host_id", UUID.class),
                row.getTimestamp("started_at").toInstant(),
                instant(row, "finished_at"),
                exitCode,
                failure(row));
    }

    private static @Nullable Failure failure(ResultSet row) throws SQLException {
        String json = row.getString("failure");
        return json == null ? null : Failure.of(Jsonb.read(json));
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        Timestamp value = row.getTimestamp(column);
        return value == null ? null : value.toInstant();
    }
}
