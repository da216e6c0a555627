package io.yardmaster.jobs;

import java.util.Arrays;
import java.util.Optional;

/** What runs a script: the language contract a step is written against. */
public enum UlcProfile {
    BASH("ulc.shell.bash"),
    POWERSHELL("ulc.shell.pwsh"),
    PYTHON("ulc.python.3"),
    /** Runs the file as it is. */
    EXEC("ulc.exec");

    private final String label;

    UlcProfile(String label) {
        this.label = label;
    }

    /** The spelling in a job's {@code config.yaml}. */
    public String label() {
        return label;
    }

    static Optional<UlcProfile> of(String label) {
        return Arrays.stream(values())
                .filter(profile -> profile.label.equals(label))
                .findFirst();
    }
}
