package io.yardmaster.runs;

import jakarta.validation.constraints.Positive;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How many runs may wait to be started. Each server knows their number to a hundredth of the bound.
 *
 * @param maxPending runs of all tenants that may be pending; submissions on top of them are answered with 429
 * @param maxPendingPerTenant runs of one tenant that may be pending
 */
@Validated
@ConfigurationProperties("yardmaster.queue")
record QueueBoundProperties(
        @DefaultValue("1000000") @Positive int maxPending,
        @DefaultValue("250000") @Positive int maxPendingPerTenant) {}
