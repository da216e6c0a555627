package io.yardmaster.runs;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What is done with many runs at once. */
public enum BulkAction {
    CANCEL(RunState.PENDING, RunState.RUNNING, RunState.WAITING, RunState.PAUSED, RunState.CANCELLING),
    DELETE(RunState.SUCCESS, RunState.FAILED, RunState.CANCELLED),
    LABEL(RunState.values()),
    RETRY(RunState.FAILED, RunState.CANCELLED);

    private final Set<RunState> states = EnumSet.noneOf(RunState.class);

    BulkAction(RunState... states) {
        Collections.addAll(this.states, states);
    }

    /** As it is written in the API. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Of some states, those that a run can be in for this; of none, which stands for all, too. */
    Set<RunState> of(Set<RunState> asked) {
        EnumSet<RunState> both = EnumSet.copyOf(states);
        if (!asked.isEmpty()) {
            both.retainAll(asked);
        }
        return both;
    }
}
