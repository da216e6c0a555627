package io.yardmaster.events;

import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The stored log of every run. Whoever appends owns the run and has given out the sequence numbers. */
@Component
public class EventLog {

    private static final int EVENTS_A_BATCH = 256;

    private final JdbcTemplate jdbc;
    private final JdbcClient client;

    EventLog(JdbcTemplate jdbc, JdbcClient client) {
        this.jdbc = jdbc;
        this.client = client;
    }

    /** Stores entries in the current transaction. */
    public void append(List<? extends LogEntry> entries) {
        List<LogEntry.Event> events = new ArrayList<>();
        List<LogEntry.Lines> lines = new ArrayList<>();
        for (LogEntry entry : entries) {
            switch (entry) {
                case LogEntry.Event event -> events.add(event);
                case LogEntry.Lines chunk -> lines.add(chunk);
            }
        }
        if (!events.isEmpty()) {
            appendEvents(events);
        }
        if (!lines.isEmpty()) {
            jdbc.batchUpdate("""
                INSERT INTO log_chunk (run_id, first_seq, last_seq, tenant, step_id, attempt, stream,
                                       first_at, last_at, end_offset, lines, text_bytes)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, lines, lines.size(), EventLog::bind);
        }
    }

    private void appendEvents(List<LogEntry.Event> events) {
        client.sql("""
            INSERT INTO run_event (run_id, seq, tenant, type, at, step_id, data)
            SELECT * FROM unnest(:runs::uuid[], :seqs::bigint[], :tenants::text[], :types::text[], :times::timestamptz[],
                                 :steps::text[], :data::json[])
            """)
                .param(
                        "runs",
                        events.stream().map(event -> event.runId().value()).toArray(UUID[]::new))
                .param("seqs", events.stream().map(LogEntry.Event::seq).toArray(Long[]::new))
                .param(
                        "tenants",
                        events.stream().map(event -> event.tenant().name()).toArray(String[]::new))
                .param(
                        "types",
                        events.stream().map(event -> event.type().text()).toArray(String[]::new))
                .param(
                        "times",
                        events.stream().map(event -> event.at().toString()).toArray(String[]::new))
                .param("steps", events.stream().map(LogEntry.Event::stepId).toArray(String[]::new))
                .param("data", events.stream().map(LogEntry.Event::data).toArray(String[]::new))
                .update();
    }

    /** Where the log ends now: everything up to here is committed. 0 where there is none. */
    public long end(RunId runId) {
        return client.sql("""
            SELECT greatest((SELECT max(seq) FROM run_event WHERE run_id = :run),
                            (SELECT max(last_seq) FROM log_chunk WHERE run_id = :run), 0)
            """).param("run", runId.value()).query(Long.class).single();
    }

    /** Where several logs end now. */
    Map<RunId, Long> ends(Collection<RunId> runIds) {
        return client
                .sql("""
                    SELECT run_id, greatest((SELECT max(seq) FROM run_event e WHERE e.run_id = wanted.run_id),
                                            (SELECT max(last_seq) FROM log_chunk c WHERE c.run_id = wanted.run_id),
                                            0) AS log_end
                    FROM unnest(CAST(:runs AS uuid[])) AS wanted (run_id)
                    """)
                .param("runs", runIds.stream().map(RunId::value).toArray(UUID[]::new))
                .query((row, n) -> Map.entry(new RunId(row.getObject("run_id", UUID.class)), row.getLong("log_end")))
                .list()
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /**
     * What a reader wants of the entries after a sequence number, in order; no more than some megabytes. Chunks of which
     * nothing is wanted are not read, which is why sequence numbers may be missing in between.
     *
     * @param end nothing beyond this, which is committed
     */
    Batch read(RunId runId, long afterSeq, long end, EventFilter filter) {
        if (afterSeq >= end) {
            return new Batch(List.of(), afterSeq);
        }
        long through = end;
        List<LogEntry> found = new ArrayList<>();
        Set<EventType> types = filter.wantedEvents();
        if (!types.isEmpty()) {
            List<LogEntry.Event> events = events(runId, afterSeq, end, types);
            found.addAll(events);
            if (events.size() == EVENTS_A_BATCH) {
                through = events.getLast().lastSeq();
            }
        }
        if (filter.wantsLines()) {
            Chunks chunks = chunks(ChunkQuery.after(runId, afterSeq, through, filter.lines()));
            found.addAll(chunks.lines());
            if (chunks.mayBeMore()) {
                through = chunks.lines().getLast().lastSeq();
            }
        }
        long last = through;
        return new Batch(
                found.stream()
                        .filter(entry -> entry.lastSeq() <= last)
                        .sorted(Comparator.comparingLong(LogEntry::lastSeq))
                        .map(Piece::forOne)
                        .toList(),
                through);
    }

    /** Chunks in the order that the query asks for. */
    Chunks chunks(ChunkQuery query) {
        JdbcClient.StatementSpec statement = client.sql(query.sql())
                .param("run", query.runId().value())
                .param("after", query.after())
                .param("end", query.end());
        List<LogEntry.Lines> lines =
                query.filter().bind(statement).query((row, n) -> lines(row)).list();
        return new Chunks(lines, query.isFull(lines));
    }

    /** Whether the log ends with this entry: the run has finished. */
    boolean endsAt(RunId runId, long seq) {
        return client.sql("SELECT EXISTS (SELECT 1 FROM run_event WHERE run_id = :run AND seq = :seq AND type = :last)")
                .param("run", runId.value())
                .param("seq", seq)
                .param("last", EventType.RUN_FINISHED.text())
                .query(Boolean.class)
                .single();
    }

    /**
     * Whether all that follows a sequence number is still kept. What goes is removed from the front, and with its run, or
     * after it; so what was read before this was asked is whole.
     */
    public boolean isKeptAfter(RunId runId, long seq) {
        return client.sql("""
            SELECT EXISTS (SELECT 1 FROM run WHERE run_id = :run)
               AND coalesce(least((SELECT min(seq) FROM run_event WHERE run_id = :run),
                                  (SELECT first_seq FROM log_chunk WHERE run_id = :run ORDER BY last_seq LIMIT 1))
                            <= :next, false)
            """)
                .param("run", runId.value())
                .param("next", seq + 1)
                .query(Boolean.class)
                .single();
    }

    /** The first sequence number that is still kept; empty where nothing is. */
    public Optional<Long> oldestKept(RunId runId) {
        return client.sql("""
            SELECT least((SELECT min(seq) FROM run_event WHERE run_id = :run),
                         (SELECT first_seq FROM log_chunk WHERE run_id = :run ORDER BY last_seq LIMIT 1))
            """).param("run", runId.value()).query(Long.class).optional();
    }

    /** How far each stream of an attempt had been read when its last lines were committed. */
    public Map<OutputStreamName, Long> offsets(RunId runId, String stepId, int attempt) {
        return client
                .sql("""
                    SELECT stream, max(end_offset) AS end_offset FROM log_chunk
                    WHERE run_id = :run AND step_id = :step AND attempt = :attempt GROUP BY stream
                    """)
                .param("run", runId.value())
                .param("step", stepId)
                .param("attempt", attempt)
                .query((row, n) -> Map.entry(OutputStreamName.of(row.getString("stream")), row.getLong("end_offset")))
                .list()
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /**
     * Events of some types after a sequence number, in order: a few hundred at most, of which the last is where to go on.
     *
     * @param end nothing beyond this, which is committed
     */
    public List<LogEntry.Event> events(RunId runId, long afterSeq, long end, Set<EventType> types) {
        return client.sql("""
            SELECT run_id, seq, tenant, type, at, step_id, data FROM run_event
            WHERE run_id = :run AND seq > :after AND seq <= :end AND type = ANY (:types) ORDER BY seq LIMIT :limit
            """)
                .param("run", runId.value())
                .param("after", afterSeq)
                .param("end", end)
                .param("types", texts(types))
                .param("limit", EVENTS_A_BATCH)
                .query((row, n) -> event(row))
                .list();
    }

    static String[] texts(Set<EventType> types) {
        return types.stream().map(EventType::text).toArray(String[]::new);
    }

    static LogEntry.Event event(ResultSet row) throws SQLException {
        return new LogEntry.Event(
                new RunId(row.getObject("run_id", UUID.class)),
                new Tenant(row.getString("tenant")),
                row.getLong("seq"),
                EventType.of(row.getString("type")).orElseThrow(),
                row.getTimestamp("at").toInstant(),
                row.getString("step_id"),
                Objects.requireNonNull(row.getString("data")));
    }

    static LogEntry.Lines lines(ResultSet row) throws SQLException {
        long first = row.getLong("first_seq");
        return new LogEntry.Lines(
                new RunId(row.getObject("run_id", UUID.class)),
                new Tenant(row.getString("tenant")),
                first,
                row.getString("step_id"),
                row.getInt("attempt"),
                OutputStreamName.of(row.getString("stream")),
                LineBlock.stored(
                        row.getBytes("lines"),
                        (int) (row.getLong("last_seq") - first + 1),
                        row.getTimestamp("first_at").toInstant(),
                        row.getTimestamp("last_at").toInstant()),
                row.getLong("end_offset"));
    }

    private static void bind(PreparedStatement statement, LogEntry.Lines chunk) throws SQLException {
        statement.setObject(1, chunk.runId().value());
        statement.setLong(2, chunk.firstSeq());
        statement.setLong(3, chunk.lastSeq());
        statement.setString(4, chunk.tenant().name());
        statement.setString(5, chunk.stepId());
        statement.setInt(6, chunk.attempt());
        statement.setString(7, chunk.stream().text());
        statement.setTimestamp(8, Timestamp.from(chunk.lines().firstAt()));
        statement.setTimestamp(9, Timestamp.from(chunk.lines().lastAt()));
        statement.setLong(10, chunk.endOffset());
        statement.setBytes(11, chunk.lines().packed());
        statement.setLong(12, chunk.lines().textBytes());
    }

    /**
     * Some chunks.
     *
     * @param mayBeMore whether the query was cut short
     */
    record Chunks(List<LogEntry.Lines> lines, boolean mayBeMore) {}

    /**
     * Which chunks to read.
     *
     * @param after only chunks that end behind this
     * @param end only chunks that end here or before
     * @param filter chunks of which it wants nothing are left out
     * @param backwards the last ones first
     */
    record ChunkQuery(RunId runId, long after, long end, LineFilter filter, boolean backwards) {

        private static final int MAX_CHUNKS = 256;

        /** Chunks hold up to a megabyte unpacked; packed ones are let into memory up to this and unpacked one by one. */
        private static final int MAX_BYTES = 1024 * 1024;

        static ChunkQuery after(RunId runId, long after, long end, LineFilter filter) {
            return new ChunkQuery(runId, after, end, filter, false);
        }

        static ChunkQuery before(RunId runId, long after, long end, LineFilter filter) {
            return new ChunkQuery(runId, after, end, filter, true);
        }

        String sql() {
            String order = backwards ? "last_seq DESC" : "last_seq";
            return """
                SELECT * FROM (
                    SELECT c.*, sum(octet_length(c.lines)) OVER (ORDER BY %1$s ROWS UNBOUNDED PRECEDING)
                                    - octet_length(c.lines) AS bytes_before
                    FROM (SELECT run_id, first_seq, last_seq, tenant, step_id, attempt, stream, first_at, last_at,
                                 end_offset, lines
                          FROM log_chunk
                          WHERE run_id = :run AND last_seq > :after AND last_seq <= :end %2$s
                          ORDER BY %1$s LIMIT %3$d) c) bounded
                WHERE bytes_before < %4$d ORDER BY %1$s
                """.formatted(order, filter.conditions(), MAX_CHUNKS, MAX_BYTES);
        }

        /** Whether there may be more than these. */
        boolean isFull(List<LogEntry.Lines> found) {
            return found.size() == MAX_CHUNKS
                    || found.stream()
                                    .mapToLong(chunk -> chunk.lines().packed().length)
                                    .sum()
                            >= MAX_BYTES;
        }
    }
}
