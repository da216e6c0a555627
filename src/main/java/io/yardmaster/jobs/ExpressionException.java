package io.yardmaster.jobs;

/** An expression was sound when its job was read, but has no value now, such as an output of a skipped step. */
public final class ExpressionException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ExpressionException(String message) {
        super(message);
    }
}
