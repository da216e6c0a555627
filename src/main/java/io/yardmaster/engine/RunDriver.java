package io.yardmaster.engine;

import io.yardmaster.runs.RunQueue;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.RunUpdates;
import io.yardmaster.runs.UpdateEnds;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Drives one run, from wherever it was when it was claimed until it ends, waits long, or is handed over. Only this
 * thread decides; attempts, people and the clock send it messages.
 */
final class RunDriver {

    private static final Duration PAUSE_WITHOUT_LEASE = Duration.ofMillis(200);

    private final RunContext context;
    private final RunProgress progress;
    private final LinkedBlockingQueue<Message> mailbox = new LinkedBlockingQueue<>();
    private final RunStanding standing;
    private final RunningSteps running;
    private final Updates updates;
    private final StepKinds kinds;
    private final RunWorkspace workspace;
    private final Commits commits;
    private final Steps steps;
    private final Inbox inbox;
    private final DueTimes dueTimes;
    private final LettingGo lettingGo;
    private final Beginning beginning;
    private final Waiting waiting;
    private final Pausing pausing;

    RunDriver(
            RunContext context,
            RunProgress progress,
            Attempts attempts,
            Gates gates,
            Children children,
            Workspaces workspaces,
            RunQueue queue,
            RunUpdates runUpdates,
            UpdateEnds updateEnds,
            EngineProperties properties,
            UUID host,
            BooleanSupplier isCrowded) {
        this.context = context;
        this.progress = progress;
        this.standing = new RunStanding(context.run(), progress, properties.stopGrace());
        this.running = new RunningSteps(context, progress, attempts, host, mailbox::add);
        this.updates = new Updates(context, progress, running, runUpdates, updateEnds);
        this.kinds = new StepKinds(
                running,
                gates,
                new Signals(context, progress, queue),
                children,
                new FanOut(context, progress),
                updates);
        this.workspace = new RunWorkspace(context, progress, standing, workspaces, host);
        this.commits = new Commits(context, progress, standing, updates, workspace);
        this.steps = new Steps(
                context, progress, standing, kinds, workspace, commits, this::lookIntoInbox, () -> !mailbox.isEmpty());
        this.inbox = new Inbox(context, progress, standing, kinds, queue);
        this.dueTimes = new DueTimes(context, progress, standing, kinds);
        this.lettingGo = new LettingGo(context, progress, queue);
        this.beginning = new Beginning(context, progress, standing, dueTimes, inbox, commits, lettingGo, queue);
        this.waiting = new Waiting(
                context, progress, standing, kinds, dueTimes, inbox, workspace, commits, lettingGo, isCrowded);
        this.pausing = new Pausing(context, progress, standing, inbox, workspace, commits, lettingGo);
    }

    /** Tells the driver that a command is in the run's inbox. */
    void lookIntoInbox() {
        mailbox.add(new Message.Inbox());
    }

    /** Tells the driver to leave the run as it is; its processes go on. */
    void handOver() {
        mailbox.add(new Message.HandOver(true));
    }

    /** Tells the driver to leave the run where nothing of it lies on this host. */
    void handOverUnlessHere() {
        mailbox.add(new Message.HandOver(false));
    }

    /** Tells the driver that the run is not its own any more. */
    void leaseIsLost() {
        mailbox.add(new Message.LeaseLost());
    }

    /**
     * Drives the run.
     *
     * @param hasCommands whether its inbox has to be looked into first
     * @return how it was left
     * @throws LeaseLostException where somebody else owns the run now
     */
    Left drive(boolean hasCommands) throws InterruptedException {
        inbox.recall();
        if (hasCommands) {
            inbox.read();
        }
        if (beginning.putsOff() || waiting.letsGoAgain()) {
            return Left.WAITING;
        }
        beginning.begin();
        steps.takeUp();
        Left left = null;
        while (left == null) {
            left = turn();
        }
        return left;
    }

    /** Ends whatever runs here without a trace in the run: somebody else owns it. */
    void abandon() {
        running.letGo();
    }

    /**
     * Does what can be done now, and waits for what comes next.
     *
     * @return how the run was left; null where it goes on here
     */
    private @Nullable Left turn() throws InterruptedException {
        running.takeUpAgain();
        dueTimes.check();
        boolean mayStart = running.mayStart();
        Ending ending = standing.ending();
        if (ending != null) {
            steps.end(ending.grace());
        } else if (standing.hold().isOn()) {
            pausing.hold();
        } else if (pausing.isOver()) {
            return pausing.queueAgain() ? Left.WAITING : null;
        } else if (mayStart) {
            if (kinds.gates().lookAfter()) {
                // What was in the inbox besides may be that nothing is to start any more.
                inbox.read();
                return null;
            }
            steps.wake();
            steps.begin();
        }
        if (running.isEmpty() && isThrough()) {
            return finish() ? Left.FINISHED : null;
        }
        if (ending == null) {
            updates.assign();
        }
        updates.giveUp();
        standing.countWork(!running.isEmpty());
        commits.flush();
        return rest(mayStart);
    }

    private boolean isThrough() {
        return standing.isEnding()
                ? !kinds.children().areUnderWay()
                : progress.isOver() && !standing.is(RunState.PAUSED);
    }

    private boolean finish() {
        if (commits.finish()) {
            return true;
        }
        inbox.read();
        return false;
    }

    /** Nothing can be done now: the run is let go for as long as nothing of it runs, or somebody is waited for here. */
    private @Nullable Left rest(boolean mayStart) throws InterruptedException {
        if (running.isEmpty() && standing.hold().isOn()) {
            return pausing.begin() ? Left.WAITING : null;
        }
        Optional<Instant> due =
                mayStart ? dueTimes.next() : Optional.of(progress.now().plus(PAUSE_WITHOUT_LEASE));
        if (running.isEmpty() && mailbox.isEmpty() && waiting.isWorthLettingGo(due)) {
            return waiting.begin(due) ? Left.WAITING : null;
        }
        Message message = next(due);
        return message == null ? null : handle(message);
    }

    private @Nullable Message next(Optional<Instant> due) throws InterruptedException {
        Duration wait = due.map(at -> Duration.between(progress.now(), at)).orElse(Waiting.WORTH_LETTING_GO);
        return mailbox.poll(Math.max(1, wait.toMillis()), TimeUnit.MILLISECONDS);
    }

    private @Nullable Left handle(Message message) {
        switch (message) {
            case Message.Inbox _ -> inbox.read();
            case Message.AttemptEnded ended -> {
                updates.attemptEnds(ended.attempt());
                running.ended(ended.attempt(), ended.result(), !standing.isEnding());
            }
            case Message.Answered answered -> updates.answered(answered.attempt(), answered.answer());
            case Message.AttemptBroke broke -> running.broke(broke.attempt(), broke.fault());
            case Message.LeaseLost _ -> throw new LeaseLostException(context.runId());
            case Message.HandOver handOver -> {
                return handOver(handOver.evenWithProcesses());
            }
        }
        return null;
    }

    private @Nullable Left handOver(boolean evenWithProcesses) {
        if (!evenWithProcesses && workspace.isHere()) {
            // Its processes are waited for.
            return null;
        }
        running.letGo();
        if (!evenWithProcesses) {
            lettingGo.toOthers();
        }
        return Left.HANDED_OVER;
    }

    /** How a driver left its run. */
    enum Left {
        FINISHED,
        WAITING,
        HANDED_OVER
    }
}
