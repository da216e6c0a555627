package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.kernel.UpdateId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Puts commands into a run's inbox. The run's owner acts on them; a run without owner is claimed for it. */
@Component
class Inbox {

    /** Who puts in what nobody has asked for. */
    private static final String SERVER = "server";

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

    /**
     * Puts in a pause, in the caller's transaction.
     *
     * @return false where the run is not live any more, or never was
     */
    boolean pause(RunId runId, @Nullable String reason, Actor actor) {
        ObjectNode payload = JsonNodeFactory.instance.objectNode();
        if (reason != null) {
            payload.put("reason", reason);
        }
        return put(runId, "pause", payload, actor);
    }

    /**
     * Puts in the end of a pause, in the caller's transaction.
     *
     * @return false where the run is not live any more, or never was
     */
    boolean resume(RunId runId, Actor actor) {
        return put(runId, "resume", JsonNodeFactory.instance.objectNode(), actor);
    }

    /**
     * Puts in a message of another system, in the caller's transaction.
     *
     * @return false where the run is not live any more, or never was
     */
    boolean signal(RunId runId, String name, ObjectNode message, Actor actor) {
        ObjectNode payload = JsonNodeFactory.instance.objectNode().put("name", name);
        payload.set("payload", message);
        return put(runId, "signal", payload, actor);
    }

    /**
     * Puts in what a run is asked for, in the caller's transaction.
     *
     * @return its place in the inbox; empty where the run is not live any more, or never was
     */
    Optional<Long> update(RunId runId, UpdateId id, String name, ObjectNode message, Actor actor) {
        ObjectNode payload = JsonNodeFactory.instance
                .objectNode()
                .put("update_id", id.toString())
                .put("name", name);
        payload.set("payload", message);
        return add(runId, "update", payload, actor.tenant(), actor.subject());
    }

    /**
     * Puts in a cancel by the run that has started this one, in the caller's transaction.
     *
     * @return false where the run is not live any more, or never was
     */
    boolean cancelChild(RunId child, Tenant tenant, String reason, Duration grace) {
        ObjectNode payload = JsonNodeFactory.instance.objectNode().put("reason", reason);
        payload.put("grace_ms", grace.toMillis());
        return put(child, "cancel", payload, tenant, SERVER);
    }

    /** Puts in that a run has ended which this one has started, in the caller's transaction. */
    void childEnded(ParentStep parent, Tenant tenant, RunId child, RunCommit.Finish how) {
        ObjectNode payload = JsonNodeFactory.instance.objectNode();
        payload.put("step_id", parent.stepId());
        payload.put("child_run_id", child.toString());
        payload.put("status", how.state().text());
        if (how.result() != null) {
            payload.set("result", how.result());
        }
        if (how.failure() != null) {
            payload.set("failure", how.failure().json());
        }
        // A parent that is not live any more waits for nothing.
        boolean _ = put(parent.runId(), "child", payload, tenant, SERVER);
    }

    /** Puts in a vote, in the caller's transaction. */
    void vote(RunId runId, Tenant tenant, String voter, String stepId, ObjectNode told, @Nullable GateClosing closes) {
        ObjectNode payload = JsonNodeFactory.instance.objectNode().put("step_id", stepId);
        payload.set("told", told);
        if (closes != null) {
            payload.set("closes", closes.json());
        }
        var _ = put(runId, "vote", payload, tenant, voter);
    }

    /** Puts in that the time of a gate is over, in the caller's transaction. */
    void expiry(RunId runId, Tenant tenant, String stepId, ObjectNode told, GateClosing closes) {
        ObjectNode payload = JsonNodeFactory.instance.objectNode().put("step_id", stepId);
        payload.set("told", told);
        payload.set("closes", closes.json());
        var _ = put(runId, "expiry", payload, tenant, SERVER);
    }

    /**
     * Puts in that the run's labels or attributes were changed, in the caller's transaction. It is for a run that has an
     * owner, who tells it in the run's log.
     */
    void labelled(RunId runId, ObjectNode patch, Actor actor) {
        boolean _ = put(runId, "label", patch, actor);
    }

    /**
     * Puts in that the run has a new artifact, in the caller's transaction.
     *
     * @param artifact what the event says of it
     * @return false where the run is not live any more, or never was
     */
    boolean artifact(RunId runId, ObjectNode artifact, Actor actor) {
        return put(runId, "artifact", artifact, actor);
    }

    /** Keeps a run as live as it is until the caller's transaction ends; false where it is not, or never was. */
    boolean hold(RunId runId) {
        return client.sql("SELECT 1 FROM run_live WHERE run_id = :run FOR UPDATE")
                .param("run", runId.value())
                .query(Integer.class)
                .optional()
                .isPresent();
    }

    /**
     * What was asked of a run last. Nothing else is asked of it before the caller's transaction ends.
     *
     * @return empty where the run is not live any more, or never was
     */
    Optional<Asked> asked(RunId runId) {
        Optional<String> state = client.sql("SELECT state FROM run_live WHERE run_id = :run FOR UPDATE")
                .param("run", runId.value())
                .query(String.class)
                .optional();
        // A statement of its own: it has to see what those put in who held the row until now.
        List<String> commands = client.sql("""
            SELECT type FROM run_command WHERE run_id = :run AND type IN ('cancel', 'pause', 'resume')
            ORDER BY inbox_seq DESC
            """)
                .param("run", runId.value())
                .query((row, number) -> row.getString("type"))
                .list();
        return state.map(text -> {
            if (RunState.of(text) == RunState.CANCELLING || commands.contains("cancel")) {
                return Asked.TO_END;
            }
            Optional<String> last = commands.stream()
                    .filter(command -> command.equals("pause") || command.equals("resume"))
                    .findFirst();
            return last.filter("pause"::equals).isPresent() ? Asked.TO_PAUSE : Asked.TO_GO_ON;
        });
    }

    /** What people want of a run that is live. */
    enum Asked {
        TO_GO_ON,
        TO_PAUSE,
        TO_END
    }

    private boolean put(RunId runId, String type, ObjectNode payload, Actor actor) {
        return put(runId, type, payload, actor.tenant(), actor.subject());
    }

    private boolean put(RunId runId, String type, ObjectNode payload, Tenant tenant, String actor) {
        return add(runId, type, payload, tenant, actor).isPresent();
    }

    private Optional<Long> add(RunId runId, String type, ObjectNode payload, Tenant tenant, String actor) {
        Optional<Long> inboxSeq =
                client.sql("""
                    UPDATE run_live SET inbox_seq = inbox_seq + 1,
                        control_due = CASE WHEN owner_node IS NULL THEN now() ELSE control_due END
                    WHERE run_id = :run RETURNING inbox_seq
                    """).param("run", runId.value()).query(Long.class).optional();
        if (inboxSeq.isEmpty()) {
            return inboxSeq;
        }
        client.sql("""
            INSERT INTO run_command (run_id, inbox_seq, tenant, type, payload, actor, created_at)
            VALUES (:run, :seq, :tenant, :type, :payload, :actor, now())
            """)
                .param("run", runId.value())
                .param("seq", inboxSeq.get())
                .param("tenant", tenant.name())
                .param("type", type)
                .param("payload", Jsonb.parameter(payload))
                .param("actor", actor)
                .update();
        return inboxSeq;
    }
}
