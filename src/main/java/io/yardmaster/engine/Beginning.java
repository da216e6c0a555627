package io.yardmaster.engine;

import io.yardmaster.events.EventType;
import io.yardmaster.runs.RunQueue;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.RunTransition;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a run that was claimed goes through before its steps move. */
final class Beginning {

    private final RunContext context;
    private final RunProgress progress;
    private final RunStanding standing;
    private final DueTimes dueTimes;
    private final Inbox inbox;
    private final Commits commits;
    private final LettingGo lettingGo;
    private final RunQueue queue;

    /** The concurrency key that the run waits for in vain, if it does. */
    private @Nullable String keyToGiveUp;

    Beginning(
            RunContext context,
            RunProgress progress,
            RunStanding standing,
            DueTimes dueTimes,
            Inbox inbox,
            Commits commits,
            LettingGo lettingGo,
            RunQueue queue) {
        this.context = context;
        this.progress = progress;
        this.standing = standing;
        this.dueTimes = dueTimes;
        this.inbox = inbox;
        this.commits = commits;
        this.lettingGo = lettingGo;
        this.queue = queue;
    }

    /** Lets a run go again that cannot start yet; answers whether it did: what it was claimed for decides nothing. */
    boolean putsOff() {
        while (standing.is(RunState.PENDING)
                && !standing.isEnding()
                && !standing.hold().isOn()
                && mayNotStart()) {
            commits.flush();
            if (lettingGo.toQueue()) {
                return true;
            }
            inbox.read();
        }
        return false;
    }

    /** Besides its time and its slots it needs its turn: it may have been claimed for a command that came to nothing. */
    private boolean mayNotStart() {
        boolean isTooEarly = !progress.isPast(context.run().readyAt());
        boolean claimedForACommand = context.log().inboxDone() > context.run().inboxDone();
        return (context.run().heldBack() || isTooEarly || claimedForACommand)
                && !dueTimes.isPastDeadline()
                && !dueTimes.isPastQueueTimeout()
                && !hasToGiveWay();
    }

    /** Only who waits beneath another run can be in a circle, and need not look before he has waited. */
    private boolean hasToGiveWay() {
        if (keyToGiveUp == null && context.run().heldBack() && context.run().parent() != null) {
            keyToGiveUp = queue.keyToGiveUp(context.run().lease()).orElse(null);
        }
        return keyToGiveUp != null;
    }

    /** The run starts, goes on, or is ended. */
    void begin() {
        if (standing.isEnding()) {
            return;
        }
        if (standing.is(RunState.CANCELLING)) {
            standing.end(inbox.recallCancel());
        } else if (standing.hold().isOn()) {
            // Nothing begins; what ran when an earlier owner was stopped is taken up.
        } else if (standing.is(RunState.PENDING)) {
            start();
        } else if (standing.is(RunState.WAITING)) {
            standing.move(RunTransition.WAKE);
            boolean wasPaused = Waiting.FOR_A_PLACE.equals(context.run().waitReason());
            progress.changes()
                    .event(
                            EventType.RUN_RESUMED,
                            progress.now(),
                            null,
                            wasPaused ? standing.hold().resumed() : EventData.none());
        }
    }

    private void start() {
        dueTimes.checkBeforeStart();
        if (!standing.isEnding() && keyToGiveUp != null) {
            standing.end(Ending.deadlocked(keyToGiveUp));
        }
        if (!standing.isEnding()) {
            Instant now = progress.now();
            standing.start(now);
            progress.changes().event(EventType.RUN_STARTED, now, null, EventData.none());
        }
    }
}
