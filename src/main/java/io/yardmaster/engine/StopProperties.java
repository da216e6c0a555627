package io.yardmaster.engine;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What becomes of process steps when this server stops.
 *
 * @param waitForSteps how long a server that was told to stop waits for runs with processes to end. By default it leaves
 *     them alone at once: they go on without it, and the next server on the same data directory takes them up. Where
 *     there will be no next one, as in a container without a volume, let it wait
 */
@ConfigurationProperties("yardmaster.shutdown")
record StopProperties(@DefaultValue("0s") Duration waitForSteps) {

    StopProperties {
        if (waitForSteps.isNegative()) {
            throw new IllegalArgumentException("yardmaster.shutdown.wait-for-steps must not be negative");
        }
    }
}
