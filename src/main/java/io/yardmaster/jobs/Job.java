package io.yardmaster.jobs;

import io.yardmaster.kernel.Sha256;
import java.time.Instant;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A job as its folder is now.
 *
 * @param digest its current version
 * @param executor where its steps run, unless they say otherwise
 * @param runnable whether this server can do all that the job uses
 * @param updatedAt when it became what it is
 */
public record Job(
        String source,
        JobId id,
        Sha256 digest,
        String title,
        @Nullable String description,
        @Nullable String version,
        SortedMap<String, String> labels,
        String executor,
        boolean runnable,
        Instant updatedAt) {}
