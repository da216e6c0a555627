package io.yardmaster.jobs;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How strictly a run is held, from loosest to strictest. The server sets a floor; jobs and callers only tighten it. */
public enum SecurityProfile {
    DISABLED,
    PERMISSIVE,
    SECURE;

    /** The spelling in a job's {@code config.yaml} and in the API. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads the {@link #label}. */
    public static Optional<SecurityProfile> of(String label) {
        return Arrays.stream(values())
                .filter(profile -> profile.label().equals(label))
                .findFirst();
    }

    /** The stricter of the two; null asks for nothing. */
    public SecurityProfile tightenedBy(@Nullable SecurityProfile other) {
        return other == null || compareTo(other) >= 0 ? this : other;
    }
}
