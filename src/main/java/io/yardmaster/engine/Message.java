package io.yardmaster.engine;

import io.yardmaster.executors.StepAnswer;
import io.yardmaster.runs.AttemptRecord;

/** What the driver of a run is told while it drives. */
sealed interface Message {

    /** A command may be in the run's inbox. */
    record Inbox() implements Message {}

    /**
     * The run is to be left as it is.
     *
     * @param evenWithProcesses or else only where it has no workspace here
     */
    record HandOver(boolean evenWithProcesses) implements Message {}

    /** This server was taken for dead, and has lost the run. */
    record LeaseLost() implements Message {}

    record AttemptEnded(AttemptRecord attempt, AttemptResult result) implements Message {}

    /** A step has answered an update. */
    record Answered(AttemptRecord attempt, StepAnswer answer) implements Message {}

    /** It is not known how the attempt ended, nor whether it did. */
    record AttemptBroke(AttemptRecord attempt, Throwable fault) implements Message {}
}
