package io.yardmaster.jobs;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What becomes of a run whose concurrency key has no slot free for it. */
public enum OnConflict {
    /** It waits for one. */
    QUEUE,
    /** The oldest of the others are cancelled, as many as it takes; it starts when they are gone. */
    CANCEL_OLDER,
    /** It is refused when it is submitted. */
    REJECT;

    /** The spelling in a job's {@code config.yaml} and in the API. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The one of this spelling. */
    public static Optional<OnConflict> of(String label) {
        return Arrays.stream(values()).filter(one -> one.label().equals(label)).findFirst();
    }
}
