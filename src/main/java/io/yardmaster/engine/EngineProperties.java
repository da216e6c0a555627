package io.yardmaster.engine;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * How this server drives runs.
 *
 * @param maxConcurrentRuns how many runs this server drives at once; waiting runs do not count
 * @param stopGrace what processes get between TERM and KILL when a run is cancelled or out of time
 * @param lease how long this server may be silent before other servers of the same database take its runs; it says five
 *     times as often that it lives
 * @param orphanGrace how long this host may be silent before other servers go on with runs of which it has processes or
 *     files; those processes end themselves a little earlier. Counts only with a PostgreSQL of your own
 * @param workspaceLimit how large the workspace of a run may be that waits for longer than half a minute: it is kept in the
 *     blob store then. A run with a larger one fails instead of waiting
 */
@Validated
@ConfigurationProperties("yardmaster.engine")
record EngineProperties(
        @DefaultValue("32") @Min(1) int maxConcurrentRuns,
        @DefaultValue("10s") Duration stopGrace,
        @DefaultValue("15s") Duration lease,
        @DefaultValue("60s") Duration orphanGrace,
        @DefaultValue("1GB") DataSize workspaceLimit)
        implements EngineLimits {

    private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);

    EngineProperties {
        if (lease.compareTo(SHORTEST_LEASE) < 0) {
            throw new IllegalArgumentException("yardmaster.engine.lease must be a second at least");
        }
        if (orphanGrace.compareTo(lease.multipliedBy(2)) < 0) {
            throw new IllegalArgumentException("yardmaster.engine.orphan-grace must be twice the lease at least");
        }
    }

    /** How often this server says that it lives. */
    Duration beat() {
        return lease.dividedBy(5);
    }
}
