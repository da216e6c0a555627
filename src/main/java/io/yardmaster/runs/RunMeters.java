package io.yardmaster.runs;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.yardmaster.database.Sampled;
import io.yardmaster.runs.QueueFigures.Totals;
import java.time.Duration;
import java.util.function.ToDoubleFunction;
import org.springframework.stereotype.Component;

/** Counts submissions, and shows what is under way on all servers: the same figures on each of them. */
@Component
final class RunMeters {

    private static final Duration REST = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration KEEP = Duration.ofSeconds(30);

    private final Sampled<Totals> totals;
    private final Counter submitted;

    RunMeters(QueueFigures figures, MeterRegistry registry) {
        this.totals = new Sampled<>("run-meters", REST, PATIENCE, KEEP, figures::totals);
        this.submitted = Counter.builder("yardmaster.runs.submitted")
                .description("Runs accepted by this server")
                .register(registry);
        for (RunState state : RunState.values()) {
            if (!state.isTerminal()) {
                gauge("yardmaster.runs.live", all -> all.runs(state))
                        .description("Runs that have not ended, on all servers")
                        .tag("status", state.text())
                        .register(registry);
            }
        }
        gauge("yardmaster.queue.depth", Totals::ready)
                .description("Runs that may start and wait for a place, on all servers")
                .register(registry);
        gauge("yardmaster.queue.parked", Totals::parked)
                .description("Runs that wait for a slot of a concurrency key, on all servers")
                .register(registry);
        gauge("yardmaster.queue.oldest.wait", all -> all.oldestWait().toMillis() / 1000.0)
                .description("How long the run at the head of the queue has been waiting")
                .baseUnit("seconds")
                .register(registry);
        gauge("yardmaster.inbox.depth", Totals::commands)
                .description("Commands to runs that were not acted on yet, on all servers")
                .register(registry);
        gauge("yardmaster.nodes.alive", Totals::nodes)
                .description("Servers that have said that they live within the last half minute")
                .register(registry);
    }

    void submitted() {
        submitted.increment();
    }

    private Gauge.Builder<Sampled<Totals>> gauge(String name, ToDoubleFunction<Totals> figure) {
        return Gauge.builder(
                name,
                totals,
                sampled -> sampled.get().map(figure::applyAsDouble).orElse(Double.NaN));
    }
}
