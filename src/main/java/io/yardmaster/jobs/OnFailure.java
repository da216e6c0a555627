package io.yardmaster.jobs;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What the failure of a child run means for the step that started it. */
public enum OnFailure {
    /** The step has failed, too. */
    FAIL,
    /** The step has succeeded, and its outputs say what happened. */
    CONTINUE;

    /** The spelling in {@code config.yaml}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<OnFailure> of(String label) {
        return Arrays.stream(values()).filter(one -> one.label().equals(label)).findFirst();
    }
}
