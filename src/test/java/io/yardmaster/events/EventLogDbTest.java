package io.yardmaster.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.OutputLine;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.testkit.TestServer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class EventLogDbTest {

    private static final Tenant TENANT = new Tenant("default");

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final EventLog log = TestServer.shared().bean(EventLog.class);
    private final LogPages pages = TestServer.shared().bean(LogPages.class);
    private final TransactionTemplate transactions = TestServer.shared().bean(TransactionTemplate.class);

    @Test
    void what_follows_any_position_is_the_rest_of_the_log_whatever_is_wanted() {
        for (long seed = 1; seed <= 3; seed++) {
            RunId runId = newRunId(seed);
            long last = write(runId, new Random(seed));
            List<String> whole = read(runId, 0, EventFilter.ALL);

            assertThat(whole).hasSize((int) last);
            for (int seq = 1; seq <= last; seq++) {
                assertThat(whole.get(seq - 1)).contains("\"seq\":" + seq + ",");
            }
            for (long after : List.of(0L, 1L, last / 2, last - 1, last)) {
                for (EventFilter filter : filters()) {
                    assertThat(read(runId, after, filter))
                            .as("seed %d, after %d", seed, after)
                            .isEqualTo(whole.stream()
                                    .skip(after)
                                    .filter(line -> isWanted(line, filter))
                                    .toList());
                }
            }
        }
    }

    @Test
    void pages_of_any_size_are_the_whole_log() {
        RunId runId = newRunId(99);
        long end = write(runId, new Random(99));
        for (EventFilter filter : filters()) {
            List<String> whole = read(runId, 0, filter);
            for (int limit : List.of(1, 3, 64, 10_000)) {
                List<String> paged = new ArrayList<>();
                Long after = 0L;
                while (after != null) {
                    LogPage page = pages.read(
                            new LogRequest(runId, after, null, end, limit, filter, StreamFormat.EVENT_ELEMENTS),
                            TENANT);
                    List<String> elements = elements(page);
                    assertThat(elements.size()).isLessThanOrEqualTo(limit);
                    paged.addAll(elements);
                    after = page.nextAfter();
                }
                assertThat(paged).as("%d a page", limit).isEqualTo(whole);
            }
        }
    }

    @Test
    void a_tail_is_the_end_of_the_lines_that_match() {
        RunId runId = newRunId(5);
        long end = write(runId, new Random(5));
        for (EventFilter filter : filters()) {
            EventFilter lines = EventFilter.outputLines(filter.lines());
            List<String> whole = read(runId, 0, lines);
            for (int tail : List.of(1, 2, 10, 50, 5000)) {
                for (long after : List.of(0L, end / 2, end)) {
                    List<String> rest = read(runId, after, lines);
                    LogPage page = pages.read(
                            new LogRequest(runId, after, tail, end, 10_000, lines, StreamFormat.EVENT_ELEMENTS),
                            TENANT);
                    assertThat(elements(page))
                            .as("the last %d of %d, after %d", tail, whole.size(), after)
                            .isEqualTo(rest.subList(Math.max(0, rest.size() - tail), rest.size()));
                    assertThat(page.nextAfter()).isNull();
                }
            }
        }
    }

    @Test
    void a_page_of_long_lines_ends_early_and_says_so() {
        RunId runId = newRunId(6);
        List<LogEntry> entries = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            List<OutputLine> long1 = LongStream.range(0, 16)
                    .mapToObj(n -> new OutputLine(Instant.EPOCH, "x".repeat(64 * 1024)))
                    .toList();
            entries.add(new LogEntry.Lines(
                    runId, TENANT, 1 + i * 16, "step", 1, OutputStreamName.STDOUT, LineBlock.of(long1), i));
        }
        append(entries);
        long after = 0;
        int lines = 0;
        int count = 0;
        while (after < 160) {
            LogPage page = pages.read(
                    new LogRequest(runId, after, null, 160L, 1000, EventFilter.ALL, StreamFormat.LINE_ELEMENTS),
                    TENANT);
            assertThat(page.elements().length()).isLessThan(6 * 1024 * 1024);
            lines += elements(page).size();
            count++;
            after = page.nextAfter() == null ? 160 : page.nextAfter();
        }
        assertThat(lines).isEqualTo(160);
        assertThat(count).isBetween(2, 5);
    }

    @Test
    void a_log_is_removed_from_the_front_and_what_is_left_has_no_hole() {
        LogRemoval removal = TestServer.shared().bean(LogRemoval.class);
        RunId runId = newRunId(31);
        long last = write(runId, new Random(31));
        List<String> whole = read(runId, 0, EventFilter.ALL);
        long oldest = 1;
        int removed = 7;
        while (removed == 7) {
            removed = removal.removeFront(runId, 7);
            long left = read(() -> log.oldestKept(runId)).orElse(last + 1);
            assertThat(left).isGreaterThan(oldest);
            oldest = left;
            assertThat(read(runId, 0, EventFilter.ALL)).isEqualTo(whole.subList((int) left - 1, whole.size()));
        }
        assertThat(oldest).isEqualTo(last + 1);
    }

    @Test
    void a_position_in_all_runs_is_never_ahead_of_what_is_on_disk_nor_behind_what_was_read() {
        AllRunsLog all = TestServer.shared().bean(AllRunsLog.class);
        long stored = write(newRunId(32), new Random(32), TENANT);
        AllRunsCursor start = all.now();
        // These leave nothing behind: after a crash of PostgreSQL their numbers are given out once more.
        for (int i = 0; i < 5; i++) {
            burn();
        }
        assertThat(all.now()).isEqualTo(start);
        assertThat(start.transaction()).isEqualTo(stored + 1);

        AllRunsFilter nothing = new AllRunsFilter(null, "no-such-job", Set.of());
        AllRunsLog.Batch batch = all.read(start, nothing, TENANT).orElseThrow();
        assertThat(batch.entries()).isEmpty();
        assertThat(batch.next()).isEqualTo(start);

        // Another tenant's entries take who wants none of them on, in a while.
        long later = write(newRunId(33), new Random(33), new Tenant("other"));
        await().until(() -> all.read(start, nothing, TENANT)
                .orElseThrow()
                .next()
                .equals(AllRunsCursor.before(start.system(), later + 1)));

        // Who has read an entry is not sent back before it, whatever is known of what is on disk.
        AllRunsCursor ahead = new AllRunsCursor(start.system(), later + 1000, new UUID(1, 1), 5);
        assertThat(all.read(ahead, nothing, TENANT).orElseThrow().next()).isEqualTo(ahead);
    }

    /** Which transaction it was. */
    private long write(RunId runId, Random random, Tenant tenant) {
        return Tenancy.call(
                tenant,
                () -> transactions.execute(transaction -> {
                    log.append(List.of(new LogEntry.Event(
                            runId,
                            tenant,
                            1,
                            EventType.STEP_STARTED,
                            Instant.EPOCH,
                            "step" + random.nextInt(),
                            JsonNodeFactory.instance.objectNode().put("attempt", 1))));
                    return transactionNumber();
                }));
    }

    private void burn() {
        Tenancy.call(
                TENANT,
                () -> transactions.execute(transaction -> {
                    transaction.setRollbackOnly();
                    return transactionNumber();
                }));
    }

    private static long transactionNumber() {
        return TestServer.shared()
                .bean(JdbcClient.class)
                .sql("SELECT pg_current_xact_id()::text::bigint")
                .query(Long.class)
                .single();
    }

    @Test
    void who_reads_later_gets_the_bytes_that_those_got_who_read_along() {
        RunId runId = newRunId(8);
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        data.put("zebra", 1).put("a", "\u0000\u001b\"\\ \u2028 \ud83d\ude82");
        data.put("exact", new BigDecimal("1.500")).put("large", new BigDecimal("1E+60"));
        data.putObject("inner").put("longer_name", 1).put("b", -0.0);
        LogEntry.Event event =
                new LogEntry.Event(runId, TENANT, 1, EventType.STEP_FINISHED, Instant.now(), "step", data);
        LogEntry.Lines lines = lines(runId, 2, 5, 1, OutputStreamName.STDERR, 7);
        append(List.of(event, lines));

        List<String> live = new ArrayList<>();
        for (LogEntry entry : List.of(event, lines)) {
            TextBuffer text = new TextBuffer(100);
            Piece.forAll(entry).write(StreamFormat.NDJSON, EventFilter.ALL, 0, Long.MAX_VALUE, text);
            live.addAll(
                    new String(text.toBytes(), StandardCharsets.UTF_8).lines().toList());
        }
        assertThat(read(runId, 0, EventFilter.ALL)).isEqualTo(live);
    }

    @Test
    void the_offsets_of_an_attempt_are_those_of_its_last_lines() {
        RunId runId = newRunId(7);
        append(List.of(
                lines(runId, 1, 3, 1, OutputStreamName.STDOUT, 30),
                lines(runId, 4, 1, 1, OutputStreamName.STDERR, 8),
                lines(runId, 5, 2, 1, OutputStreamName.STDOUT, 50),
                lines(runId, 7, 2, 2, OutputStreamName.STDOUT, 20)));

        assertThat(read(() -> log.offsets(runId, "step", 1)))
                .isEqualTo(Map.of(OutputStreamName.STDOUT, 50L, OutputStreamName.STDERR, 8L));
        assertThat(read(() -> log.offsets(runId, "step", 2))).isEqualTo(Map.of(OutputStreamName.STDOUT, 20L));
        assertThat(read(() -> log.offsets(runId, "step", 3))).isEmpty();
    }

    private static List<EventFilter> filters() {
        return List.of(
                EventFilter.ALL,
                new EventFilter(Set.of(EventType.STEP_STARTED), LineFilter.ALL),
                new EventFilter(Set.of(EventType.RUN_FINISHED), LineFilter.ALL),
                EventFilter.outputLines(LineFilter.ALL),
                EventFilter.outputLines(new LineFilter(Set.of("step"), OutputStreamName.STDERR, Set.of(), null, null)),
                EventFilter.outputLines(new LineFilter(Set.of("other", "step"), null, Set.of(), null, null)),
                EventFilter.outputLines(new LineFilter(Set.of("other", "third"), null, Set.of(), null, null)),
                EventFilter.outputLines(new LineFilter(Set.of(), null, Set.of(LineLevel.WARN), null, "LINE 1")),
                EventFilter.outputLines(
                        new LineFilter(Set.of(), OutputStreamName.STDOUT, Set.of(LineLevel.WARN), null, null)),
                EventFilter.outputLines(new LineFilter(Set.of(), null, Set.of(), Instant.ofEpochMilli(101), "7")));
    }

    /** The same, told by what a reader sees. */
    private static boolean isWanted(String json, EventFilter filter) {
        boolean line = json.startsWith("{\"type\":\"step.output\"");
        LineFilter lines = filter.lines();
        if (!line) {
            return filter.types().isEmpty() || filter.types().contains(EventType.STEP_STARTED);
        }
        if (!filter.types().isEmpty() && !filter.types().contains(EventType.STEP_OUTPUT)) {
            return false;
        }
        JsonNode seen = JSON.readTree(json);
        return lines.streams().contains(OutputStreamName.of(seen.path("stream").asString()))
                && (lines.steps().isEmpty()
                        || lines.steps().contains(seen.path("step_id").asString()))
                && (lines.since() == null
                        || !Instant.parse(seen.path("timestamp").asString()).isBefore(lines.since()))
                && (lines.text() == null
                        || seen.path("message")
                                .asString()
                                .toLowerCase(Locale.ROOT)
                                .contains(lines.text().toLowerCase(Locale.ROOT)));
    }

    /** Reads batch by batch to the end. */
    private List<String> read(RunId runId, long after, EventFilter filter) {
        TextBuffer text = new TextBuffer(100);
        long position = after;
        while (true) {
            long from = position;
            Batch batch = read(() -> log.read(runId, from, log.end(runId), filter));
            if (batch.through() <= from) {
                return new String(text.toBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .toList();
            }
            for (Piece piece : batch.pieces()) {
                piece.write(StreamFormat.NDJSON, filter, from, Long.MAX_VALUE, text);
            }
            position = batch.through();
        }
    }

    private static List<String> elements(LogPage page) {
        return JSON.readTree("[" + page.elements() + "]")
                .valueStream()
                .map(JsonNode::toString)
                .toList();
    }

    private <T> T read(Supplier<T> work) {
        return Tenancy.call(TENANT, () -> transactions.execute(transaction -> work.get()));
    }

    /** Writes events and chunks of lines in a random order. Returns the last sequence number. */
    private long write(RunId runId, Random random) {
        List<LogEntry> entries = new ArrayList<>();
        long seq = 0;
        while (entries.size() < 80) {
            LogEntry entry = random.nextBoolean()
                    ? new LogEntry.Event(
                            runId,
                            TENANT,
                            seq + 1,
                            EventType.STEP_STARTED,
                            Instant.EPOCH,
                            "step",
                            JsonNodeFactory.instance.objectNode().put("attempt", 1))
                    : lines(
                            runId,
                            seq + 1,
                            1 + random.nextInt(9),
                            1,
                            random.nextBoolean() ? OutputStreamName.STDOUT : OutputStreamName.STDERR,
                            seq * 10);
            entries.add(entry);
            seq = entry.lastSeq();
        }
        append(entries);
        return seq;
    }

    private void append(List<? extends LogEntry> entries) {
        Tenancy.call(TENANT, () -> {
            transactions.executeWithoutResult(transaction -> log.append(entries));
            return null;
        });
    }

    private static LogEntry.Lines lines(
            RunId runId, long first, int count, int attempt, OutputStreamName stream, long endOffset) {
        return new LogEntry.Lines(
                runId,
                TENANT,
                first,
                "step",
                attempt,
                stream,
                LineBlock.of(LongStream.range(first, first + count)
                        .mapToObj(i -> new OutputLine(Instant.ofEpochMilli(i), "line " + i))
                        .toList()),
                endOffset);
    }

    /** An id of today, as the partitions want it. */
    private static RunId newRunId(long number) {
        long version7 = System.currentTimeMillis() << 16 | 0x7000 | number;
        return new RunId(new UUID(version7, 0x8000_0000_0000_0000L | System.nanoTime()));
    }
}
