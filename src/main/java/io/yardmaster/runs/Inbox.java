package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Puts commands into a run's inbox. The run's owner acts on them; a run without owner is claimed for it. */
@Component
class Inbox {

    private final JdbcClient client;

    Inbox(JdbcClient client) {
        this.client = client;
    }

    /**
     * Puts in a cancel, in the caller's transaction.
     *
     * @return false where the run is not live any more, or never was
     */
    boolean cancel(RunId runId, @Nullable String reason, @Nullable Duration grace, Actor actor) {
        ObjectNode payload = JsonNodeFactory.instance.objectNode();
        if (reason != null) {
            payload.put("reason", reason);
        }
        if (grace != null) {
            payload.put("grace_ms", grace.toMillis());
        }
        return put(runId, "cancel", payload, actor);
    }

    private boolean put(RunId runId, String type, ObjectNode payload, Actor actor) {
        Optional<Long> inboxSeq =
                client.sql("""
                    UPDATE run_live SET inbox_seq = inbox_seq + 1,
                        control_due = CASE WHEN owner_node IS NULL THEN now() ELSE control_due END
                    WHERE run_id = :run RETURNING inbox_seq
                    """).param("run", runId.value()).query(Long.class).optional();
        if (inboxSeq.isEmpty()) {
            return false;
        }
        client.sql("""
            INSERT INTO run_command (run_id, inbox_seq, tenant, type, payload, actor, created_at)
            VALUES (:run, :seq, :tenant, :type, :payload, :actor, now())
            """)
                .param("run", runId.value())
                .param("seq", inboxSeq.get())
                .param("tenant", actor.tenant().name())
                .param("type", type)
                .param("payload", Jsonb.parameter(payload))
                .param("actor", actor.subject())
                .update();
        return true;
    }
}
