package io.yardmaster.jobs;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.yardmaster.database.Sampled;
import io.yardmaster.database.Tenancy;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Shows what the configured sources hold. */
@Component
final class CatalogueMeters {

    private static final Duration REST = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration KEEP = Duration.ofSeconds(30);

    private final Sampled<List<SourceStatus>> catalogue;

    CatalogueMeters(Sources sources, CatalogueStore store, TransactionTemplate transactions, MeterRegistry registry) {
        this.catalogue = new Sampled<>(
                "catalogue-meters",
                REST,
                PATIENCE,
                KEEP,
                () -> Objects.requireNonNull(
                        Tenancy.allTenants(() -> transactions.execute(transaction -> store.sources()))));
        for (String source : sources.names()) {
            gauge("yardmaster.catalogue.jobs", source, SourceStatus::jobs)
                    .description("Jobs of a source that can be read")
                    .register(registry);
            gauge("yardmaster.catalogue.broken", source, SourceStatus::errors)
                    .description("Folders of a source that cannot be read as jobs")
                    .register(registry);
            gauge("yardmaster.catalogue.changed.timestamp", source, CatalogueMeters::changedAt)
                    .description("When a look at a source last found something new, in seconds since 1970")
                    .baseUnit("seconds")
                    .register(registry);
        }
        Gauge.builder("yardmaster.catalogue.looked.timestamp", sources, found -> found.lookedAtMillis() / 1000.0)
                .description("When this server last looked at all sources, in seconds since 1970; 0: not yet")
                .baseUnit("seconds")
                .register(registry);
    }

    private Gauge.Builder<?> gauge(String name, String source, ToDoubleFunction<SourceStatus> figure) {
        return Gauge.builder(
                        name,
                        catalogue,
                        sampled -> sampled.get().orElse(List.of()).stream()
                                .filter(status -> status.name().equals(source))
                                .mapToDouble(figure)
                                .findFirst()
                                .orElse(Double.NaN))
                .tag("source", source);
    }

    private static double changedAt(SourceStatus status) {
        return status.syncedAt() == null ? Double.NaN : status.syncedAt().toEpochMilli() / 1000.0;
    }
}
