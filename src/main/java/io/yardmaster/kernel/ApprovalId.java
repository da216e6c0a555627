package io.yardmaster.kernel;

import java.util.Optional;
import java.util.UUID;

/** Names an approval: {@code approval_} and 26 Crockford base32 digits of a UUIDv7, so that ids sort by time. */
public record ApprovalId(UUID value) implements Comparable<ApprovalId> {

    private static final String PREFIX = "approval_";

    /** Reads the form that {@link #toString} writes; empty for anything else. */
    public static Optional<ApprovalId> parse(String text) {
        return TypedId.parse(PREFIX, text).map(ApprovalId::new);
    }

    @Override
    public int compareTo(ApprovalId other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return TypedId.format(PREFIX, value);
    }
}
