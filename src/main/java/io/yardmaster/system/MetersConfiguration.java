package io.yardmaster.system;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.config.MeterFilter;
import io.yardmaster.database.DataDirectory;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Which measurements there are besides those of the modules. */
@Configuration(proxyBeanMethods = false)
class MetersConfiguration {

    /** What else the frameworks measure says the same again, or has labels without bound. */
    private static final List<String> KEPT =
            List.of("yardmaster.", "jvm.", "process.", "system.cpu.", "system.load.", "hikaricp.", "logback.");

    @Bean
    MeterFilter keptMeters() {
        return MeterFilter.denyUnless(id -> KEPT.stream().anyMatch(id.getName()::startsWith));
    }

    @Bean
    MeterBinder serverMeters(
            @Value("${yardmaster.version}") String version, DataDirectory directory, Readiness readiness) {
        return registry -> {
            Gauge.builder("yardmaster.build.info", () -> 1)
                    .description("Always 1; the label says which version this is")
                    .tag("version", version)
                    .register(registry);
            free(directory, registry);
            Gauge.builder(
                            "yardmaster.ready",
                            readiness,
                            ready -> ready.missing().isEmpty() ? 1 : 0)
                    .description("Whether this server asks for requests, as /api/v1/readyz says")
                    .register(registry);
        };
    }

    private static void free(DataDirectory directory, MeterRegistry registry) {
        Gauge.builder(
                        "yardmaster.data.directory.free",
                        directory,
                        data -> data.path().toFile().getUsableSpace())
                .description("What is left for the server on the file system of its data directory")
                .baseUnit("bytes")
                .register(registry);
    }
}
