package io.yardmaster.runs;

import java.util.Locale;

/** Where a step stands. How it gets from one to another is {@link StepTransition}'s to say. */
public enum StepState {
    /** What it needs is not all there yet. */
    PENDING(false),
    /** An attempt of it is under way. */
    RUNNING(false),
    /** It waits: for people, or for a time, which is a sleep or the pause before its next attempt. */
    WAITING(false),
    /** Done; its outputs are there. */
    SUCCESS(true),
    /** Its last attempt failed, or it could not be begun. */
    FAILED(true),
    /** Passed over: by its own condition, or because something it needs failed. */
    SKIPPED(true),
    /** Ended, or never begun, because the run was ended. */
    CANCELLED(true);

    private final boolean terminal;

    StepState(boolean terminal) {
        this.terminal = terminal;
    }

    /** Whether it stays so for ever. */
    public boolean isTerminal() {
        return terminal;
    }

    /** As it is written in the API and in the database. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads what {@link #text} wrote. */
    public static StepState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
