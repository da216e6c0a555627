package io.yardmaster.events;

import io.yardmaster.database.Jsonb;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.ObjectNode;

/** The stored log of every run. Whoever appends owns the run and has given out the sequence numbers. */
@Component
public class EventLog {

    /** Chunks to unpack for one page: a page is cut short rather than memory filled. */
    private static final int CHUNKS_A_PAGE = 4;

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
            jdbc.batchUpdate("""
                INSERT INTO run_event (run_id, seq, tenant, type, at, step_id, data)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """, events, events.size(), EventLog::bind);
        }
        if (!lines.isEmpty()) {
            jdbc.batchUpdate("""
                INSERT INTO log_chunk (run_id, first_seq, last_seq, tenant, step_id, attempt, stream,
                                       first_at, last_at, end_offset, lines)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, lines, lines.size(), EventLog::bind);
        }
    }

    /**
     * The entries after a sequence number, in order and without gaps; fewer than {@code limit} where the page would
     * grow too large, none at the end of what is committed.
     */
    public List<LoggedEvent> read(RunId runId, long afterSeq, int limit) {
        List<LoggedEvent> found = new ArrayList<>(events(runId, afterSeq, limit));
        // A chunk holds thousands of lines; rendering those beyond the page would be done anew for each page.
        long end = afterSeq + limit;
        for (LogEntry.Lines chunk : chunks(runId, afterSeq, end)) {
            found.addAll(unpack(chunk, afterSeq, end));
        }
        found.sort(Comparator.comparingLong(LoggedEvent::seq));
        // Each of the two reads is bounded on its own, so beyond a hole something was not fetched yet.
        int contiguous = 0;
        while (contiguous < Math.min(limit, found.size())
                && found.get(contiguous).seq() == afterSeq + contiguous + 1) {
            contiguous++;
        }
        return List.copyOf(found.subList(0, contiguous));
    }

    /** Output lines only, in order; {@code filter} is applied to each. */
    public List<LoggedEvent> readLines(RunId runId, long afterSeq, LineFilter filter, int limit) {
        List<LoggedEvent> found = new ArrayList<>();
        long after = afterSeq;
        while (found.size() < limit) {
            List<LogEntry.Lines> chunks = chunks(runId, after, Long.MAX_VALUE);
            if (chunks.isEmpty()) {
                break;
            }
            for (LogEntry.Lines chunk : chunks) {
                if (filter.mayMatch(chunk)) {
                    unpack(chunk, after).stream().filter(filter::matches).forEach(found::add);
                }
                after = Math.max(after, chunk.lastSeq());
            }
        }
        return found.size() <= limit ? found : List.copyOf(found.subList(0, limit));
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

    /** The first sequence number that is still kept; empty where nothing is. */
    public Optional<Long> oldestKept(RunId runId) {
        return client.sql("""
            SELECT least((SELECT min(seq) FROM run_event WHERE run_id = :run),
                         (SELECT min(first_seq) FROM log_chunk WHERE run_id = :run))
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

    private List<LoggedEvent> events(RunId runId, long afterSeq, int limit) {
        return client.sql("""
            SELECT run_id, seq, tenant, type, at, step_id, data FROM run_event
            WHERE run_id = :run AND seq > :after ORDER BY seq LIMIT :limit
            """)
                .param("run", runId.value())
                .param("after", afterSeq)
                .param("limit", limit)
                .query((row, n) -> LoggedEvent.of(event(row)))
                .list();
    }

    private List<LogEntry.Lines> chunks(RunId runId, long afterSeq, long end) {
        return client.sql("""
            SELECT run_id, first_seq, last_seq, tenant, step_id, attempt, stream, end_offset, lines
            FROM log_chunk
            WHERE run_id = :run AND last_seq > :after AND first_seq <= :end
              AND first_seq >= coalesce((SELECT max(first_seq) FROM log_chunk
                                         WHERE run_id = :run AND first_seq <= :after + 1), 0)
            ORDER BY first_seq LIMIT :limit
            """)
                .param("run", runId.value())
                .param("after", afterSeq)
                .param("end", end)
                .param("limit", CHUNKS_A_PAGE)
                .query((row, n) -> lines(row))
                .list();
    }

    static LogEntry.Event event(ResultSet row) throws SQLException {
        return new LogEntry.Event(
                new RunId(row.getObject("run_id", UUID.class)),
                new Tenant(row.getString("tenant")),
                row.getLong("seq"),
                EventType.of(row.getString("type")).orElseThrow(),
                row.getTimestamp("at").toInstant(),
                row.getString("step_id"),
                (ObjectNode) Jsonb.read(row.getString("data")));
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
                LineCodec.decode(row.getBytes("lines"), (int) (row.getLong("last_seq") - first + 1)),
                row.getLong("end_offset"));
    }

    /** The lines of a chunk that come after a sequence number. */
    static List<LoggedEvent> unpack(LogEntry.Lines chunk, long afterSeq) {
        return unpack(chunk, afterSeq, chunk.lastSeq());
    }

    private static List<LoggedEvent> unpack(LogEntry.Lines chunk, long afterSeq, long end) {
        int until = (int) (Math.min(end, chunk.lastSeq()) - chunk.firstSeq() + 1);
        List<LoggedEvent> events = new ArrayList<>();
        for (int i = (int) Math.max(0, afterSeq + 1 - chunk.firstSeq()); i < until; i++) {
            events.add(LoggedEvent.of(
                    chunk.runId(),
                    chunk.firstSeq() + i,
                    chunk.stepId(),
                    chunk.attempt(),
                    chunk.stream(),
                    chunk.lines().get(i)));
        }
        return events;
    }

    private static void bind(PreparedStatement statement, LogEntry.Event event) throws SQLException {
        statement.setObject(1, event.runId().value());
        statement.setLong(2, event.seq());
        statement.setString(3, event.tenant().name());
        statement.setString(4, event.type().text());
        statement.setTimestamp(5, Timestamp.from(event.at()));
        statement.setString(6, event.stepId());
        statement.setObject(7, Jsonb.parameter(event.data()));
    }

    private static void bind(PreparedStatement statement, LogEntry.Lines chunk) throws SQLException {
        statement.setObject(1, chunk.runId().value());
        statement.setLong(2, chunk.firstSeq());
        statement.setLong(3, chunk.lastSeq());
        statement.setString(4, chunk.tenant().name());
        statement.setString(5, chunk.stepId());
        statement.setInt(6, chunk.attempt());
        statement.setString(7, chunk.stream().text());
        statement.setTimestamp(8, Timestamp.from(chunk.lines().getFirst().at()));
        statement.setTimestamp(9, Timestamp.from(chunk.lines().getLast().at()));
        statement.setLong(10, chunk.endOffset());
        statement.setBytes(11, LineCodec.encode(chunk.lines()));
    }
}
