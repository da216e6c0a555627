package io.yardmaster.runs;

import static io.yardmaster.runs.StepState.CANCELLED;
import static io.yardmaster.runs.StepState.FAILED;
import static io.yardmaster.runs.StepState.PENDING;
import static io.yardmaster.runs.StepState.RUNNING;
import static io.yardmaster.runs.StepState.SKIPPED;
import static io.yardmaster.runs.StepState.SUCCESS;
import static io.yardmaster.runs.StepState.WAITING;

import java.util.EnumSet;
import java.util.Set;

/** The one table of what can become of a step. What is not in it does not happen. */
@SuppressWarnings("ImmutableEnumChecker") // its sets are never changed nor handed out
public enum StepTransition {
    START(RUNNING, PENDING, WAITING),
    WAIT(WAITING, PENDING, RUNNING),
    SUCCEED(SUCCESS, RUNNING, WAITING),
    FAIL(FAILED, PENDING, RUNNING, WAITING),
    SKIP(SKIPPED, PENDING),
    CANCEL(CANCELLED, PENDING, RUNNING, WAITING);

    private final StepState to;
    private final Set<StepState> from;

    StepTransition(StepState to, StepState first, StepState... rest) {
        this.to = to;
        this.from = EnumSet.of(first, rest);
    }

    /** Where the transition leads. */
    public StepState to() {
        return to;
    }

    /** Where it can begin. */
    public Set<StepState> from() {
        return EnumSet.copyOf(from);
    }

    /**
     * Where a step in this state is afterwards.
     *
     * @throws IllegalStateException where the table has no such transition
     */
    public StepState from(StepState state) {
        if (!from.contains(state)) {
            throw new IllegalStateException("a step that is " + state.text() + " cannot " + name());
        }
        return to;
    }
}
