package io.yardmaster.engine;

import io.yardmaster.events.EventType;
import io.yardmaster.runs.ClaimedRun;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.RunCommand;
import io.yardmaster.runs.RunCommit;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.RunTransition;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a run itself stands: in which state, held or not, since when it works, and why it ends. Each move goes through the
 * table of transitions and becomes a part of the next commit.
 */
final class RunStanding {

    private final RunProgress progress;
    private final Duration usualGrace;
    private final WorkTime work;
    private final Hold hold = new Hold();
    private RunState state;
    private @Nullable Instant startedAt;
    private @Nullable Ending ending;

    /** @param usualGrace what processes get between TERM and KILL where nobody has said how much */
    RunStanding(ClaimedRun run, RunProgress progress, Duration usualGrace) {
        this.progress = progress;
        this.usualGrace = usualGrace;
        this.work = new WorkTime(run.worked(), run.workingSince());
        this.state = run.state();
        this.startedAt = run.startedAt();
    }

    RunState state() {
        return state;
    }

    boolean is(RunState one) {
        return state == one;
    }

    /** Null where the run has not begun. */
    @Nullable
    Instant startedAt() {
        return startedAt;
    }

    /** Whether somebody keeps it from going on. */
    Hold hold() {
        return hold;
    }

    void start(Instant now) {
        startedAt = now;
        move(RunTransition.START);
    }

    void move(RunTransition transition) {
        state = transition.from(state);
        tell();
    }

    /** Nothing of the run moves any more until what it waits for has come. */
    void rest(RunTransition transition, ObjectNode waitsFor) {
        state = transition.from(state);
        saysItWaitsFor(waitsFor);
    }

    /** A run that waits goes on waiting, perhaps for something else. */
    void saysItWaitsFor(ObjectNode waitsFor) {
        progress.changes().standing(new RunCommit.Standing(state, waitsFor, startedAt, work.before(), null));
    }

    /** Has the next commit say how a run stands that moves. One that rests has said so when it came to rest. */
    void tellIfMoving() {
        if (state != RunState.WAITING && state != RunState.PENDING) {
            tell();
        }
    }

    private void tell() {
        progress.changes().standing(new RunCommit.Standing(state, null, startedAt, work.before(), work.since()));
    }

    // ---- Work

    /** Time counts while something runs. */
    void countWork(boolean isWorking) {
        if (isWorking) {
            work.working(progress.now());
        } else {
            work.resting(progress.now());
        }
    }

    /** When the run will have worked for so long; null where nothing works or there is no bound. */
    @Nullable
    Instant willHaveWorked(@Nullable Duration bound) {
        return work.reaches(bound);
    }

    // ---- Ending

    /** Why the run ends before its steps are through; null: it does not. */
    @Nullable
    Ending ending() {
        return ending;
    }

    boolean isEnding() {
        return ending != null;
    }

    /** What processes get between TERM and KILL where nobody has said how much. */
    Duration usualGrace() {
        return usualGrace;
    }

    void end(Failure why) {
        ending = new Ending(usualGrace, why);
    }

    /** Somebody asks for the end of the run. */
    void cancel(RunCommand.Cancel command) {
        Duration grace = command.grace() == null ? usualGrace : command.grace();
        if (state == RunState.CANCELLING) {
            // Asked again, a run is given no more time than the shorter of the two.
            if (ending == null) {
                ending = new Ending(grace, Ending.cancelled(command));
            } else if (grace.compareTo(ending.grace()) < 0) {
                ending = new Ending(grace, ending.failure());
            }
            return;
        }
        ending = new Ending(grace, Ending.cancelled(command));
        move(RunTransition.CANCEL);
        progress.changes()
                .event(
                        EventType.RUN_CANCELLING,
                        progress.now(),
                        null,
                        EventData.requested(command.actor(), command.reason()));
    }
}
