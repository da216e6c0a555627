package io.yardmaster.events;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The stored logs of all runs as one stream, ordered by transaction, run and sequence number. It never passes the oldest
 * transaction that is still open, so nothing can appear behind a cursor later.
 */
@Component
public class AllRunsLog {

    private static final int EVENTS_A_PAGE = 256;
    private static final int CHUNKS_A_PAGE = 4;

    private final JdbcClient client;
    private final TransactionTemplate transactions;

    AllRunsLog(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
    }

    /** The present end of the stream. */
    AllRunsCursor now() {
        return Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            SELECT (SELECT system_identifier FROM pg_control_system()) AS system,
                   pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest_open
            """)
                .query((row, n) -> AllRunsCursor.before(row.getLong("system"), row.getLong("oldest_open")))
                .single()));
    }

    /** Refuses a cursor of another PostgreSQL. */
    public void requireOurs(AllRunsCursor cursor) {
        if (cursor.system() != now().system()) {
            throw ProblemException.of(
                    ProblemType.CURSOR_EXPIRED,
                    "This position belongs to another database. Connect without one to read from now on.");
        }
    }

    /** The entries that follow a position, and the position to read on from. */
    Batch read(AllRunsCursor after, AllRunsFilter filter, Tenant tenant) {
        return Tenancy.call(
                tenant,
                () -> transactions.execute(transaction -> {
                    Open open = client.sql("""
                        SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,
                               pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next
                        """)
                            .query((row, n) -> new Open(row.getLong("oldest"), row.getLong("next")))
                            .single();
                    return read(after, filter, open);
                }));
    }

    private Batch read(AllRunsCursor after, AllRunsFilter filter, Open open) {
        List<Positioned> events = query("run_event", "seq", EVENTS_A_PAGE, after, filter, open.oldest())
                .query((row, n) -> new Positioned(row.getLong("tx_number"), LoggedEvent.of(EventLog.event(row))))
                .list();
        List<List<Positioned>> chunks = query("log_chunk", "last_seq", CHUNKS_A_PAGE, after, filter, open.oldest())
                .query((row, n) -> lines(row, after))
                .list();
        List<Positioned> found = new ArrayList<>(events);
        chunks.forEach(found::addAll);
        found.sort(Positioned.ORDER);
        if (events.size() == EVENTS_A_PAGE) {
            cutAfter(found, events.getLast());
        }
        if (chunks.size() == CHUNKS_A_PAGE) {
            cutAfter(found, chunks.getLast().getLast());
        }
        // With nothing left to read here, the next read need not look at what the filter refused.
        AllRunsCursor next = found.isEmpty()
                ? AllRunsCursor.before(after.system(), Math.max(after.transaction(), open.oldest()))
                : found.getLast().cursor(after.system());
        return new Batch(found, next, open.oldest() < open.next());
    }

    private JdbcClient.StatementSpec query(
            String table, String seq, int limit, AllRunsCursor after, AllRunsFilter filter, long oldestOpen) {
        return client.sql("""
            SELECT e.*, e.tx::text::bigint AS tx_number FROM %1$s e
            WHERE (e.tx, e.run_id, e.%2$s) > (CAST(:tx AS text)::xid8, :run, :seq)
              AND e.tx < CAST(:oldestOpen AS text)::xid8
              AND (CAST(:onlyRun AS uuid) IS NULL OR e.run_id = :onlyRun)
              AND (CAST(:onlyJob AS text) IS NULL
                   OR EXISTS (SELECT 1 FROM run r WHERE r.run_id = e.run_id AND r.job_id = :onlyJob))
            ORDER BY e.tx, e.run_id, e.%2$s LIMIT %3$d
            """.formatted(table, seq, limit))
                .param("tx", Long.toString(after.transaction()))
                .param("run", after.run())
                .param("seq", after.seq())
                .param("oldestOpen", Long.toString(oldestOpen))
                .param("onlyRun", filter.runId() == null ? null : filter.runId().value(), Types.OTHER)
                .param("onlyJob", filter.jobId(), Types.VARCHAR);
    }

    private static List<Positioned> lines(ResultSet row, AllRunsCursor after) throws SQLException {
        long transaction = row.getLong("tx_number");
        LogEntry.Lines chunk = EventLog.lines(row);
        boolean begun =
                transaction == after.transaction() && chunk.runId().value().equals(after.run());
        return EventLog.unpack(chunk, begun ? after.seq() : 0).stream()
                .map(line -> new Positioned(transaction, line))
                .toList();
    }

    /** A table whose page was full may hold more before what the other table gave. */
    private static void cutAfter(List<Positioned> found, Positioned last) {
        found.removeIf(entry -> Positioned.ORDER.compare(entry, last) > 0);
    }

    /**
     * Which transactions may still be open.
     *
     * @param oldest all before it are over; none is open where it equals the next
     * @param next the first that has not begun
     */
    private record Open(long oldest, long next) {}

    /**
     * What one read found.
     *
     * @param next the position to read on from
     * @param mayHideSome whether a transaction was open, behind which there may be entries that nobody will ring for
     */
    record Batch(List<Positioned> entries, AllRunsCursor next, boolean mayHideSome) {}

    /** An entry and the transaction that committed it. */
    record Positioned(long transaction, LoggedEvent event) {

        static final Comparator<Positioned> ORDER = Comparator.comparingLong(Positioned::transaction)
                .thenComparing(entry -> entry.event().runId().value())
                .thenComparingLong(entry -> entry.event().seq());

        AllRunsCursor cursor(long system) {
            return new AllRunsCursor(system, transaction, event.runId().value(), event.seq());
        }
    }
}
