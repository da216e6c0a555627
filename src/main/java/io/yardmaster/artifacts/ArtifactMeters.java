package io.yardmaster.artifacts;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.yardmaster.artifacts.ArtifactRetention.Used;
import io.yardmaster.database.Sampled;
import java.time.Duration;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.springframework.stereotype.Component;

/** Shows how many bytes artifacts have, and how near that is to what they may have. */
@Component
final class ArtifactMeters {

    private static final Duration REST = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration KEEP = Duration.ofMinutes(5);

    private final Sampled<List<Used>> used;
    private final Counter uploaded;
    private final Counter uploadedBytes;
    private final Counter refused;

    ArtifactMeters(ArtifactRetention retention, ArtifactProperties properties, MeterRegistry registry) {
        this.used = new Sampled<>("artifact-meters", REST, PATIENCE, KEEP, retention::used);
        gauge(
                        "yardmaster.artifacts.stored",
                        all -> all.stream().mapToLong(Used::bytes).sum())
                .description("Bytes that the artifacts of all tenants have")
                .baseUnit("bytes")
                .register(registry);
        gauge(
                        "yardmaster.artifacts.quota.ratio",
                        all -> all.stream()
                                .mapToDouble(one -> ratio(one, properties.quota(one.tenant())))
                                .max()
                                .orElse(0))
                .description("How much of its quota of artifacts the tenant has used that is nearest to it; 1 is all")
                .register(registry);
        this.uploaded = Counter.builder("yardmaster.artifacts.uploaded")
                .description("Artifacts that were uploaded to this server")
                .register(registry);
        this.uploadedBytes = Counter.builder("yardmaster.artifacts.uploaded.size")
                .description("Bytes of the artifacts that were uploaded to this server")
                .baseUnit("bytes")
                .register(registry);
        this.refused = Counter.builder("yardmaster.artifacts.quota.refused")
                .description("Artifacts that this server has refused because their tenant's quota was used up")
                .register(registry);
    }

    void uploaded(long bytes) {
        uploaded.increment();
        uploadedBytes.increment((double) bytes);
    }

    void quotaUsedUp() {
        refused.increment();
    }

    private static double ratio(Used used, long quota) {
        return quota == 0 ? 0 : (double) used.bytes() / quota;
    }

    private Gauge.Builder<Sampled<List<Used>>> gauge(String name, ToDoubleFunction<List<Used>> figure) {
        return Gauge.builder(
                name, used, sampled -> sampled.get().map(figure::applyAsDouble).orElse(Double.NaN));
    }
}
