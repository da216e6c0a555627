package io.yardmaster.kernel;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Names a run: {@code run_} and 26 Crockford base32 digits of a UUIDv7, so that ids sort by time. */
public record RunId(UUID value) implements Comparable<RunId> {

    private static final String PREFIX = "run_";

    /** Reads the form that {@link #toString} writes; empty for anything else. */
    public static Optional<RunId> parse(String text) {
        return TypedId.parse(PREFIX, text).map(RunId::new);
    }

    /** The id with this value; null for null. */
    public static @Nullable RunId ofNullable(@Nullable UUID value) {
        return value == null ? null : new RunId(value);
    }

    /** When it was made, in milliseconds; that is when its run was created. */
    public Instant time() {
        return Instant.ofEpochMilli(value.getMostSignificantBits() >>> 16);
    }

    @Override
    public int compareTo(RunId other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return TypedId.format(PREFIX, value);
    }
}
