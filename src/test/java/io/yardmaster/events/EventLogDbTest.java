package io.yardmaster.events;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.OutputLine;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.testkit.TestServer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.node.JsonNodeFactory;

class EventLogDbTest {

    private static final Tenant TENANT = new Tenant("default");

    private final EventLog log = TestServer.shared().bean(EventLog.class);
    private final TransactionTemplate transactions = TestServer.shared().bean(TransactionTemplate.class);

    @Test
    void pages_of_any_size_read_on_from_any_position_are_the_whole_log() {
        for (long seed = 1; seed <= 3; seed++) {
            RunId runId = newRunId(seed);
            long last = write(runId, new Random(seed));
            List<LoggedEvent> whole = pages(runId, 0, 1000);

            assertThat(whole)
                    .extracting(LoggedEvent::seq)
                    .isEqualTo(LongStream.rangeClosed(1, last).boxed().toList());
            for (long after : List.of(0L, 1L, last / 2, last - 1, last)) {
                for (int limit : List.of(1, 5, 64)) {
                    assertThat(pages(runId, after, limit))
                            .as("seed %d, after %d, %d a page", seed, after, limit)
                            .isEqualTo(whole.subList((int) after, whole.size()));
                }
            }
        }
    }

    @Test
    void lines_read_alone_are_those_of_the_whole_log() {
        RunId runId = newRunId(99);
        long last = write(runId, new Random(99));
        List<LoggedEvent> whole = pages(runId, 0, 1000);
        for (long after : List.of(0L, 5L, last / 2)) {
            for (OutputStreamName stream : OutputStreamName.values()) {
                LineFilter filter = new LineFilter("step", stream, null);
                assertThat(read(() -> log.readLines(runId, after, filter, 10_000)))
                        .isEqualTo(whole.stream()
                                .filter(event -> event.seq() > after && filter.matches(event))
                                .toList());
                assertThat(read(() -> log.readLines(runId, after, filter, 3)))
                        .isEqualTo(whole.stream()
                                .filter(event -> event.seq() > after && filter.matches(event))
                                .limit(3)
                                .toList());
            }
        }
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

    /** Reads page by page to the end; no page may be empty before it. */
    private List<LoggedEvent> pages(RunId runId, long after, int limit) {
        List<LoggedEvent> read = new ArrayList<>();
        long position = after;
        List<LoggedEvent> page = page(runId, position, limit);
        while (!page.isEmpty()) {
            assertThat(page.size()).isLessThanOrEqualTo(limit);
            read.addAll(page);
            position = page.getLast().seq();
            page = page(runId, position, limit);
        }
        return read;
    }

    private List<LoggedEvent> page(RunId runId, long after, int limit) {
        return read(() -> log.read(runId, after, limit));
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
                LongStream.range(first, first + count)
                        .mapToObj(i -> new OutputLine(Instant.ofEpochMilli(i), "line " + i))
                        .toList(),
                endOffset);
    }

    /** An id of today, as the partitions want it. */
    private static RunId newRunId(long number) {
        long version7 = System.currentTimeMillis() << 16 | 0x7000 | number;
        return new RunId(new UUID(version7, 0x8000_0000_0000_0000L | System.nanoTime()));
    }
}
