package io.yardmaster.runs;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.springframework.stereotype.Component;

/** Measures how submissions become durable. */
@Component
final class IntakeMeters {

    private static final Duration[] COMMITS = LongStream.of(1, 2, 5, 10, 25, 50, 100, 250, 1_000, 5_000)
            .mapToObj(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final MeterRegistry registry;
    private final DistributionSummary batches;
    private final Timer commits;
    private final Counter failedBatches;

    IntakeMeters(MeterRegistry registry) {
        this.registry = registry;
        this.batches = DistributionSummary.builder("yardmaster.intake.batch.size")
                .description("Submissions that were committed together")
                .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256)
                .register(registry);
        this.commits = Timer.builder("yardmaster.intake.commit.duration")
                .description("How long commits of submissions took, failed ones too")
                .serviceLevelObjectives(COMMITS)
                .register(registry);
        this.failedBatches = Counter.builder("yardmaster.intake.batches.failed")
                .description(
                        "Batches of submissions that were not committed at the first attempt and were tried one by one")
                .register(registry);
    }

    void waiting(Collection<?> submissions) {
        Gauge.builder("yardmaster.intake.pending", submissions, Collection::size)
                .description("Submissions that wait for their commit")
                .register(registry);
    }

    <T> T committing(int submissions, Supplier<T> commit) {
        batches.record(submissions);
        return Objects.requireNonNull(commits.record(commit));
    }

    void batchFailed() {
        failedBatches.increment();
    }
}
