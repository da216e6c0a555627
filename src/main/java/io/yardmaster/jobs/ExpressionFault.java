package io.yardmaster.jobs;

/** An expression that cannot be compiled. The message is for the author of the job. */
final class ExpressionFault extends Exception {

    private static final long serialVersionUID = 1L;

    ExpressionFault(String message) {
        super(message);
    }

    String message() {
        return String.valueOf(getMessage());
    }
}
