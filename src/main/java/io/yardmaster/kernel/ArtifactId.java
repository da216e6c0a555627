package io.yardmaster.kernel;

import java.util.Optional;
import java.util.UUID;

/** Names an artifact: {@code artifact_} and 26 Crockford base32 digits of a UUIDv7, so that ids sort by time. */
public record ArtifactId(UUID value) implements Comparable<ArtifactId> {

    private static final String PREFIX = "artifact_";

    /** Reads the form that {@link #toString} writes; empty for anything else. */
    public static Optional<ArtifactId> parse(String text) {
        return TypedId.parse(PREFIX, text).map(ArtifactId::new);
    }

    @Override
    public int compareTo(ArtifactId other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return TypedId.format(PREFIX, value);
    }
}
