package io.yardmaster.engine;

import io.yardmaster.events.EventType;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.RunCommand;
import io.yardmaster.runs.RunQueue;

/** What people, other systems and other runs want of one run: each command is acted on once, in its order. */
final class Inbox {

    private final RunContext context;
    private final RunProgress progress;
    private final RunStanding standing;
    private final StepKinds kinds;
    private final RunQueue queue;

    Inbox(RunContext context, RunProgress progress, RunStanding standing, StepKinds kinds, RunQueue queue) {
        this.context = context;
        this.progress = progress;
        this.standing = standing;
        this.kinds = kinds;
        this.queue = queue;
    }

    /** Acts on the commands that are new. */
    void read() {
        for (RunCommand command : queue.inbox(context.runId(), context.log().inboxDone())) {
            context.log().actedOn(command.inboxSeq());
            switch (command) {
                case RunCommand.Cancel cancel -> standing.cancel(cancel);
                case RunCommand.Vote vote -> kinds.gates().act(vote);
                case RunCommand.Expiry expiry -> kinds.gates().act(expiry);
                case RunCommand.Signal signal -> kinds.signals().act(signal);
                case RunCommand.Update update -> kinds.updates().act(update);
                case RunCommand.ChildEnded ended -> kinds.children().act(ended, isWanted(ended.stepId()));
                case RunCommand.Pause pause -> standing.hold().actOn(pause);
                case RunCommand.Resume resume -> standing.hold().actOn(resume);
                case RunCommand.Label label ->
                    progress.changes().event(EventType.RUN_LABELLED, progress.now(), null, EventData.labelled(label));
                case RunCommand.Artifact told ->
                    progress.changes().event(EventType.ARTIFACT_CREATED, told.at(), null, told.artifact());
            }
        }
    }

    private boolean isWanted(String stepId) {
        return !standing.isEnding() && !kinds.fanOut().isGivenUp(context.step(stepId));
    }

    /** What an earlier owner has acted on still holds. Commands are kept until the run has ended. */
    void recall() {
        long done = context.log().inboxDone();
        if (done == 0) {
            return;
        }
        RunCommand last = queue.hold(context.runId(), done).orElse(null);
        if (last instanceof RunCommand.Pause pause) {
            standing.hold().actOn(pause);
        } else if (last instanceof RunCommand.Resume resume) {
            standing.hold().actOn(resume);
        }
        if (kinds.updates().areTaken()) {
            queue.updates(context.runId(), done).forEach(kinds.updates()::recall);
        }
    }

    /** What is said of a run that is being cancelled because an earlier owner has acted on the command. */
    Failure recallCancel() {
        return queue.cancel(context.runId()).orElse(null) instanceof RunCommand.Cancel cancel
                ? Ending.cancelled(cancel)
                : Ending.cancelled("Cancelled.");
    }
}
