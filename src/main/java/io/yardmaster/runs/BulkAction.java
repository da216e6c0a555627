package io.yardmaster.runs;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What is done with many runs at once. */
public enum BulkAction {
    CANCEL,
    DELETE,
    LABEL,
    RETRY,
    SIGNAL;

    /** As it is written in the API. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Of some states, those that a run can be in for this; of none, which stands for all, too. */
    Set<RunState> of(Set<RunState> asked) {
        EnumSet<RunState> both = EnumSet.noneOf(RunState.class);
        for (RunState state : RunState.values()) {
            if (isFor(state) && (asked.isEmpty() || asked.contains(state))) {
                both.add(state);
            }
        }
        return both;
    }

    private boolean isFor(RunState state) {
        return switch (this) {
            case CANCEL -> !state.isTerminal();
            case DELETE -> state.isTerminal();
            case LABEL -> true;
            case SIGNAL -> !state.isTerminal() && state != RunState.CANCELLING;
            case RETRY -> state == RunState.FAILED || state == RunState.CANCELLED;
        };
    }
}
