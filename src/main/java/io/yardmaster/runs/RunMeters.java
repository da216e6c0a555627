package io.yardmaster.runs;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.yardmaster.database.Sampled;
import io.yardmaster.runs.QueueFigures.Totals;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.springframework.stereotype.Component;

/** Counts submissions, and shows what is under way on all servers: the same figures on each of them. */
@Component
final class RunMeters {

    private static final Duration REST = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration KEEP = Duration.ofSeconds(30);

    private final Sampled<Totals> totals;
    private final MeterRegistry registry;
    private final Counter submitted;
    private final Counter failedBatches;
    private final DistributionSummary batches;
    private final Timer commits;

    RunMeters(QueueFigures figures, MeterRegistry registry) {
        this.registry = registry;
        this.totals = new Sampled<>("run-meters", REST, PATIENCE, KEEP, figures::totals);
        this.submitted = Counter.builder("yardmaster.runs.submitted")
                .description("Runs accepted by this server")
                .register(registry);
        this.failedBatches = Counter.builder("yardmaster.intake.batches.failed")
                .description("Commits of several submissions that failed and were tried again one by one")
                .register(registry);
        this.batches = DistributionSummary.builder("yardmaster.intake.batch.size")
                .description("How many submissions one commit made durable")
                .register(registry);
        this.commits = Timer.builder("yardmaster.intake.commit")
                .description("How long it took to make submissions durable")
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

    void intakeBacklog(Collection<?> waiting) {
        Gauge.builder("yardmaster.intake.backlog", waiting, Collection::size)
                .description("Submissions that wait for their commit on this server")
                .register(registry);
    }

    void intakeBatchFailed() {
        failedBatches.increment();
    }

    <T> T storing(int runs, Supplier<T> commit) {
        batches.record(runs);
        return Objects.requireNonNull(commits.record(commit));
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
