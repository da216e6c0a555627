package io.yardmaster.executors;

/** The attempt was created before. Whoever wants to know how it ends has to {@linkplain Executor#adopt adopt} it. */
public final class AttemptExistsException extends RuntimeException {

    public AttemptExistsException(String stepId, int attempt) {
        super("Attempt " + attempt + " of step " + stepId + " exists already.");
    }
}
