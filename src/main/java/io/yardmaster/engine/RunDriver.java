package io.yardmaster.engine;

import io.yardmaster.engine.Workspaces.WorkspaceLostException;
import io.yardmaster.events.EventType;
import io.yardmaster.executors.WorkspaceArchive.WorkspaceTooLargeException;
import io.yardmaster.executors.WorkspaceArchive.WorkspaceUnreadableException;
import io.yardmaster.jobs.ExpressionException;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.AttemptRecord;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import io.yardmaster.runs.KeptWorkspace;
import io.yardmaster.runs.RunCommand;
import io.yardmaster.runs.RunCommit;
import io.yardmaster.runs.RunQueue;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.RunTransition;
import io.yardmaster.runs.RunUpdates;
import io.yardmaster.runs.StepRecord;
import io.yardmaster.runs.StepState;
import io.yardmaster.runs.UpdateEnds;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Drives one run, from wherever it was when it was claimed until it ends, waits long, or is handed over. Only this
 * thread decides; attempts, people and the clock send it messages.
 */
final class RunDriver {

    private static final Logger log = LoggerFactory.getLogger(RunDriver.class);

    /** A shorter wait keeps the run here: letting go and claiming again would cost more than the wait. */
    private static final Duration WORTH_LETTING_GO = Duration.ofSeconds(30);

    private static final Duration PAUSE_WITHOUT_LEASE = Duration.ofMillis(200);

    /** What a run waits for that was resumed. */
    private static final String FOR_A_PLACE = "place";

    private final RunContext context;
    private final RunProgress progress;
    private final RunQueue queue;
    private final EngineProperties properties;
    private final LinkedBlockingQueue<Message> mailbox = new LinkedBlockingQueue<>();
    private final RunningSteps running;
    private final Gates gates;
    private final Signals signals;
    private final FanOut fanOut;
    private final Updates updates;
    private final Children children;
    private final Workspaces workspaces;
    private final BooleanSupplier isCrowded;
    private final WorkTime work;
    private final Hold hold = new Hold();
    private RunState state;
    /** Whether the run's workspace is on this host. */
    private boolean isHere;
    /** Where its workspace is while it is on no host; null: nowhere. */
    private @Nullable KeptWorkspace kept;

    /** What was kept, and is back on this host. */
    private @Nullable KeptWorkspace outOfUse;

    private @Nullable Instant startedAt;
    private @Nullable Ending ending;

    /** Resumed after a pause, and on its way back to the queue. */
    private boolean isToBeQueued;

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
        this.gates = gates;
        this.signals = new Signals(context, progress, queue);
        this.children = children;
        this.fanOut = new FanOut(context.job(), progress, this::withoutValue);
        this.workspaces = workspaces;
        this.kept = context.run().workspace();
        this.queue = queue;
        this.properties = properties;
        this.isCrowded = isCrowded;
        this.running = new RunningSteps(context, progress, attempts, host, mailbox::add);
        this.updates = new Updates(context, progress, running, runUpdates, updateEnds);
        this.state = context.run().state();
        this.isHere = host.equals(context.run().host());
        this.startedAt = context.run().startedAt();
        this.work = new WorkTime(context.run().worked(), context.run().workingSince());
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
        recallInbox();
        if (hasCommands) {
            readInbox();
        }
        while (state == RunState.PENDING && ending == null && !hold.isOn() && mayNotStart()) {
            flush();
            if (putBack()) {
                return Left.WAITING;
            }
            readInbox();
        }
        if (goesOnWaiting()) {
            return Left.WAITING;
        }
        begin();
        while (true) {
            running.takeUpAgain();
            checkTimeouts();
            boolean mayStart = running.mayStart();
            if (ending != null) {
                endSteps();
            } else if (hold.isOn()) {
                isToBeQueued = false;
            } else if (state == RunState.PAUSED || isToBeQueued) {
                if (queueAgain()) {
                    return Left.WAITING;
                }
                continue;
            } else if (mayStart) {
                if (gates.lookAfter()) {
                    // What was in the inbox besides may be that nothing is to start any more.
                    readInbox();
                    continue;
                }
                wakeSteps();
                startSteps();
            }
            boolean isThrough =
                    ending != null ? !children.areUnderWay() : progress.isOver() && state != RunState.PAUSED;
            if (running.isEmpty() && isThrough) {
                if (finish()) {
                    return Left.FINISHED;
                }
                readInbox();
                continue;
            }
            if (ending == null) {
                updates.assign();
            }
            updates.giveUp();
            countWork();
            flush();
            if (running.isEmpty() && hold.isOn()) {
                if (pause()) {
                    return Left.WAITING;
                }
                continue;
            }
            Optional<Instant> due =
                    mayStart ? nextDue() : Optional.of(progress.now().plus(PAUSE_WITHOUT_LEASE));
            if (running.isEmpty() && isWorthLettingGo(due)) {
                if (waitWithoutOwner(due)) {
                    return Left.WAITING;
                }
                continue;
            }
            Message message = next(due);
            if (message instanceof Message.HandOver handOver && (handOver.evenWithProcesses() || !isHere)) {
                running.letGo();
                if (!handOver.evenWithProcesses()) {
                    // This server stays for a while, and others need not wait for its end.
                    queue.giveUp(context.run().lease(), progress.now());
                }
                return Left.HANDED_OVER;
            }
            if (message != null) {
                handle(message);
            }
        }
    }

    /** Ends whatever runs here without a trace in the run: somebody else owns it. */
    void abandon() {
        running.letGo();
    }

    // ---- Beginning

    /**
     * Whether a waiting run has nothing to do yet, and was let go again: what it was claimed for decides nothing; or there
     * is something to do, and no place here for it.
     */
    private boolean goesOnWaiting() {
        while (state == RunState.WAITING && ending == null && !hold.isOn()) {
            if (gates.lookAfter()) {
                readInbox();
                continue;
            }
            boolean hasWork = hasWork();
            if (hasWork && !(context.run().hasCommands() && isCrowded.getAsBoolean())) {
                return false;
            }
            Optional<Instant> due = hasWork ? Optional.of(progress.now()) : nextDue();
            stand(hasWork ? EventData.waiting(FOR_A_PLACE, null) : waitsFor());
            if (hasWork) {
                progress.changes()
                        .event(EventType.RUN_WAITING, progress.now(), null, EventData.waiting(FOR_A_PLACE, null));
            }
            flush();
            if (letGo(due.orElse(null))) {
                return true;
            }
            readInbox();
        }
        return false;
    }

    private boolean hasWork() {
        return FOR_A_PLACE.equals(context.run().waitReason())
                || !context.run().attempts().isEmpty()
                || isPast(context.run().deadlineAt())
                || progress.isOver()
                || !progress.decidable().isEmpty()
                || fanOut.hasWork()
                || progress.steps().stream()
                        .anyMatch(step -> step.state() == StepState.WAITING && isPast(step.dueAt()));
    }

    /** Besides its time and its slots it needs its turn: it may have been claimed for a command that came to nothing. */
    private boolean mayNotStart() {
        boolean claimedForACommand = context.log().inboxDone() > context.run().inboxDone();
        return (context.run().heldBack() || isTooEarly() || claimedForACommand)
                && !isPast(context.run().deadlineAt())
                && !isPast(queueTimeoutAt());
    }

    private boolean isTooEarly() {
        return progress.now().isBefore(context.run().readyAt());
    }

    private @Nullable Instant queueTimeoutAt() {
        Duration patience = context.run().timeouts().queue();
        return patience == null ? null : context.run().readyAt().plus(patience);
    }

    /** Leaves a run that has not started where the others are that wait for a place. */
    private boolean putBack() {
        if (context.run().heldBack()) {
            return queue.putBack(context.run().lease(), context.log().inboxDone(), queueDeadline());
        }
        return letGo(isTooEarly() ? context.run().readyAt() : queueDeadline());
    }

    private void begin() {
        Instant now = progress.now();
        if (hold.isOn() && ending == null && state != RunState.CANCELLING) {
            // Nothing begins; what ran when an earlier owner was stopped is taken up below.
        } else if (state == RunState.PENDING && ending == null) {
            if (isPast(queueTimeoutAt())) {
                ending = outOfTime("queue", "The run waited longer than its queue timeout to be started.");
                return;
            }
            if (isPast(context.run().deadlineAt())) {
                ending = pastItsDeadline();
                return;
            }
            startedAt = now;
            move(RunTransition.START);
            progress.changes().event(EventType.RUN_STARTED, now, null, EventData.none());
        } else if (state == RunState.WAITING && ending == null) {
            move(RunTransition.WAKE);
            boolean wasPaused = FOR_A_PLACE.equals(context.run().waitReason());
            progress.changes().event(EventType.RUN_RESUMED, now, null, wasPaused ? hold.resumed() : EventData.none());
        } else if (state == RunState.CANCELLING && ending == null) {
            // An earlier owner has acted on the command. It is kept until the run has ended.
            ending = queue.cancel(context.run().lease().runId()).orElse(null) instanceof RunCommand.Cancel cancel
                    ? Ending.cancelled(properties.stopGrace(), cancel)
                    : new Ending(properties.stopGrace(), Ending.cancellation("Cancelled."));
        }
        children.recall((step, e) -> progress.fail(step.id(), withoutValue(step, e), null));
        for (AttemptRecord attempt : context.run().attempts()) {
            if (isHere) {
                running.adopt(attempt);
            } else {
                updates.attemptEnds(attempt);
                running.lost(attempt, ending == null);
            }
        }
    }

    // ---- Steps

    private void wakeSteps() {
        for (StepRecord step : progress.steps()) {
            if (step.state() == StepState.WAITING
                    && isPast(step.dueAt())
                    && !fanOut.isGivenUp(definition(step.stepId()))) {
                wake(definition(step.stepId()));
            }
        }
    }

    private void wake(StepDefinition step) {
        try {
            switch (step) {
                case StepDefinition.Run run -> start(run);
                case StepDefinition.Sleep sleep -> progress.succeed(sleep.id(), null, null, null);
                case StepDefinition.Approval gate -> {
                    // Looked after before.
                }
                case StepDefinition.Signal signal -> signals.timeOut(signal);
                case StepDefinition.Eval eval -> throw neverWaits(eval);
                case StepDefinition.ChildRun child -> children.begin(child);
                case StepDefinition.Repeated repeated -> throw neverWaits(repeated);
                case StepDefinition.Unsupported unsupported -> throw neverWaits(unsupported);
            }
        } catch (ExpressionException e) {
            progress.fail(step.id(), withoutValue(step, e), null);
        }
    }

    /** Starts every step that is ready; one that is done at once may make others ready. */
    private void startSteps() {
        do {
            for (List<StepDefinition> ready = ready(); !ready.isEmpty(); ready = ready()) {
                ready.forEach(this::decide);
            }
        } while (launch());
    }

    private void decide(StepDefinition step) {

        try {
            // That of an instance was looked at when its step began.
            String reasonToSkip = step.instance() == null ? progress.reasonToSkip(step) : null;
            if (reasonToSkip == null) {
                start(step);
            } else if (step instanceof StepDefinition.Repeated repeated) {
                fanOut.skip(repeated, reasonToSkip);
            } else {
                progress.skip(step.id(), reasonToSkip);
            }
        } catch (ExpressionException e) {
            progress.fail(step.id(), withoutValue(step, e), null);
        }
    }

    /**
     * What was begun is started when that is durable.
     *
     * @return whether something could not be, so that other steps may be ready now
     */
    private boolean launch() {
        if (!running.areToBeLaunched() && !children.areToBeStarted()) {
            return false;
        }
        children.renameOld();
        flush();
        running.launch();
        return children.start();
    }

    private List<StepDefinition> ready() {
        fanOut.settle(this::giveUp);
        List<StepDefinition> ready = progress.decidable();
        return ready.isEmpty() ? fanOut.ready() : ready;
    }

    /** Ends a step that is under way while the run goes on. */
    private void giveUp(StepRecord step) {
        if (Children.isWaiting(step)) {
            stopChild(step, properties.stopGrace());
        } else if (running.contains(step.stepId())) {
            running.stop(step.stepId(), properties.stopGrace());
        } else {
            progress.cancel(step.stepId());
        }
    }

    private void stopChild(StepRecord step, Duration grace) {
        if (!children.stop(step, grace)) {
            lookIntoInbox();
        }
    }

    private void start(StepDefinition step) {
        switch (step) {
            case StepDefinition.Run run -> {
                if (workspaceIsLost()) {
                    progress.fail(run.id(), withoutWorkspace(run), null);
                } else {
                    KeptWorkspace restored = kept;
                    if (restored != null) {
                        try {
                            workspaces.restore(restored, context.folder());
                        } catch (WorkspaceLostException e) {
                            log.error(
                                    "The workspace of {} cannot be brought back",
                                    context.run().lease().runId(),
                                    e);
                            progress.fail(run.id(), workspaceNotKept(run), null);
                            return;
                        }
                    }
                    running.start(run);
                    isHere = true;
                    if (restored != null) {
                        // From the next commit on the run is tied to this host.
                        kept = null;
                        outOfUse = restored;
                    }
                }
            }
            case StepDefinition.Sleep sleep -> {
                Instant now = progress.now();
                progress.waitUntil(sleep, "sleep", now, now.plus(sleep.duration()));
            }
            case StepDefinition.Approval gate -> gates.ask(gate);
            case StepDefinition.Signal signal -> signals.await(signal);
            case StepDefinition.Eval eval -> evaluate(eval);
            case StepDefinition.ChildRun child -> children.begin(child);
            case StepDefinition.Repeated repeated -> fanOut.begin(repeated);
            case StepDefinition.Unsupported unsupported ->
                progress.fail(
                        unsupported.id(),
                        new Failure(
                                Category.SYSTEM,
                                "not-available",
                                "This server cannot run steps of type " + unsupported.type() + ".",
                                false,
                                unsupported.id()),
                        null);
        }
    }

    /** Steps count on what those before them left there. */
    private boolean workspaceIsLost() {
        return !isHere
                && kept == null
                && context.run().steps().stream()
                        .anyMatch(step -> step.state().isTerminal()
                                && step.attempt() > 0
                                && step.reusedFrom() == null
                                && definition(step.stepId()) instanceof StepDefinition.Run);
    }

    private void evaluate(StepDefinition.Eval step) {
        ObjectNode outputs = JsonNodeFactory.instance.objectNode();
        step.values().forEach((name, value) -> outputs.set(name, value.evaluate(progress.scope(step))));
        // Put together of what is not secret, it may still be one.
        ObjectNode shown = (ObjectNode) context.mask().mask(outputs);
        progress.startInstant(step);
        progress.succeed(step.id(), shown, shown, null);
    }

    private void endSteps() {
        Duration grace = Objects.requireNonNull(ending).grace();
        running.stopAll(grace);
        if (progress.steps().stream().anyMatch(Gates::isOpen)) {
            gates.withdraw();
        }
        for (StepRecord step : progress.steps()) {
            if (Children.isWaiting(step)) {
                stopChild(step, grace);
            } else if (!step.state().isTerminal()
                    && !running.contains(step.stepId())
                    && !(definition(step.stepId()) instanceof StepDefinition.Repeated)) {
                progress.cancel(step.stepId());
            }
        }
        fanOut.cancel();
    }

    // ---- Messages

    private @Nullable Message next(Optional<Instant> due) throws InterruptedException {
        Duration wait = due.map(at -> Duration.between(progress.now(), at)).orElse(WORTH_LETTING_GO);
        return mailbox.poll(Math.max(1, wait.toMillis()), TimeUnit.MILLISECONDS);
    }

    private void handle(Message message) {
        switch (message) {
            case Message.Inbox inbox -> readInbox();
            case Message.AttemptEnded ended -> {
                updates.attemptEnds(ended.attempt());
                running.ended(ended.attempt(), ended.result(), ending == null);
            }
            case Message.Answered answered -> updates.answered(answered.attempt(), answered.answer());
            case Message.AttemptBroke broke -> running.broke(broke.attempt(), broke.fault());
            case Message.LeaseLost lost ->
                throw new LeaseLostException(context.run().lease().runId());
            case Message.HandOver handOver -> {
                // Its processes are waited for.
            }
        }
    }

    private void readInbox() {
        for (RunCommand command :
                queue.inbox(context.run().lease().runId(), context.log().inboxDone())) {
            context.log().actedOn(command.inboxSeq());
            switch (command) {
                case RunCommand.Cancel cancel -> cancel(cancel);
                case RunCommand.Vote vote -> gates.act(vote);
                case RunCommand.Expiry expiry -> gates.act(expiry);
                case RunCommand.Signal signal -> signals.act(signal);
                case RunCommand.Update update -> updates.act(update);
                case RunCommand.ChildEnded ended -> children.act(ended, isWanted(ended.stepId()));
                case RunCommand.Pause pause -> hold.actOn(pause);
                case RunCommand.Resume resume -> hold.actOn(resume);
                case RunCommand.Label label ->
                    progress.changes().event(EventType.RUN_LABELLED, progress.now(), null, EventData.labelled(label));
                case RunCommand.Artifact told ->
                    progress.changes().event(EventType.ARTIFACT_CREATED, told.at(), null, told.artifact());
            }
        }
    }

    private boolean isWanted(String stepId) {
        return ending == null && !fanOut.isGivenUp(definition(stepId));
    }

    /** What an earlier owner has acted on still holds. Commands are kept until the run has ended. */
    private void recallInbox() {
        long done = context.log().inboxDone();
        if (done == 0) {
            return;
        }
        RunId runId = context.run().lease().runId();
        RunCommand last = queue.hold(runId, done).orElse(null);
        if (last instanceof RunCommand.Pause pause) {
            hold.actOn(pause);
        } else if (last instanceof RunCommand.Resume resume) {
            hold.actOn(resume);
        }
        if (updates.areTaken()) {
            queue.updates(runId, done).forEach(updates::recall);
        }
    }

    private void cancel(RunCommand.Cancel command) {
        Duration grace = command.grace() == null ? properties.stopGrace() : command.grace();
        if (state == RunState.CANCELLING) {
            // Asked again, a run is given no more time than the shorter of the two.
            if (ending == null) {
                ending = Ending.cancelled(grace, command);
            } else if (grace.compareTo(ending.grace()) < 0) {
                ending = new Ending(grace, ending.failure());
            }
            return;
        }
        ending = Ending.cancelled(grace, command);
        move(RunTransition.CANCEL);
        progress.changes()
                .event(
                        EventType.RUN_CANCELLING,
                        progress.now(),
                        null,
                        EventData.requested(command.actor(), command.reason()));
    }

    // ---- Time

    private void checkTimeouts() {
        if (ending == null && isPast(context.run().deadlineAt())) {
            ending = pastItsDeadline();
        }
        Instant runOut = runTimeoutAt();
        if (ending == null && isPast(runOut)) {
            ending = outOfTime("run", "The run worked longer than its timeout allows.");
        }
        running.stopThoseOutOfTime(properties.stopGrace());
    }

    private void countWork() {
        if (running.isEmpty()) {
            work.resting(progress.now());
        } else {
            work.working(progress.now());
        }
    }

    private Optional<Instant> nextDue() {
        return Stream.concat(
                        Stream.of(context.run().deadlineAt(), runTimeoutAt())
                                .filter(at -> ending == null)
                                .flatMap(Stream::ofNullable),
                        Stream.concat(
                                progress.steps().stream()
                                        .map(StepRecord::dueAt)
                                        .filter(at -> !hold.isOn())
                                        .flatMap(Stream::ofNullable),
                                Stream.concat(running.dueTimes(), updates.dueTimes())))
                .min(Instant::compareTo);
    }

    private @Nullable Instant runTimeoutAt() {
        return work.reaches(context.run().timeouts().run());
    }

    private boolean isPast(@Nullable Instant moment) {
        return progress.isPast(moment);
    }

    private Ending pastItsDeadline() {
        return outOfTime("deadline", "The run did not end before its deadline.");
    }

    private Ending outOfTime(String which, String message) {
        return Ending.outOfTime(properties.stopGrace(), which, message);
    }

    // ---- Letting go and ending

    private boolean isWorthLettingGo(Optional<Instant> due) {
        return mailbox.isEmpty()
                && ending == null
                && due.map(at -> Duration.between(progress.now(), at).compareTo(WORTH_LETTING_GO) >= 0)
                        .orElse(true);
    }

    private boolean waitWithoutOwner(Optional<Instant> due) {
        if (!setWorkspaceAside()) {
            return false;
        }
        ObjectNode waitsFor = waitsFor();
        state = RunTransition.WAIT.from(state);
        stand(waitsFor);
        progress.changes().event(EventType.RUN_WAITING, progress.now(), null, waitsFor);
        flush();
        leaveHost();
        if (letGo(due.orElse(null))) {
            return true;
        }
        move(RunTransition.WAKE);
        progress.changes().event(EventType.RUN_RESUMED, progress.now(), null, EventData.none());
        readInbox();
        return false;
    }

    /**
     * Puts the workspace where every server finds it: whoever goes on with the run may be another one.
     *
     * @return false where the run has to end, because there is too much in it, or what cannot be read
     */
    private boolean setWorkspaceAside() {
        if (!isHere) {
            return true;
        }
        try {
            KeptWorkspace now = workspaces.keep(context.folder());
            kept = now;
            progress.changes().workspace(now);
            return true;
        } catch (WorkspaceTooLargeException e) {
            ending = Ending.outOfResources(
                    properties.stopGrace(),
                    "workspace-too-large",
                    "The run was about to wait, and there is more in its workspace than is kept meanwhile: "
                            + e.getMessage() + ".");
            return false;
        } catch (WorkspaceUnreadableException e) {
            String message =
                    "The run was about to wait, and its workspace cannot be kept meanwhile: " + e.getMessage() + ".";
            ending = new Ending(
                    properties.stopGrace(),
                    new Failure(
                            Category.SYSTEM,
                            "workspace-not-kept",
                            context.mask().mask(message),
                            false,
                            null));
            return false;
        }
    }

    /** Nothing of the run stays here: what is left behind would be old when it comes back. */
    private void leaveHost() {
        if (isHere) {
            isHere = false;
            context.folder().delete();
        }
    }

    /** What the steps wait for: people before messages before other runs before times. */
    private ObjectNode waitsFor() {
        List<StepRecord> waiting = progress.steps().stream()
                .filter(step -> step.state() == StepState.WAITING)
                .toList();
        Instant until = waiting.stream()
                .map(StepRecord::dueAt)
                .flatMap(Stream::ofNullable)
                .min(Instant::compareTo)
                .orElse(null);
        String reason = waiting.stream().anyMatch(Gates::isOpen)
                ? Gates.REASON
                : waiting.stream().anyMatch(Signals::isWaiting)
                        ? Signals.REASON
                        : waiting.stream().anyMatch(Children::isWaiting) ? Children.REASON : "timer";
        ObjectNode waitsFor = EventData.waiting(reason, until);
        waiting.stream().map(StepRecord::stepId).forEach(waitsFor.putArray("step_ids")::add);
        return waitsFor;
    }

    private void stand(ObjectNode waitsFor) {
        progress.changes().standing(new RunCommit.Standing(state, waitsFor, startedAt, work.before(), null));
    }

    /** Stands still until somebody resumes it, ends it, or its deadline comes. */
    private boolean pause() {
        if (state != RunState.PAUSED) {
            if (!setWorkspaceAside()) {
                return false;
            }
            move(RunTransition.PAUSE);
            progress.changes().event(EventType.RUN_PAUSED, progress.now(), null, hold.paused());
            flush();
            leaveHost();
        }
        if (letGo(context.run().deadlineAt())) {
            return true;
        }
        readInbox();
        return false;
    }

    /** Goes back to where runs wait for a place: a pause may have been resumed while all places are taken. */
    private boolean queueAgain() {
        Instant now = progress.now();
        if (!isToBeQueued) {
            isToBeQueued = true;
            if (startedAt == null) {
                move(RunTransition.QUEUE_AGAIN);
                progress.changes().event(EventType.RUN_RESUMED, now, null, hold.resumed());
            } else {
                state = RunTransition.RESUME.from(state);
                ObjectNode waitsFor = EventData.waiting(FOR_A_PLACE, null);
                progress.changes().standing(new RunCommit.Standing(state, waitsFor, startedAt, work.before(), null));
                progress.changes().event(EventType.RUN_WAITING, now, null, waitsFor);
            }
            flush();
        }
        if (startedAt == null ? putBack() : letGo(now)) {
            return true;
        }
        readInbox();
        return false;
    }

    /** When a run that goes back to the queue has waited there for too long; null where it may wait for ever. */
    private @Nullable Instant queueDeadline() {
        Instant now = progress.now();
        Instant ready = context.run().readyAt().isAfter(now) ? context.run().readyAt() : now;
        Duration patience = context.run().timeouts().queue();
        return Stream.of(context.run().deadlineAt(), patience == null ? null : ready.plus(patience))
                .flatMap(Stream::ofNullable)
                .min(Instant::compareTo)
                .orElse(null);
    }

    private boolean letGo(@Nullable Instant due) {
        return queue.release(context.run().lease(), context.log().inboxDone(), due);
    }

    /** Whether the run is over; not where a command came in meanwhile. */
    private boolean finish() {
        Instant now = progress.now();
        updates.endAll();
        RunOutcome outcome = RunOutcome.of(ending, progress, context.job(), context.mask());
        RunState before = state;
        state = outcome.transition().from(state);
        progress.changes()
                .event(
                        EventType.RUN_FINISHED,
                        now,
                        null,
                        EventData.runFinished(state, outcome.result(), outcome.failure()));
        boolean finished = context.log()
                .commit(
                        progress.changes(),
                        new RunCommit.Finish(
                                state,
                                startedAt,
                                now,
                                outcome.result(),
                                outcome.failure(),
                                context.run().parent()));
        if (!finished) {
            state = before;
            progress.changes().withoutLastEvent();
            return false;
        }
        updates.committed();
        if (kept != null) {
            workspaces.discard(kept);
        }
        return true;
    }

    private void flush() {
        if (!progress.changes().isEmpty()) {
            if (state != RunState.WAITING && state != RunState.PENDING) {
                standAs();
            }
            context.log().commit(progress.changes(), null);
            progress.changes().clear();
        }
        updates.committed();
        if (outOfUse != null) {
            workspaces.discard(outOfUse);
            outOfUse = null;
        }
    }

    private void move(RunTransition transition) {
        state = transition.from(state);
        standAs();
    }

    private void standAs() {
        progress.changes().standing(new RunCommit.Standing(state, null, startedAt, work.before(), work.since()));
    }

    private StepDefinition definition(String stepId) {
        return context.job().step(stepId).orElseThrow();
    }

    private Failure withoutValue(StepDefinition step, ExpressionException e) {
        String message = context.mask().mask(String.valueOf(e.getMessage()));
        return new Failure(Category.APPLICATION, "expression-without-value", message, false, step.id());
    }

    private static Failure withoutWorkspace(StepDefinition step) {
        return new Failure(
                Category.SYSTEM,
                "workspace-lost",
                "The host that held the run's workspace is gone, and with it the files of the steps before.",
                true,
                step.id());
    }

    private static Failure workspaceNotKept(StepDefinition step) {
        return new Failure(
                Category.SYSTEM,
                "workspace-lost",
                "What was kept of the run's workspace while it waited is gone from the store, or damaged there.",
                true,
                step.id());
    }

    private static IllegalStateException neverWaits(StepDefinition step) {
        return new IllegalStateException("a step of type " + step.type() + " never waits");
    }

    /** How a driver left its run. */
    enum Left {
        FINISHED,
        WAITING,
        HANDED_OVER
    }
}
