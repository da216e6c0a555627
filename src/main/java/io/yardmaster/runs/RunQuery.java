package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which runs are asked for.
 *
 * @param status one of these; empty for any
 * @param after the last run of the page before; null for the first page
 * @param offset how many to pass over before the page begins
 */
public record RunQuery(
        @Nullable String jobId,
        Set<RunState> status,
        @Nullable Instant createdAfter,
        @Nullable Instant createdBefore,
        @Nullable String externalId,
        boolean oldestFirst,
        @Nullable RunId after,
        int offset,
        int limit) {

    public RunQuery {
        status = Set.copyOf(status);
    }
}
