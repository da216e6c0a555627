package io.yardmaster.exports;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.stereotype.Component;

/** What is exported, for operators. */
@Component
final class ExportMeters {

    private final MeterRegistry registry;
    private final Map<String, AtomicInteger> open = new ConcurrentHashMap<>();

    ExportMeters(MeterRegistry registry) {
        this.registry = registry;
        for (String what : new String[] {"runs", "events", "jobs"}) {
            var _ = open(what);
            var _ = lines(what);
            var _ = ended(what, true);
            var _ = ended(what, false);
        }
    }

    void began(String what) {
        open(what).incrementAndGet();
    }

    void wrote(String what, byte[] lines) {
        int count = 0;
        for (byte one : lines) {
            count += one == '\n' ? 1 : 0;
        }
        lines(what).increment(count);
    }

    /** @param whole whether it came to its end */
    void end(String what, boolean whole) {
        open(what).decrementAndGet();
        ended(what, whole).increment();
    }

    private AtomicInteger open(String what) {
        return open.computeIfAbsent(what, _ -> {
            AtomicInteger count = new AtomicInteger();
            Gauge.builder("yardmaster.exports.open", count, AtomicInteger::get)
                    .description("Exports that are being read from this server")
                    .tag("kind", what)
                    .strongReference(true)
                    .register(registry);
            return count;
        });
    }

    private Counter lines(String what) {
        return Counter.builder("yardmaster.exports.lines")
                .description("Lines of exports written by this server")
                .tag("kind", what)
                .register(registry);
    }

    private Counter ended(String what, boolean whole) {
        return Counter.builder("yardmaster.exports.ended")
                .description("Exports of this server that came to their end, or broke off before it")
                .tag("kind", what)
                .tag("outcome", whole ? "whole" : "cut_off")
                .register(registry);
    }
}
