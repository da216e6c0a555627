package io.yardmaster.runs;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How long runs are kept that have ended.
 *
 * @param days how many days after the one of its submission a run is kept; 0: for ever
 * @param runsPerJob how many runs of each job are kept, the newest, for each tenant; 0: all
 * @param every how often it is looked for runs to be removed
 */
@Validated
@ConfigurationProperties("yardmaster.retention")
record RetentionProperties(
        @DefaultValue("90") @Min(0) int days,
        @DefaultValue("0") @Min(0) int runsPerJob,
        @DefaultValue("10m") Duration every) {

    RetentionProperties {
        if (!every.isPositive()) {
            throw new IllegalArgumentException(
                    "yardmaster.retention.every has to be positive: 10m is what it is by default");
        }
    }
}
