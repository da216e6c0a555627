package io.yardmaster.jobs;

import org.jspecify.annotations.Nullable;

/**
 * Which jobs to list.
 *
 * @param source jobs of this source; null: of all
 * @param namespace jobs of exactly this namespace, empty for those at the top; null: of all
 * @param query text that the id, the title or the description holds, whatever the case; null: any
 * @param limit at most so many
 * @param pageToken the {@code nextToken} of the page before; null: from the start
 */
public record JobFilter(
        @Nullable String source,
        @Nullable String namespace,
        @Nullable String query,
        int limit,
        @Nullable String pageToken) {}
