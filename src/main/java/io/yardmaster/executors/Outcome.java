package io.yardmaster.executors;

/** How an attempt ended. */
public sealed interface Outcome {

    /**
     * It ran and left an exit code; 128 and a signal's number where a signal ended it.
     *
     * @param files what it left behind for the server
     */
    record Exited(int code, StepFiles files) implements Outcome {}

    /** It was ended by {@link Execution#stop}; nothing of it is alive. */
    record Stopped() implements Outcome {}

    /** It is gone and left no exit code: killed from outside, or the machine was restarted. */
    record Lost(String message) implements Outcome {}

    /** It did not start and never will. The message says why. */
    record NotStarted(String message) implements Outcome {}

    /** It did not start and never will, for a reason that another attempt at once may well not meet. */
    record Withheld(String message) implements Outcome {}
}
