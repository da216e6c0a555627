package io.yardmaster.runs;

import java.util.Locale;

/** Where a run stands. How it gets from one to another is {@link RunTransition}'s to say. */
public enum RunState {
    /** Accepted and durable; no replica has begun to drive it. A claim moves it on. */
    PENDING(false),
    /** A replica drives it: steps run, or are about to. */
    RUNNING(false),
    /** Nothing runs and nothing is ready: it waits for a time or for somebody, without thread, slot or owner. */
    WAITING(false),
    /** A person stopped it between two steps; a person lets it go on. */
    PAUSED(false),
    /** Its end was asked for and its steps are being ended; {@link #CANCELLED} once nothing of them is alive. */
    CANCELLING(false),
    /** Every step succeeded or was rightly passed over. */
    SUCCESS(true),
    /** A step failed, or the run itself did; the failure says why. */
    FAILED(true),
    /** Ended on request; nothing of it is alive. */
    CANCELLED(true);

    private final boolean terminal;

    RunState(boolean terminal) {
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
    public static RunState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
