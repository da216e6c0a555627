package io.yardmaster.artifacts;

import io.yardmaster.problems.ProblemType;

/** A file that a step left behind cannot be kept, and would not be the next time either. */
public final class ArtifactRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ProblemType type;

    ArtifactRefusedException(ProblemType type, String message) {
        super(message);
        this.type = type;
    }

    /** Which problem an upload would have been answered with. */
    public ProblemType type() {
        return type;
    }
}
