package io.yardmaster.events;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.yardmaster.kernel.OutputStreamName;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.stereotype.Component;

/** Counts what is appended to logs by this server, and who reads along. */
@Component
final class EventMeters {

    private final Map<EventType, Counter> events = new EnumMap<>(EventType.class);
    private final Map<OutputStreamName, Counter> lines = new EnumMap<>(OutputStreamName.class);
    private final Map<OutputStreamName, Counter> bytes = new EnumMap<>(OutputStreamName.class);
    private final Map<Stream, AtomicInteger> open = new EnumMap<>(Stream.class);

    EventMeters(MeterRegistry registry) {
        for (EventType type : EventType.values()) {
            if (!EventType.OUTPUT.contains(type)) {
                events.put(
                        type,
                        Counter.builder("yardmaster.events.appended")
                                .description("Events appended to the logs of runs by this server")
                                .tag("type", type.text())
                                .register(registry));
            }
        }
        for (OutputStreamName stream : OutputStreamName.values()) {
            lines.put(
                    stream,
                    Counter.builder("yardmaster.log.lines")
                            .description("Output lines of steps stored by this server")
                            .tag("stream", stream.text())
                            .register(registry));
            bytes.put(
                    stream,
                    Counter.builder("yardmaster.log")
                            .description("Size in UTF-8, with line ends, of the output lines stored by this server")
                            .baseUnit("bytes")
                            .tag("stream", stream.text())
                            .register(registry));
        }
        for (Stream kind : Stream.values()) {
            AtomicInteger count = new AtomicInteger();
            open.put(kind, count);
            Gauge.builder("yardmaster.streams.open", count, AtomicInteger::get)
                    .description("Readers connected to this server")
                    .tag("kind", kind.label)
                    .strongReference(true)
                    .register(registry);
        }
    }

    void appended(List<? extends LogEntry> committed) {
        for (LogEntry entry : committed) {
            switch (entry) {
                case LogEntry.Event event -> count(events, event.type(), 1);
                case LogEntry.Lines chunk -> {
                    count(lines, chunk.stream(), chunk.lines().size());
                    count(bytes, chunk.stream(), (double) chunk.lines().textBytes());
                }
            }
        }
    }

    AtomicInteger open(Stream kind) {
        return open.computeIfAbsent(kind, k -> new AtomicInteger());
    }

    int open() {
        return open.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    private static <K> void count(Map<K, Counter> counters, K key, double amount) {
        Counter counter = counters.get(key);
        if (counter != null) {
            counter.increment(amount);
        }
    }

    /** What a reader reads. */
    enum Stream {
        RUN_EVENTS("run_events"),
        RUN_LOGS("run_logs"),
        ALL_RUNS("all_runs");

        private final String label;

        Stream(String label) {
            this.label = label;
        }

        static Stream of(StreamFormat format) {
            return switch (format.shape()) {
                case EVENT -> RUN_EVENTS;
                case LINE, TEXT -> RUN_LOGS;
            };
        }
    }
}
