package io.yardmaster.tracing;

import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Where traces are sent.
 *
 * @param endpoint where a collector takes spans over OTLP/HTTP, such as {@code http://127.0.0.1:4318/v1/traces}; without
 *     it no spans are made
 * @param headers what is sent with them, such as {@code Authorization}
 * @param sampling the part of the traces that is recorded of those that begin here, from 0 to 1; of others, whoever began
 *     them decides
 * @param timeout how long the collector may take for a batch
 */
@Validated
@ConfigurationProperties("yardmaster.tracing")
record TracingProperties(
        @Nullable URI endpoint,
        @DefaultValue Map<String, String> headers,
        @DefaultValue("1") @DecimalMin("0") @DecimalMax("1") double sampling,
        @DefaultValue("10s") Duration timeout) {}
