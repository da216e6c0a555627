package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What an owner needs of what earlier ones have acted on, and no more of it. In the transaction of the caller. */
@Component
class InboxRecall {

    private final JdbcClient client;

    InboxRecall(JdbcClient client) {
        this.client = client;
    }

    /** The last pause or resume up to a command. */
    Optional<RunCommand> hold(RunId runId, long upTo) {
        return client.sql("""
            SELECT inbox_seq, type, payload, actor, created_at FROM run_command
            WHERE run_id = :run AND inbox_seq <= :upTo AND type IN ('pause', 'resume')
            ORDER BY inbox_seq DESC LIMIT 1
            """)
                .param("run", runId.value())
                .param("upTo", upTo)
                .query((row, n) -> ClaimedRuns.command(row))
                .optional();
    }

    /** The first cancel. */
    Optional<RunCommand> cancel(RunId runId) {
        return client.sql("""
            SELECT inbox_seq, type, payload, actor, created_at FROM run_command
            WHERE run_id = :run AND type = 'cancel' ORDER BY inbox_seq LIMIT 1
            """)
                .param("run", runId.value())
                .query((row, n) -> ClaimedRuns.command(row))
                .optional();
    }

    /** The signal of a name that comes after so many of them, of those up to a command. */
    Optional<RunCommand> signal(RunId runId, String name, long upTo, long taken) {
        return client.sql("""
            SELECT inbox_seq, type, payload, actor, created_at FROM run_command
            WHERE run_id = :run AND inbox_seq <= :upTo AND type = 'signal' AND payload ->> 'name' = :name
            ORDER BY inbox_seq OFFSET :taken LIMIT 1
            """)
                .param("run", runId.value())
                .param("upTo", upTo)
                .param("name", name)
                .param("taken", taken)
                .query((row, n) -> ClaimedRuns.command(row))
                .optional();
    }

    /** The updates up to a command that are not answered. */
    List<OpenUpdate> updates(RunId runId, long upTo) {
        return client.sql("""
            SELECT c.inbox_seq, c.type, c.payload, c.actor, c.created_at, u.step_id, u.attempt
            FROM run_update u JOIN run_command c ON c.run_id = u.run_id AND c.inbox_seq = u.inbox_seq
            WHERE u.run_id = :run AND u.status = 'pending' AND u.inbox_seq <= :upTo ORDER BY u.inbox_seq
            """)
                .param("run", runId.value())
                .param("upTo", upTo)
                .query((row, n) -> new OpenUpdate(
                        (RunCommand.Update) ClaimedRuns.command(row), row.getString("step_id"), row.getInt("attempt")))
                .list();
    }
}
