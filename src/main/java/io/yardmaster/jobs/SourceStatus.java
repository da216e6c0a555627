package io.yardmaster.jobs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A source as it was found last.
 *
 * @param jobs how many jobs of it can be read
 * @param errors how many of its folders cannot
 * @param syncedAt when it was looked at and something had changed; null: never
 */
public record SourceStatus(
        String name,
        String type,
        int jobs,
        int errors,
        @Nullable Instant syncedAt) {}
