package io.yardmaster.runs;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.yardmaster.database.Sampled;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Shows whether history is kept as long as it shall be, and no longer. */
@Component
final class RetentionMeters {

    private static final Duration REST = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration KEEP = Duration.ofMinutes(5);

    private final Sampled<Optional<Instant>> oldest;

    RetentionMeters(
            Retention retention,
            RetentionProperties properties,
            Partitions partitions,
            DatabaseClock clock,
            MeterRegistry registry) {
        this.oldest = new Sampled<>("retention-meters", REST, PATIENCE, KEEP, retention::oldest);
        Gauge.builder(
                        "yardmaster.retention.oldest",
                        oldest,
                        sampled -> sampled.get()
                                .map(run -> run.map(at -> Duration.between(at, clock.instant())
                                                        .toMillis()
                                                / 1000.0)
                                        .orElse(0.0))
                                .orElse(Double.NaN))
                .description("Age of the oldest run that is kept, since it was submitted")
                .baseUnit("seconds")
                .register(registry);
        if (properties.days() > 0) {
            // A day is removed as a whole, once its last run is past the limit.
            long policy = Duration.ofDays(properties.days() + 1L).toSeconds();
            Gauge.builder("yardmaster.retention.policy", () -> policy)
                    .description("How old a run becomes at most, as it is configured")
                    .baseUnit("seconds")
                    .register(registry);
        }
        Gauge.builder("yardmaster.history.days.ahead", partitions, Partitions::daysAhead)
                .description("For how many days after this one there is room for runs; below 1 the next day's fail")
                .register(registry);
    }
}
