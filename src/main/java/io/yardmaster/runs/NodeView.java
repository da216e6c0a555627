package io.yardmaster.runs;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * One start of a server, as it is known to all of them.
 *
 * @param hostname what the machine called itself when the host was made
 * @param state {@code alive}, {@code draining} or {@code dead}
 * @param sinceBeat how long ago it said that it lives
 * @param runs how many runs it drives
 */
public record NodeView(
        UUID node,
        UUID host,
        String hostname,
        String version,
        String state,
        Instant startedAt,
        Duration sinceBeat,
        long runs) {}
