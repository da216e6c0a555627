package io.yardmaster.jobs;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Where a step's program runs. */
public enum ExecutorKind {
    /** A process on the server's own machine. */
    PROC,
    CONTAINER,
    KUBERNETES,
    WORKER;

    /** The spelling in a job's {@code config.yaml} and in the API. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<ExecutorKind> of(String label) {
        return Arrays.stream(values())
                .filter(kind -> kind.label().equals(label))
                .findFirst();
    }
}
