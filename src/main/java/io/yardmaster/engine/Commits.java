package io.yardmaster.engine;

import io.yardmaster.events.EventType;
import io.yardmaster.runs.RunCommit;
import io.yardmaster.runs.RunState;
import java.time.Instant;

/** Makes durable what has happened to one run, and has done what was waiting for that. */
final class Commits {

    private final RunContext context;
    private final RunProgress progress;
    private final RunStanding standing;
    private final Updates updates;
    private final RunWorkspace workspace;

    Commits(RunContext context, RunProgress progress, RunStanding standing, Updates updates, RunWorkspace workspace) {
        this.context = context;
        this.progress = progress;
        this.standing = standing;
        this.updates = updates;
        this.workspace = workspace;
    }

    /**
     * Returns when all that has happened is durable.
     *
     * @throws LeaseLostException where somebody else owns the run now
     */
    void flush() {
        if (!progress.changes().isEmpty()) {
            standing.tellIfMoving();
            context.log().commit(progress.changes(), null);
            progress.changes().clear();
        }
        updates.committed();
        workspace.committed();
    }

    /**
     * Ends the run.
     *
     * @return false where it goes on, because a command came in meanwhile
     * @throws LeaseLostException where somebody else owns the run now
     */
    boolean finish() {
        Instant now = progress.now();
        updates.endAll();
        RunOutcome outcome = RunOutcome.of(standing.ending(), progress, context.job(), context.mask());
        RunState end = outcome.transition().from(standing.state());
        progress.changes()
                .event(
                        EventType.RUN_FINISHED,
                        now,
                        null,
                        EventData.runFinished(end, outcome.result(), outcome.failure()));
        boolean finished = context.log()
                .commit(
                        progress.changes(),
                        new RunCommit.Finish(
                                end,
                                standing.startedAt(),
                                now,
                                outcome.result(),
                                outcome.failure(),
                                context.run().parent()));
        if (!finished) {
            progress.changes().withoutLastEvent();
            return false;
        }
        updates.committed();
        workspace.runEnded();
        return true;
    }
}
