package io.yardmaster.artifacts;

import io.yardmaster.kernel.RunId;
import org.jspecify.annotations.Nullable;

/** Which artifacts are asked for: those that fit all of it. Null fits any. */
public record ArtifactFilter(
        @Nullable RunId runId,
        @Nullable String name,
        @Nullable String key) {}
