package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.runs.RunQueue.Written;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes what owners of runs have done, many runs in one transaction, each fenced by its epoch. */
@Component
class ProgressWriter {

    private final JdbcTemplate jdbc;
    private final JdbcClient client;
    private final Slots slots;
    private final Inbox inbox;

    ProgressWriter(JdbcTemplate jdbc, JdbcClient client, Slots slots, Inbox inbox) {
        this.jdbc = jdbc;
        this.client = client;
        this.slots = slots;
        this.inbox = inbox;
    }

    /** Moves each run's live row on where its owner still holds it. Only what is written here may be written at all. */
    List<Written> advance(List<RunCommit> commits) {
        List<RunCommit> going =
                commits.stream().filter(commit -> commit.finish() == null).toList();
        List<RunCommit> ending =
                commits.stream().filter(commit -> commit.finish() != null).toList();
        Set<RunCommit> moved = Collections.newSetFromMap(new IdentityHashMap<>());
        if (!going.isEmpty()) {
            collect(moved, going, jdbc.batchUpdate("""
                UPDATE run_live SET last_seq = ?, inbox_done = ?, updated_at = now(),
                    state = COALESCE(?, state),
                    -- One that goes back to the queue after a pause begins to wait there anew.
                    ready_at = CASE WHEN state = 'paused' AND ? THEN greatest(ready_at, now()) ELSE ready_at END,
                    wait = CASE WHEN ? THEN ? ELSE wait END,
                    started_at = COALESCE(started_at, ?),
                    worked_ms = COALESCE(?, worked_ms),
                    working_since = CASE WHEN ? THEN ? ELSE working_since END,
                    -- It is where its attempts are, or nowhere while it waits with its workspace in the blob store.
                    host_id = CASE WHEN ? THEN NULL ELSE COALESCE(?, host_id) END,
                    workspace = CASE WHEN ? THEN ? WHEN ? THEN NULL ELSE workspace END
                WHERE run_id = ? AND epoch = ? AND owner_node = ? AND last_seq = ?
                """, going, going.size(), ProgressWriter::bindAdvance)[0]);
        }
        if (!ending.isEmpty()) {
            collect(moved, ending, jdbc.batchUpdate("""
                DELETE FROM run_live
                WHERE run_id = ? AND epoch = ? AND owner_node = ? AND last_seq = ? AND inbox_seq = ?
                """, ending, ending.size(), ProgressWriter::bindEnd)[0]);
        }
        return commits.stream()
                .map(commit -> moved.contains(commit) ? Written.WRITTEN : whyNot(commit))
                .toList();
    }

    /** Writes the rest of what was advanced, except the log. */
    void write(List<RunCommit> commits) {
        writeSteps(commits);
        writeAttempts(commits);
        writeEnds(commits.stream().filter(commit -> commit.finish() != null).toList());
    }

    private Written whyNot(RunCommit commit) {
        boolean held = client.sql("""
            SELECT 1 FROM run_live
            WHERE run_id = :run AND epoch = :epoch AND owner_node = :node AND last_seq = :seq
            """)
                        .param("run", commit.lease().runId().value())
                        .param("epoch", commit.lease().epoch())
                        .param("node", commit.lease().node())
                        .param("seq", commit.previousSeq())
                        .query()
                        .listOfRows()
                        .size()
                == 1;
        return held ? Written.INBOX_CHANGED : Written.LEASE_LOST;
    }

    private static void collect(Set<RunCommit> moved, List<RunCommit> commits, int[] counts) {
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] == 1) {
                moved.add(commits.get(i));
            }
        }
    }

    private static void bindAdvance(PreparedStatement statement, RunCommit commit) throws SQLException {
        RunCommit.Standing state = commit.state();
        statement.setLong(1, commit.lastSeq());
        statement.setLong(2, commit.inboxDone());
        statement.setString(3, state == null ? null : state.state().text());
        statement.setBoolean(4, state != null && state.state() == RunState.PENDING);
        statement.setBoolean(5, state != null);
        statement.setObject(6, state == null ? null : Jsonb.parameter(state.waitsFor()), Types.OTHER);
        statement.setTimestamp(7, state == null ? null : timestamp(state.startedAt()));
        statement.setObject(8, state == null ? null : state.worked().toMillis(), Types.BIGINT);
        statement.setBoolean(9, state != null);
        statement.setTimestamp(10, state == null ? null : timestamp(state.workingSince()));
        UUID host = host(commit);
        KeptWorkspace kept = commit.workspace();
        statement.setBoolean(11, kept != null);
        statement.setObject(12, host, Types.OTHER);
        statement.setBoolean(13, kept != null);
        statement.setString(14, kept == null ? null : kept.text());
        statement.setBoolean(15, host != null);
        bindFence(statement, 16, commit);
    }

    /** The run belongs to the host of its first attempt: there its workspace lies. */
    private static @Nullable UUID host(RunCommit commit) {
        return commit.attempts().stream()
                .filter(attempt -> attempt.state() == StepState.RUNNING)
                .map(AttemptRecord::host)
                .findFirst()
                .orElse(null);
    }

    private static void bindEnd(PreparedStatement statement, RunCommit commit) throws SQLException {
        bindFence(statement, 1, commit);
        statement.setLong(5, commit.inboxDone());
    }

    private static void bindFence(PreparedStatement statement, int from, RunCommit commit) throws SQLException {
        statement.setObject(from, commit.lease().runId().value());
        statement.setLong(from + 1, commit.lease().epoch());
        statement.setObject(from + 2, commit.lease().node());
        statement.setLong(from + 3, commit.previousSeq());
    }

    private void writeSteps(List<RunCommit> commits) {
        List<Row<StepRecord>> rows = new ArrayList<>();
        commits.forEach(commit -> commit.steps().forEach(step -> rows.add(new Row<>(commit.lease(), step))));
        if (rows.isEmpty()) {
            return;
        }
        jdbc.batchUpdate("""
            INSERT INTO step (run_id, step_id, tenant, status, attempt, started_at, finished_at, wait_reason, due_at,
                              outputs, value, failure, skip_reason, child_run_id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (run_id, step_id) DO UPDATE SET
                status = excluded.status, attempt = excluded.attempt, started_at = excluded.started_at,
                finished_at = excluded.finished_at, wait_reason = excluded.wait_reason, due_at = excluded.due_at,
                outputs = excluded.outputs, value = excluded.value, failure = excluded.failure,
                skip_reason = excluded.skip_reason, child_run_id = excluded.child_run_id
            """, rows, rows.size(), (statement, row) -> {
            StepRecord step = row.record();
            statement.setObject(1, row.lease().runId().value());
            statement.setString(2, step.stepId());
            statement.setString(3, row.lease().tenant().name());
            statement.setString(4, step.state().text());
            statement.setInt(5, step.attempt());
            statement.setTimestamp(6, timestamp(step.startedAt()));
            statement.setTimestamp(7, timestamp(step.finishedAt()));
            statement.setString(8, step.waitReason());
            statement.setTimestamp(9, timestamp(step.dueAt()));
            setJson(statement, 10, step.outputs());
            setJson(statement, 11, step.value());
            setJson(statement, 12, json(step.failure()));
            statement.setString(13, step.skipReason());
            statement.setObject(14, step.child() == null ? null : step.child().value(), Types.OTHER);
        });
    }

    private void writeAttempts(List<RunCommit> commits) {
        List<Row<AttemptRecord>> rows = new ArrayList<>();
        commits.forEach(commit -> commit.attempts().forEach(attempt -> rows.add(new Row<>(commit.lease(), attempt))));
        if (rows.isEmpty()) {
            return;
        }
        jdbc.batchUpdate("""
            INSERT INTO step_attempt (run_id, step_id, attempt, tenant, status, host_id, epoch, started_at,
                                      finished_at, exit_code, failure)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (run_id, step_id, attempt) DO UPDATE SET
                status = excluded.status, finished_at = excluded.finished_at, exit_code = excluded.exit_code,
                failure = excluded.failure,
                -- What a late owner saw is of no interest where it was seen in time after all.
                late_result = CASE WHEN excluded.exit_code IS NULL THEN step_attempt.late_result END
            """, rows, rows.size(), (statement, row) -> {
            AttemptRecord attempt = row.record();
            statement.setObject(1, row.lease().runId().value());
            statement.setString(2, attempt.stepId());
            statement.setInt(3, attempt.attempt());
            statement.setString(4, row.lease().tenant().name());
            statement.setString(5, attempt.state().text());
            statement.setObject(6, attempt.host());
            statement.setLong(7, row.lease().epoch());
            statement.setTimestamp(8, Timestamp.from(attempt.startedAt()));
            statement.setTimestamp(9, timestamp(attempt.finishedAt()));
            statement.setObject(10, attempt.exitCode(), Types.INTEGER);
            setJson(statement, 11, json(attempt.failure()));
        });
    }

    private void writeEnds(List<RunCommit> ends) {
        if (ends.isEmpty()) {
            return;
        }
        jdbc.batchUpdate("""
            UPDATE run SET status = ?, started_at = ?, finished_at = ?, result = ?, failure = ?, last_seq = ?
            WHERE run_id = ?
            """, ends, ends.size(), (statement, commit) -> {
            RunCommit.Finish finish = Objects.requireNonNull(commit.finish());
            statement.setString(1, finish.state().text());
            statement.setTimestamp(2, timestamp(finish.startedAt()));
            statement.setTimestamp(3, Timestamp.from(finish.finishedAt()));
            setJson(statement, 4, finish.result());
            setJson(statement, 5, json(finish.failure()));
            statement.setLong(6, commit.lastSeq());
            statement.setObject(7, commit.lease().runId().value());
        });
        for (RunCommit commit : ends) {
            RunCommit.Finish finish = Objects.requireNonNull(commit.finish());
            if (finish.parent() != null) {
                inbox.childEnded(
                        finish.parent(), commit.lease().tenant(), commit.lease().runId(), finish);
            }
        }
        UUID[] ids = ends.stream().map(commit -> commit.lease().runId().value()).toArray(UUID[]::new);
        slots.free(ids);
        client.sql("DELETE FROM run_secret WHERE run_id = ANY (:ids)")
                .param("ids", ids)
                .update();
        // Who has resumed it has a part in what it does, and in what repeats it.
        client.sql("""
            UPDATE run r SET initiators = coalesce(r.initiators, '[]') || resumed.by
            FROM (SELECT run_id, jsonb_agg(DISTINCT actor) AS by FROM run_command
                  WHERE run_id = ANY (:ids) AND type = 'resume' GROUP BY run_id) resumed
            WHERE r.run_id = resumed.run_id
            """).param("ids", ids).update();
        client.sql("DELETE FROM run_command WHERE run_id = ANY (:ids)")
                .param("ids", ids)
                .update();
    }

    private static void setJson(PreparedStatement statement, int index, @Nullable JsonNode json) throws SQLException {
        statement.setObject(index, Jsonb.parameter(json), Types.OTHER);
    }

    private static @Nullable ObjectNode json(@Nullable Failure failure) {
        return failure == null ? null : failure.json();
    }

    private static @Nullable Timestamp timestamp(@Nullable Instant instant) {
        return instant == null ? null : Timestamp.from(instant);
    }

    private record Row<T>(RunLease lease, T record) {}
}
