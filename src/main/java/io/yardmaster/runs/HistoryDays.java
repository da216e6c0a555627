package io.yardmaster.runs;

/** The room there is for runs to come: history has a place for each day, made ahead of time. */
public interface HistoryDays {

    /** Whether there is room for tomorrow's runs. Asks nobody. */
    boolean areReadyForTomorrow();
}
