package io.yardmaster.runs;

import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.kernel.RunId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.nio.charset.StandardCharsets;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** Sees to it that a run is not sent more than it is kept for it. In the transaction of the caller, who holds the run. */
@Component
class InboxRoom {

    private final JdbcClient client;
    private final InboxProperties properties;

    InboxRoom(JdbcClient client, InboxProperties properties) {
        this.client = client;
        this.properties = properties;
    }

    /**
     * Whether another signal can be kept.
     *
     * @throws ProblemException {@code inbox-full}, {@code payload-too-large}
     */
    void requireForSignal(RunId runId, JobDefinition job, JsonNode payload) {
        requireSize(payload);
        String[] waiting = job.steps().stream()
                .filter(StepDefinition.Signal.class::isInstance)
                .map(StepDefinition::id)
                .toArray(String[]::new);
        // Each that was taken has made a step succeed; they stay in the inbox until the run ends.
        long kept = client.sql("""
            SELECT (SELECT count(*) FROM run_command WHERE run_id = :run AND type = 'signal')
                 - (SELECT count(*) FROM step WHERE run_id = :run AND step_id = ANY (:steps)
                                                AND status = 'success' AND reused_from IS NULL)
            """)
                .param("run", runId.value())
                .param("steps", waiting)
                .query(Long.class)
                .single();
        if (kept >= properties.signals()) {
            throw full(
                    "The run keeps " + kept + " signals that no step has waited for yet, which is as many as it may. "
                            + "Send this one again when it has taken some.");
        }
    }

    /**
     * Whether another update can be kept.
     *
     * @throws ProblemException {@code inbox-full}, {@code payload-too-large}
     */
    void requireForUpdate(RunId runId, JsonNode payload) {
        requireSize(payload);
        long open = client.sql("SELECT count(*) FROM run_update WHERE run_id = :run AND status = 'pending'")
                .param("run", runId.value())
                .query(Long.class)
                .single();
        if (open >= properties.updates()) {
            throw full("The run has " + open + " updates that are not answered yet, which is as many as it may. "
                    + "Send this one again when some are.");
        }
        if (sent(runId) >= properties.updatesInAll()) {
            throw full("The run has been sent " + properties.updatesInAll()
                    + " updates in all, which is as many as it may be in its life. Start another run.");
        }
    }

    /** How many updates a run has been sent, as far as it matters: as long as few commands have come, nobody counts. */
    private long sent(RunId runId) {
        return client.sql("""
            SELECT CASE WHEN inbox_seq < :most THEN 0
                        ELSE (SELECT count(*) FROM run_update WHERE run_id = :run) END
            FROM run_live WHERE run_id = :run
            """)
                .param("run", runId.value())
                .param("most", properties.updatesInAll())
                .query(Long.class)
                .optional()
                .orElse(0L);
    }

    private void requireSize(JsonNode payload) {
        long most = properties.payload().toBytes();
        if (payload.toString().getBytes(StandardCharsets.UTF_8).length > most) {
            throw ProblemException.of(
                            ProblemType.PAYLOAD_TOO_LARGE,
                            "The payload is larger than " + most
                                    + " bytes. Send what is large as an artifact of the run," + " and its name here.")
                    .with("max_bytes", most);
        }
    }

    private static ProblemException full(String detail) {
        return ProblemException.of(ProblemType.INBOX_FULL, detail);
    }
}
