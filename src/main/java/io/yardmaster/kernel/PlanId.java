package io.yardmaster.kernel;

import java.util.Optional;
import java.util.UUID;

/** Names a plan: {@code plan_} and 26 Crockford base32 digits of a UUIDv7, so that ids sort by time. */
public record PlanId(UUID value) implements Comparable<PlanId> {

    private static final String PREFIX = "plan_";

    /** Reads the form that {@link #toString} writes; empty for anything else. */
    public static Optional<PlanId> parse(String text) {
        return TypedId.parse(PREFIX, text).map(PlanId::new);
    }

    @Override
    public int compareTo(PlanId other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return TypedId.format(PREFIX, value);
    }
}
