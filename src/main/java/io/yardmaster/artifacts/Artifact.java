package io.yardmaster.artifacts;

import io.yardmaster.kernel.ArtifactId;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.kernel.Tenant;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A file that a run left behind. Never changed.
 *
 * @param stepId the step that wrote it; null: it was uploaded
 * @param name what it is called; not unique
 * @param path where the step left it, relative to its workspace or its artifacts folder
 * @param key what it is known by beyond its run; null: nothing
 * @param keyMode what a second use of its key means; null where it has none
 */
public record Artifact(
        ArtifactId id,
        Tenant tenant,
        RunId runId,
        @Nullable String stepId,
        String name,
        String path,
        String mediaType,
        long sizeBytes,
        Sha256 sha256,
        @Nullable String key,
        @Nullable KeyMode keyMode,
        Instant createdAt) {

    Artifact withId(ArtifactId other) {
        return new Artifact(
                other, tenant, runId, stepId, name, path, mediaType, sizeBytes, sha256, key, keyMode, createdAt);
    }
}
