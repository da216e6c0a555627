package io.yardmaster.runs;

import static io.yardmaster.runs.RunState.CANCELLED;
import static io.yardmaster.runs.RunState.CANCELLING;
import static io.yardmaster.runs.RunState.FAILED;
import static io.yardmaster.runs.RunState.PAUSED;
import static io.yardmaster.runs.RunState.PENDING;
import static io.yardmaster.runs.RunState.RUNNING;
import static io.yardmaster.runs.RunState.SUCCESS;
import static io.yardmaster.runs.RunState.WAITING;

import java.util.EnumSet;
import java.util.Set;

/** The one table of what can become of a run. What is not in it does not happen. */
@SuppressWarnings("ImmutableEnumChecker") // its sets are never changed nor handed out
public enum RunTransition {
    START(RUNNING, PENDING),
    WAIT(WAITING, RUNNING),
    WAKE(RUNNING, WAITING),
    PAUSE(PAUSED, PENDING, RUNNING, WAITING),
    /** It goes on as soon as a server has a place for it. */
    RESUME(WAITING, PAUSED),
    /** It had not begun, and is queued as if it were new. */
    QUEUE_AGAIN(PENDING, PAUSED),
    CANCEL(CANCELLING, PENDING, RUNNING, WAITING, PAUSED),
    SUCCEED(SUCCESS, RUNNING),
    FAIL(FAILED, PENDING, RUNNING, WAITING, PAUSED),
    CANCELLED_FOR_GOOD(CANCELLED, CANCELLING);

    private final RunState to;
    private final Set<RunState> from;

    RunTransition(RunState to, RunState first, RunState... rest) {
        this.to = to;
        this.from = EnumSet.of(first, rest);
    }

    /** Where the transition leads. */
    public RunState to() {
        return to;
    }

    /** Where it can begin. */
    public Set<RunState> from() {
        return EnumSet.copyOf(from);
    }

    /**
     * Where a run in this state is afterwards.
     *
     * @throws IllegalStateException where the table has no such transition
     */
    public RunState from(RunState state) {
        if (!from.contains(state)) {
            throw new IllegalStateException("a run that is " + state.text() + " cannot " + name());
        }
        return to;
    }
}
