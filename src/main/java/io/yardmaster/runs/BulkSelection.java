package io.yardmaster.runs;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The runs that a change of many would change.
 *
 * @param matched how many
 * @param more whether there are more than can be changed at once
 * @param sample the newest of them
 * @param token what the change is confirmed with; null where there is none to be changed
 */
public record BulkSelection(
        int matched,
        boolean more,
        List<RunSummary> sample,
        @Nullable String token,
        Instant expiresAt) {}
