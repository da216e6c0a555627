package io.yardmaster.system;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How this server stops.
 *
 * @param drainDelay how long a server that was told to stop goes on answering while its readiness says no already, so that
 *     whoever balances the load has time to notice; then streams end, and the rest
 */
@ConfigurationProperties("yardmaster.shutdown")
record ShutdownProperties(@DefaultValue("5s") Duration drainDelay) {

    ShutdownProperties {
        if (drainDelay.isNegative()) {
            throw new IllegalArgumentException("yardmaster.shutdown.drain-delay must not be negative");
        }
    }
}
