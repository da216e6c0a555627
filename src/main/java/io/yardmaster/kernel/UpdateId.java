package io.yardmaster.kernel;

import java.util.Optional;
import java.util.UUID;

/** Names an update: {@code update_} and 26 Crockford base32 digits of a UUIDv7, so that ids sort by time. */
public record UpdateId(UUID value) implements Comparable<UpdateId> {

    private static final String PREFIX = "update_";

    /** Reads the form that {@link #toString} writes; empty for anything else. */
    public static Optional<UpdateId> parse(String text) {
        return TypedId.parse(PREFIX, text).map(UpdateId::new);
    }

    @Override
    public int compareTo(UpdateId other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return TypedId.format(PREFIX, value);
    }
}
