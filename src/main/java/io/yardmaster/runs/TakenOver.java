package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.events.EventType;
import io.yardmaster.events.LogEntry;
import io.yardmaster.kernel.RunId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Gives a new run the outcomes of an ended one that it need not bring about again. */
@Component
class TakenOver {

    private final JdbcClient client;

    TakenOver(JdbcClient client) {
        this.client = client;
    }

    /**
     * In the transaction that inserts the new run.
     *
     * @return what follows at the beginning of its log
     */
    List<LogEntry> write(NewRun run, RunSubmission.Again again) {
        RunId runId = run.view().runId();
        Instant now = run.view().createdAt();
        List<Outcome> outcomes = client.sql("""
            INSERT INTO step (run_id, step_id, tenant, status, attempt, started_at, finished_at, outputs, value,
                              skip_reason, summary, child_run_id, reused_from)
            SELECT :run, step_id, tenant, status, attempt, started_at, finished_at, outputs, value,
                   skip_reason, summary, child_run_id, COALESCE(reused_from, run_id)
            FROM step WHERE run_id = :of AND step_id = ANY (:steps)
            ORDER BY finished_at, step_id
            RETURNING step_id, status, attempt, outputs, skip_reason, reused_from
            """)
                .param("run", runId.value())
                .param("of", again.of().value())
                .param("steps", again.reused().toArray(String[]::new))
                .query(Outcome::read)
                .list();
        if (outcomes.size() < again.reused().size()) {
            // It was removed since it was looked at.
            throw Runs.notFound(again.of().toString());
        }
        List<LogEntry> told = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            told.add(new LogEntry.Event(
                    runId,
                    run.tenant(),
                    run.lastSeq() + told.size() + 1,
                    outcome.state() == StepState.SKIPPED ? EventType.STEP_SKIPPED : EventType.STEP_FINISHED,
                    now,
                    outcome.stepId(),
                    outcome.data()));
        }
        return told;
    }

    private record Outcome(String stepId, StepState state, ObjectNode data) {

        static Outcome read(ResultSet row, int number) throws SQLException {
            StepState state = StepState.of(row.getString("status"));
            ObjectNode data = JsonNodeFactory.instance.objectNode();
            if (state == StepState.SKIPPED) {
                data.put("reason", row.getString("skip_reason"));
            } else {
                data.put("status", state.text()).put("attempt", row.getInt("attempt"));
                JsonNode outputs = Jsonb.readNullable(row.getString("outputs"));
                if (outputs != null) {
                    data.set("outputs", outputs);
                }
            }
            UUID from = Objects.requireNonNull(row.getObject("reused_from", UUID.class));
            data.put("reused_from", new RunId(from).toString());
            return new Outcome(row.getString("step_id"), state, data);
        }
    }
}
