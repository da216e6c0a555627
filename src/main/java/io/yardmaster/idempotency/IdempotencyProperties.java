package io.yardmaster.idempotency;

import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Requests with an {@code Idempotency-Key}.
 *
 * @param keep how long an answer is given again to whoever repeats its request under the same key
 * @param patience how long a repeated request waits for the first one, which is still being worked on, before it is
 *     refused
 */
@Validated
@ConfigurationProperties("yardmaster.idempotency")
record IdempotencyProperties(
        @DefaultValue("24h") @NotNull Duration keep,
        @DefaultValue("10s") @NotNull Duration patience) {

    IdempotencyProperties {
        if (keep.isNegative() || keep.isZero() || patience.isNegative()) {
            throw new IllegalArgumentException(
                    "yardmaster.idempotency.keep must be more than nothing, patience not less");
        }
    }
}
