package io.yardmaster.engine;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How this server drives runs.
 *
 * @param maxConcurrentRuns how many runs this server drives at once; waiting runs do not count
 * @param stopGrace what processes get between TERM and KILL when a run is cancelled or out of time
 * @param poll how often the queue is looked at when nobody rang
 * @param beat how often this server says that it lives
 */
@Validated
@ConfigurationProperties("yardmaster.engine")
record EngineProperties(
        @DefaultValue("32") @Min(1) int maxConcurrentRuns,
        @DefaultValue("10s") Duration stopGrace,
        @DefaultValue("1s") Duration poll,
        @DefaultValue("3s") Duration beat)
        implements EngineLimits {}
