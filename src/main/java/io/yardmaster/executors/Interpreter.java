package io.yardmaster.executors;

import java.util.Arrays;
import java.util.Optional;

/** What runs a step's script. */
public enum Interpreter {
    /** Bash in strict mode, with the arguments as variables. */
    BASH("ulc.shell.bash"),
    /** PowerShell 7, with the arguments as typed variables. */
    POWERSHELL("ulc.shell.pwsh"),
    /** Python 3. */
    PYTHON("ulc.python.3"),
    /** The file itself, which must be executable. */
    EXEC("ulc.exec");

    private final String profile;

    Interpreter(String profile) {
        this.profile = profile;
    }

    /** The name in a job's {@code ulc_profile}. */
    public String profile() {
        return profile;
    }

    /** Finds an interpreter by its {@link #profile}. */
    public static Optional<Interpreter> ofProfile(String profile) {
        return Arrays.stream(values())
                .filter(interpreter -> interpreter.profile.equals(profile))
                .findFirst();
    }
}
