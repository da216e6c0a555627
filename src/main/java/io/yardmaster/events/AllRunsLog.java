package io.yardmaster.events;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
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

    /**
     * The last transaction that is over and has stored entries, or had before they were removed. It is on disk, and so its
     * number, and all before it, are never given out again. Those of transactions that left nothing behind may be, after a
     * crash of PostgreSQL: a cursor must not be ahead of this, though nothing older is open.
     */
    private static final String SETTLED = """
        coalesce(greatest((SELECT max(tx) FROM run_event WHERE tx < pg_snapshot_xmin(pg_current_snapshot())),
                          (SELECT max(tx) FROM log_chunk WHERE tx < pg_snapshot_xmin(pg_current_snapshot())),
                          (SELECT tx FROM event_horizon), (SELECT max(tx) FROM tenant_horizon)), '0')::text::bigint
        """;

    private static final Duration SETTLED_HOLDS = Duration.ofSeconds(1);

    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final TransactionTemplate reading;
    private volatile Settled settled = new Settled(0, System.nanoTime() - SETTLED_HOLDS.toNanos() - 1);

    AllRunsLog(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
        this.reading = new TransactionTemplate(Objects.requireNonNull(transactions.getTransactionManager()));
        // Planned for what is asked for: all runs are read along another index than one run.
        reading.setReadOnly(true);
    }

    /** The position before everything that is kept of the current tenant. */
    AllRunsCursor beginning() {
        long horizon = Objects.requireNonNull(transactions.execute(transaction -> horizon()));
        return AllRunsCursor.before(now().system(), horizon);
    }

    /** The present end of the stream. */
    AllRunsCursor now() {
        return allTenants(() -> client.sql("""
            SELECT (SELECT system_identifier FROM pg_control_system()) AS system,
                   pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest, %s AS settled
            """.formatted(SETTLED))
                .query((row, n) -> AllRunsCursor.before(
                        row.getLong("system"), Math.min(row.getLong("oldest"), row.getLong("settled") + 1)))
                .single());
    }

    /** Refuses a cursor of another PostgreSQL, and one behind which events were removed that it has not come to. */
    public void requireOurs(AllRunsCursor cursor) {
        if (cursor.system() != now().system()) {
            throw ProblemException.of(
                    ProblemType.CURSOR_EXPIRED,
                    "This position belongs to another database. Connect without one to read from now on.");
        }
        if (Boolean.TRUE.equals(transactions.execute(transaction -> hasMissedSome(cursor)))) {
            throw removed();
        }
    }

    /** What a reader is told who has missed some. */
    static ProblemException removed() {
        return ProblemException.of(
                ProblemType.CURSOR_EXPIRED,
                "Events that follow this position were removed with runs that are past the retention. Connect without"
                        + " one to read from now on.");
    }

    /** Whether events of the current tenant were removed that follow this position. */
    private boolean hasMissedSome(AllRunsCursor cursor) {
        return cursor.transaction() < horizon();
    }

    /** The last transaction of which events of the current tenant were removed. */
    private long horizon() {
        return client.sql("""
            SELECT coalesce(greatest((SELECT tx FROM event_horizon), (SELECT max(tx) FROM tenant_horizon)),
                            '0')::text::bigint
            """).query(Long.class).single();
    }

    /** The entries that follow a position, and the position to read on from; empty where some are not kept any more. */
    Optional<Batch> read(AllRunsCursor after, AllRunsFilter filter, Tenant tenant) {
        long settled = settled();
        return Objects.requireNonNull(Tenancy.call(
                tenant,
                () -> reading.execute(transaction -> {
                    Open open = client.sql("""
                        SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,
                               pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next
                        """)
                            .query((row, n) -> new Open(row.getLong("oldest"), row.getLong("next")))
                            .single();
                    Batch found = read(after, filter, open, settled);
                    // What goes is announced before, so what was read before this was asked is whole.
                    return hasMissedSome(after) ? Optional.empty() : Optional.of(found);
                })));
    }

    /**
     * The last transaction that is known to have stored entries of whichever tenant. Looked up once in a while for all
     * readers: it lets those go on who want hardly anything of what there is.
     */
    private long settled() {
        Settled known = settled;
        if (System.nanoTime() - known.at() > SETTLED_HOLDS.toNanos()) {
            known = new Settled(
                    allTenants(() ->
                            client.sql("SELECT " + SETTLED).query(Long.class).single()),
                    System.nanoTime());
            settled = known;
        }
        return known.transaction();
    }

    private <T> T allTenants(Supplier<T> work) {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(transaction -> work.get())));
    }

    private Batch read(AllRunsCursor after, AllRunsFilter filter, Open open, long settled) {
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
                ? behindWhatWasRefused(after, open, settled)
                : found.getLast().cursor(after.system());
        return new Batch(found, next, open.oldest() < open.next());
    }

    /** Not behind what is open, nor behind what is not on disk. */
    private static AllRunsCursor behindWhatWasRefused(AllRunsCursor after, Open open, long settled) {
        long transaction = Math.min(open.oldest(), settled + 1);
        return transaction > after.transaction() ? AllRunsCursor.before(after.system(), transaction) : after;
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

    /** What was known at a time, as {@link System#nanoTime} counts. */
    private record Settled(long transaction, long at) {}

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

        /**
         * Writes the entry, or each of its lines, with the position behind it.
         *
         * @return how many were written
         */
        long write(long system, StreamFormat format, TextBuffer out) {
            EntryWriter writer = new EntryWriter(entry, format);
            return switch (entry) {
                case LogEntry.Event event -> {
                    writer.write(event, cursor(system).toString(), out);
                    yield 1;
                }
                case LogEntry.Lines chunk -> {
                    LineCursor lines = chunk.lines().lines();
                    long written = 0;
                    for (long seq = chunk.firstSeq(); lines.next(); seq++) {
                        if (seq > after) {
                            writer.write(seq, lines, cursor(system, seq).toString(), out);
                            written++;
                        }
                    }
                    yield written;
                }
            };
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
