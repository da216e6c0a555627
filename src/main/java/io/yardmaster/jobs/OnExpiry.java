package io.yardmaster.jobs;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What silence means at a gate: nobody has decided in time. */
public enum OnExpiry {
    /** As if somebody had refused. */
    DENY,
    /** As if enough people had agreed. Only where the server's policy permits it. */
    APPROVE,
    /** Neither: the step fails, as one that took too long. */
    FAIL;

    /** As it is written in {@code config.yaml}, in the API and in the database. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads what {@link #label} wrote; empty for anything else. */
    public static Optional<OnExpiry> of(String label) {
        return Arrays.stream(values()).filter(one -> one.label().equals(label)).findFirst();
    }
}
