package io.yardmaster.kernel;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Names a run: {@code run_} and 26 Crockford base32 digits of a UUIDv7, so that ids sort by time. */
public record RunId(UUID value) implements Comparable<RunId> {

    private static final String PREFIX = "run_";

    /** Reads the form that {@link #toString} writes; empty for anything else. */
    public static Optional<RunId> parse(String text) {
        return TypedId.parse(PREFIX, text).map(RunId::new);
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
