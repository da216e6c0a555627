package io.yardmaster.engine;

import io.yardmaster.events.EventType;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.RunTransition;
import java.time.Instant;
import tools.jackson.databind.node.ObjectNode;

/** The time in which somebody holds one run: it stands still without an owner, and queues for a place afterwards. */
final class Pausing {

    private final RunContext context;
    private final RunProgress progress;
    private final RunStanding standing;
    private final Inbox inbox;
    private final RunWorkspace workspace;
    private final Commits commits;
    private final LettingGo lettingGo;
    /** Resumed after a pause, and on its way back to the queue. */
    private boolean isToBeQueued;

    Pausing(
            RunContext context,
            RunProgress progress,
            RunStanding standing,
            Inbox inbox,
            RunWorkspace workspace,
            Commits commits,
            LettingGo lettingGo) {
        this.context = context;
        this.progress = progress;
        this.standing = standing;
        this.inbox = inbox;
        this.workspace = workspace;
        this.commits = commits;
        this.lettingGo = lettingGo;
    }

    /** Somebody holds the run, perhaps again before it was back in the queue. */
    void hold() {
        isToBeQueued = false;
    }

    /** Whether nobody holds a run any more that was held. */
    boolean isOver() {
        return standing.is(RunState.PAUSED) || isToBeQueued;
    }

    /**
     * Stands still until somebody resumes it, ends it, or its deadline comes.
     *
     * @return false where it is still here: a command came in, or it has to end
     */
    boolean begin() {
        if (!standing.is(RunState.PAUSED)) {
            if (!workspace.setAside()) {
                return false;
            }
            standing.move(RunTransition.PAUSE);
            progress.changes()
                    .event(
                            EventType.RUN_PAUSED,
                            progress.now(),
                            null,
                            standing.hold().paused());
            commits.flush();
            workspace.leaveHost();
        }
        if (lettingGo.until(context.run().deadlineAt())) {
            return true;
        }
        inbox.read();
        return false;
    }

    /**
     * Goes back to where runs wait for a place: a pause may have been resumed while all places are taken.
     *
     * @return false where it is still here: a command came in
     */
    boolean queueAgain() {
        Instant now = progress.now();
        boolean hasBegun = standing.startedAt() != null;
        if (!isToBeQueued) {
            isToBeQueued = true;
            if (hasBegun) {
                ObjectNode waitsFor = EventData.waiting(Waiting.FOR_A_PLACE, null);
                standing.rest(RunTransition.RESUME, waitsFor);
                progress.changes().event(EventType.RUN_WAITING, now, null, waitsFor);
            } else {
                standing.move(RunTransition.QUEUE_AGAIN);
                progress.changes()
                        .event(EventType.RUN_RESUMED, now, null, standing.hold().resumed());
            }
            commits.flush();
        }
        if (hasBegun ? lettingGo.until(now) : lettingGo.toQueue()) {
            return true;
        }
        inbox.read();
        return false;
    }
}
