package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Has older runs of a concurrency key cancelled where a newer one comes and its job says so. Each is told in a transaction
 * of its own, and the newcomer's note goes last: what was not done when the server stopped is done again, which harms
 * nobody.
 */
@Component
class Newcomers {

    private static final int AT_ONCE = 64;

    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final Inbox inbox;
    private final ApplicationEventPublisher events;

    Newcomers(JdbcClient client, TransactionTemplate transactions, Inbox inbox, ApplicationEventPublisher events) {
        this.client = client;
        this.transactions = transactions;
        this.inbox = inbox;
        this.events = events;
    }

    /** Tells those that have to give way to the runs that have come. */
    void letIn() {
        for (Newcomer newcomer : newcomers()) {
            for (RunId older : inTheWayOf(newcomer)) {
                cancel(older, newcomer);
            }
            forget(newcomer);
        }
    }

    private List<Newcomer> newcomers() {
        return Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            SELECT n.note_id, n.run_id, n.tenant, n.key, r.submitted_by, s.key_limit
            FROM slot_note n
                     JOIN run r ON r.run_id = n.run_id
                     LEFT JOIN run_slot s ON s.run_id = n.run_id AND s.key = n.key
            WHERE n.run_id IS NOT NULL ORDER BY n.note_id LIMIT :most
            """)
                .param("most", AT_ONCE)
                .query((row, number) -> new Newcomer(
                        row.getLong("note_id"),
                        new RunId(row.getObject("run_id", UUID.class)),
                        new Tenant(row.getString("tenant")),
                        row.getString("key"),
                        row.getString("submitted_by"),
                        row.getInt("key_limit")))
                .list()));
    }

    /** All older ones but the newest, of which there is room for one less than the limit. */
    private List<RunId> inTheWayOf(Newcomer newcomer) {
        if (newcomer.limit() == 0) {
            // It has ended itself.
            return List.of();
        }
        return Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            SELECT older.run_id
            FROM (SELECT s.run_id FROM run_slot s
                  WHERE s.tenant = :tenant AND s.key = :key AND s.state IN ('parked', 'held') AND s.run_id < :run
                    AND NOT EXISTS (SELECT 1 FROM run_command c WHERE c.run_id = s.run_id AND c.type = 'cancel')
                  ORDER BY s.run_id DESC OFFSET :room) older
            ORDER BY older.run_id
            """)
                .param("tenant", newcomer.tenant().name())
                .param("key", newcomer.key())
                .param("run", newcomer.runId().value())
                .param("room", newcomer.limit() - 1)
                .query((row, number) -> new RunId(row.getObject("run_id", UUID.class)))
                .list()));
    }

    private void cancel(RunId older, Newcomer newcomer) {
        Actor actor = new Actor(newcomer.submittedBy(), newcomer.tenant(), Set.of(), Set.of(), "newer-run", null);
        String reason = newcomer.runId() + " is newer and has the same concurrency key, " + newcomer.key() + ".";
        boolean told = Boolean.TRUE.equals(Tenancy.call(
                newcomer.tenant(), () -> transactions.execute(_ -> inbox.cancel(older, reason, null, actor))));
        if (told) {
            events.publishEvent(new RunNeedsAttention(older));
        }
    }

    private void forget(Newcomer newcomer) {
        Tenancy.allTenants(
                () -> transactions.execute(transaction -> client.sql("DELETE FROM slot_note WHERE note_id = :note")
                        .param("note", newcomer.noteId())
                        .update()));
    }

    /**
     * A run that has come and older ones have to give way to.
     *
     * @param limit how many there may be of its key, it included; 0 where it has ended already
     */
    private record Newcomer(long noteId, RunId runId, Tenant tenant, String key, String submittedBy, int limit) {}
}
