package io.yardmaster.events;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The stored logs of all runs as one stream, ordered by transaction, run and sequence number. It never passes the oldest
 * transaction that is still open, so nothing can appear behind a cursor later.
 */
@Component
public class AllRunsLog {

    private static final int EVENTS_A_BATCH = 256;
    private static final int CHUNKS_A_BATCH = 64;
    private static final long BYTES_A_BATCH = 1024 * 1024;

    private static final String WANTED = """
        (e.tx, e.run_id, e.%1$s) > (CAST(:tx AS text)::xid8, :run, :seq)
              AND e.tx < CAST(:oldestOpen AS text)::xid8
              AND (CAST(:onlyRun AS uuid) IS NULL OR e.run_id = CAST(:onlyRun AS uuid))
              AND (CAST(:onlyJob AS text) IS NULL
                   OR EXISTS (SELECT 1 FROM run r WHERE r.run_id = e.run_id AND r.job_id = CAST(:onlyJob AS text)))
        """;

    private static final String EVENTS = """
        SELECT e.*, e.tx::text::bigint AS tx_number FROM run_event e
        WHERE %s AND e.type = ANY (:types)
        ORDER BY e.tx, e.run_id, e.seq LIMIT %d
        """.formatted(WANTED.formatted("seq"), EVENTS_A_BATCH);

    private static final String CHUNKS = """
        SELECT * FROM (
            SELECT c.*, sum(octet_length(c.lines)) OVER (ORDER BY c.tx, c.run_id, c.last_seq ROWS UNBOUNDED PRECEDING)
                            - octet_length(c.lines) AS bytes_before
            FROM (SELECT e.*, e.tx::text::bigint AS tx_number FROM log_chunk e
                  WHERE %s
                  ORDER BY e.tx, e.run_id, e.last_seq LIMIT %d) c) bounded
        WHERE bytes_before < %d ORDER BY tx, run_id, last_seq
        """.formatted(WANTED.formatted("last_seq"), CHUNKS_A_BATCH, BYTES_A_BATCH);

    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final TransactionTemplate reading;

    AllRunsLog(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
        this.reading = new TransactionTemplate(Objects.requireNonNull(transactions.getTransactionManager()));
        // Planned for what is asked for: all runs are read along another index than one run.
        reading.setReadOnly(true);
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

    /** Refuses a cursor of another PostgreSQL, and one behind which events were removed that it has not come to. */
    public void requireOurs(AllRunsCursor cursor) {
        if (cursor.system() != now().system()) {
            throw ProblemException.of(
                    ProblemType.CURSOR_EXPIRED,
                    "This position belongs to another database. Connect without one to read from now on.");
        }
        Long removed = Tenancy.allTenants(
                () -> transactions.execute(transaction -> client.sql("SELECT tx::text::bigint FROM event_horizon")
                        .query(Long.class)
                        .optional()
                        .orElse(0L)));
        if (removed != null && cursor.transaction() < removed) {
            throw ProblemException.of(
                    ProblemType.CURSOR_EXPIRED,
                    "Events that follow this position were removed with runs that are past the retention. Connect"
                            + " without one to read from now on.");
        }
    }

    /** The entries that follow a position, and the position to read on from. */
    Batch read(AllRunsCursor after, AllRunsFilter filter, Tenant tenant) {
        return Tenancy.call(
                tenant,
                () -> reading.execute(transaction -> {
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
        List<Positioned> found = new ArrayList<>();
        List<Positioned> cuts = new ArrayList<>();
        Set<EventType> types = filter.events().wantedEvents();
        if (!types.isEmpty()) {
            List<Positioned> events = client.sql(EVENTS)
                    .params(parameters(after, filter, open.oldest()))
                    .param("types", EventLog.texts(types))
                    .query((row, n) -> new Positioned(row.getLong("tx_number"), EventLog.event(row), 0))
                    .list();
            found.addAll(events);
            if (events.size() == EVENTS_A_BATCH) {
                cuts.add(events.getLast());
            }
        }
        if (filter.events().wantsLines()) {
            List<Positioned> chunks = client.sql(CHUNKS)
                    .params(parameters(after, filter, open.oldest()))
                    .query((row, n) -> new Positioned(row.getLong("tx_number"), EventLog.lines(row), after))
                    .list();
            boolean full = chunks.size() == CHUNKS_A_BATCH
                    || chunks.stream().mapToLong(Positioned::packedBytes).sum() >= BYTES_A_BATCH;
            found.addAll(chunks);
            if (full) {
                cuts.add(chunks.getLast());
            }
        }
        cuts.forEach(last -> cutAfter(found, last));
        found.sort(Positioned.ORDER);
        // With nothing left to read here, the next read need not look at what the filter refused.
        AllRunsCursor next = found.isEmpty()
                ? AllRunsCursor.before(after.system(), Math.max(after.transaction(), open.oldest()))
                : found.getLast().cursor(after.system());
        return new Batch(found, next, open.oldest() < open.next());
    }

    private static Map<String, @Nullable Object> parameters(
            AllRunsCursor after, AllRunsFilter filter, long oldestOpen) {
        Map<String, @Nullable Object> parameters = new HashMap<>();
        parameters.put("tx", Long.toString(after.transaction()));
        parameters.put("run", after.run());
        parameters.put("seq", after.seq());
        parameters.put("oldestOpen", Long.toString(oldestOpen));
        parameters.put("onlyRun", filter.runId() == null ? null : filter.runId().value());
        parameters.put("onlyJob", filter.jobId());
        return parameters;
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

    /**
     * An entry and the transaction that committed it.
     *
     * @param after the reader has the lines up to this one
     */
    record Positioned(long transaction, LogEntry entry, long after) {

        static final Comparator<Positioned> ORDER = Comparator.comparingLong(Positioned::transaction)
                .thenComparing(positioned -> positioned.entry().runId().value())
                .thenComparingLong(positioned -> positioned.entry().lastSeq());

        Positioned(long transaction, LogEntry.Lines chunk, AllRunsCursor after) {
            this(
                    transaction,
                    chunk,
                    transaction == after.transaction() && chunk.runId().value().equals(after.run()) ? after.seq() : 0);
        }

        AllRunsCursor cursor(long system) {
            return cursor(system, entry.lastSeq());
        }

        /** Writes the entry, or each of its lines, with the position behind it. */
        void write(long system, TextBuffer out) {
            EntryWriter writer = new EntryWriter(entry, StreamFormat.SSE);
            switch (entry) {
                case LogEntry.Event event -> writer.write(event, cursor(system).toString(), out);
                case LogEntry.Lines chunk -> {
                    LineCursor lines = chunk.lines().lines();
                    for (long seq = chunk.firstSeq(); lines.next(); seq++) {
                        if (seq > after) {
                            writer.write(seq, lines, cursor(system, seq).toString(), out);
                        }
                    }
                }
            }
        }

        long packedBytes() {
            return switch (entry) {
                case LogEntry.Event event -> 0;
                case LogEntry.Lines chunk -> chunk.lines().packed().length;
            };
        }

        private AllRunsCursor cursor(long system, long seq) {
            return new AllRunsCursor(system, transaction, entry.runId().value(), seq);
        }
    }
}
