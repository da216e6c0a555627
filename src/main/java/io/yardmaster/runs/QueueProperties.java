package io.yardmaster.runs;

import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Positive;
import java.math.BigDecimal;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How many runs may wait to be started, and in which order they get the places that become free.
 *
 * @param maxPending runs of all tenants that may be pending; submissions on top of them are answered with 429. Each server
 *     knows the number to a hundredth of the bound
 * @param maxPendingPerTenant runs of one tenant that may be pending
 * @param weights by a tenant's name, how much it gets while others wait too, from 0.001 to 1000: one of weight 3 starts
 *     three runs for each of a tenant that is not named, which has 1. To be the same on all servers
 */
@Validated
@ConfigurationProperties("yardmaster.queue")
record QueueProperties(
        @DefaultValue("1000000") @Positive int maxPending,
        @DefaultValue("250000") @Positive int maxPendingPerTenant,
        @DefaultValue Map<String, @DecimalMin("0.001") @DecimalMax("1000") BigDecimal> weights) {

    QueueProperties {
        weights = Map.copyOf(weights);
    }
}
