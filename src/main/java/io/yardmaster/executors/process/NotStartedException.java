package io.yardmaster.executors.process;

/** An attempt cannot be started; the message is for the job's author. */
final class NotStartedException extends Exception {

    private final String reason;

    NotStartedException(String reason) {
        super(reason);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
