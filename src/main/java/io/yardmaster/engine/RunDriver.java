package io.yardmaster.engine;

import io.yardmaster.events.EventType;
import io.yardmaster.executors.Assignment;
import io.yardmaster.executors.Execution;
import io.yardmaster.jobs.ExpressionException;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.runs.AttemptRecord;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import io.yardmaster.runs.RunCommand;
import io.yardmaster.runs.RunCommit;
import io.yardmaster.runs.RunQueue;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.RunTransition;
import io.yardmaster.runs.StepRecord;
import io.yardmaster.runs.StepState;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Drives one run, from wherever it was when it was claimed until it ends, waits long, or is handed over. Only this
 * thread decides; attempts, people and the clock send it messages.
 */
final class RunDriver {

    private static final Logger log = LoggerFactory.getLogger(RunDriver.class);
    private static final Duration PAUSE_BEFORE_LOOKING_AGAIN = Duration.ofSeconds(2);

    /** A shorter wait keeps the run here: letting go and claiming again would cost more than the wait. */
    private static final Duration WORTH_LETTING_GO = Duration.ofSeconds(30);

    private final RunContext context;
    private final RunProgress progress;
    private final Attempts attempts;
    private final RunQueue queue;
    private final EngineProperties properties;
    private final UUID host;
    private final LinkedBlockingQueue<Message> mailbox = new LinkedBlockingQueue<>();
    private final Map<String, RunningStep> running = new HashMap<>();
    private RunState state;
    private @Nullable Instant startedAt;
    private Duration workedBefore;
    private @Nullable Instant workingSince;
    private @Nullable Ending ending;

    RunDriver(
            RunContext context,
            RunProgress progress,
            Attempts attempts,
            RunQueue queue,
            EngineProperties properties,
            UUID host) {
        this.context = context;
        this.progress = progress;
        this.attempts = attempts;
        this.queue = queue;
        this.properties = properties;
        this.host = host;
        this.state = context.run().state();
        this.startedAt = context.run().startedAt();
        this.workedBefore = context.run().worked();
        this.workingSince = context.run().workingSince();
    }

    /** Tells the driver that a command is in the run's inbox. */
    void lookIntoInbox() {
        mailbox.add(new Message.Inbox());
    }

    /** Tells the driver to leave the run as it is; its processes go on. */
    void handOver() {
        mailbox.add(new Message.HandOver());
    }

    /**
     * Drives the run.
     *
     * @return how it was left
     * @throws LeaseLostException where somebody else owns the run now
     */
    Left drive() throws InterruptedException {
        readInbox();
        while (state == RunState.PENDING && ending == null && isTooEarly()) {
            if (letGo(context.run().readyAt())) {
                return Left.WAITING;
            }
            readInbox();
        }
        begin();
        while (true) {
            takeUpAgain();
            checkTimeouts();
            if (ending == null) {
                wakeSteps();
                startSteps();
            } else {
                endSteps();
            }
            if (running.isEmpty() && (progress.isOver() || ending != null)) {
                if (finish()) {
                    return Left.FINISHED;
                }
                readInbox();
                continue;
            }
            countWork();
            flush();
            Optional<Instant> due = nextDue();
            if (running.isEmpty() && isWorthLettingGo(due)) {
                if (waitWithoutOwner(due)) {
                    return Left.WAITING;
                }
                continue;
            }
            Message message = next(due);
            if (message instanceof Message.HandOver) {
                running.values().forEach(RunningStep::letGo);
                return Left.HANDED_OVER;
            }
            if (message != null) {
                handle(message);
            }
        }
    }

    /** Ends whatever runs here without a trace in the run: somebody else owns it. */
    void abandon() {
        running.values().forEach(RunningStep::letGo);
    }

    // ---- Beginning

    private boolean isTooEarly() {
        return progress.now().isBefore(context.run().readyAt())
                && !isPast(context.run().deadlineAt());
    }

    private void begin() {
        Instant now = progress.now();
        if (state == RunState.PENDING && ending == null) {
            Duration patience = context.run().timeouts().queue();
            if (patience != null && isPast(context.run().readyAt().plus(patience))) {
                ending = new Ending(
                        properties.stopGrace(),
                        timeout("queue", "The run waited longer than its queue timeout to be started."));
                return;
            }
            if (isPast(context.run().deadlineAt())) {
                ending = new Ending(
                        properties.stopGrace(), timeout("deadline", "The run did not end before its deadline."));
                return;
            }
            startedAt = now;
            move(RunTransition.START);
            progress.changes().event(EventType.RUN_STARTED, now, null, EventData.none());
        } else if (state == RunState.WAITING && ending == null) {
            move(RunTransition.WAKE);
            progress.changes().event(EventType.RUN_RESUMED, now, null, EventData.none());
        } else if (state == RunState.CANCELLING && ending == null) {
            ending = Ending.cancelled(properties.stopGrace());
        }
        for (AttemptRecord attempt : context.run().attempts()) {
            adopt(attempt);
        }
    }

    /** The attempt was committed by an earlier owner on this host; whether it was started shows now. */
    private void adopt(AttemptRecord attempt) {
        StepDefinition.Run step = (StepDefinition.Run) definition(attempt.stepId());
        RunningStep taken = new RunningStep(attempt, timeoutAt(step, attempt.startedAt()), true);
        running.put(step.id(), taken);
        adopt(taken);
    }

    private void adopt(RunningStep taken) {
        AttemptRecord attempt = taken.attempt;
        StepDefinition.Run step = (StepDefinition.Run) definition(attempt.stepId());
        Assignment assignment = attempts.assignment(context, step, attempt.attempt(), progress.scope());
        follow(step, taken, attempts.adopt(context, assignment));
    }

    // ---- Steps

    private void wakeSteps() {
        for (StepRecord step : progress.steps()) {
            if (step.state() == StepState.WAITING && isPast(step.dueAt())) {
                switch (definition(step.stepId())) {
                    case StepDefinition.Run run -> start(run);
                    case StepDefinition.Sleep sleep -> progress.succeed(step.stepId(), null, null, null);
                    case StepDefinition.Eval eval -> throw neverWaits(eval);
                    case StepDefinition.Unsupported unsupported -> throw neverWaits(unsupported);
                }
            }
        }
    }

    /** Starts every step that is ready; one that is done at once may make others ready. */
    private void startSteps() {
        for (List<StepDefinition> ready = progress.decidable(); !ready.isEmpty(); ready = progress.decidable()) {
            for (StepDefinition step : ready) {
                try {
                    String reasonToSkip = progress.reasonToSkip(step);
                    if (reasonToSkip == null) {
                        start(step);
                    } else {
                        progress.skip(step.id(), reasonToSkip);
                    }
                } catch (ExpressionException e) {
                    progress.fail(step.id(), withoutValue(step, e), null);
                }
            }
        }
        launch();
    }

    private void start(StepDefinition step) {
        switch (step) {
            case StepDefinition.Run run -> startAttempt(run);
            case StepDefinition.Sleep sleep ->
                progress.waitUntil(sleep.id(), "sleep", progress.now().plus(sleep.duration()));
            case StepDefinition.Eval eval -> evaluate(eval);
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

    private void startAttempt(StepDefinition.Run step) {
        int number = progress.step(step.id()).attempt() + 1;
        Assignment assignment = attempts.assignment(context, step, number, progress.scope());
        AttemptRecord record = progress.startAttempt(step, host);
        RunningStep started = new RunningStep(record, timeoutAt(step, record.startedAt()), false);
        started.assignment = assignment;
        running.put(step.id(), started);
    }

    private void evaluate(StepDefinition.Eval step) {
        ObjectNode outputs = JsonNodeFactory.instance.objectNode();
        step.values().forEach((name, value) -> outputs.set(name, value.evaluate(progress.scope())));
        progress.startInstant(step);
        progress.succeed(step.id(), outputs, outputs, null);
    }

    /** Starts what was decided, once it is durable that it was: so an attempt starts at most once. */
    private void launch() {
        List<RunningStep> committed = running.values().stream()
                .filter(step -> step.assignment != null)
                .toList();
        if (committed.isEmpty()) {
            return;
        }
        flush();
        for (RunningStep step : committed) {
            Assignment assignment = Objects.requireNonNull(step.assignment);
            step.assignment = null;
            StepDefinition.Run definition = (StepDefinition.Run) definition(step.attempt.stepId());
            follow(definition, step, attempts.start(context, assignment));
        }
    }

    private void follow(StepDefinition.Run step, RunningStep started, Execution execution) {
        started.follow(execution);
        AttemptRecord attempt = started.attempt;
        // Collecting what it left behind reads files, so it is no matter for the thread that saw it end.
        var _ = execution
                .outcome()
                .thenApplyAsync(
                        outcome -> attempts.result(context, step, outcome),
                        task -> Thread.ofVirtual().start(task))
                .whenComplete((result, fault) -> mailbox.add(
                        fault == null
                                ? new Message.AttemptEnded(attempt, result)
                                : new Message.AttemptBroke(attempt, fault)));
    }

    private void endSteps() {
        Duration grace = Objects.requireNonNull(ending).grace();
        running.values().forEach(step -> step.stop(null, grace));
        for (StepRecord step : progress.steps()) {
            if (!step.state().isTerminal() && !running.containsKey(step.stepId())) {
                progress.cancel(step.stepId());
            }
        }
    }

    // ---- Messages

    private @Nullable Message next(Optional<Instant> due) throws InterruptedException {
        Duration wait = due.map(at -> Duration.between(progress.now(), at)).orElse(WORTH_LETTING_GO);
        return mailbox.poll(Math.max(1, wait.toMillis()), TimeUnit.MILLISECONDS);
    }

    private void handle(Message message) {
        switch (message) {
            case Message.Inbox inbox -> readInbox();
            case Message.AttemptEnded ended -> ended(ended.attempt(), ended.result());
            case Message.AttemptBroke broke -> broke(broke.attempt(), broke.fault());
            case Message.HandOver handOver -> throw new IllegalStateException("handed over already");
        }
    }

    private void readInbox() {
        for (RunCommand command :
                queue.inbox(context.run().lease().runId(), context.log().inboxDone())) {
            context.log().actedOn(command.inboxSeq());
            switch (command) {
                case RunCommand.Cancel cancel -> cancel(cancel);
            }
        }
    }

    private void cancel(RunCommand.Cancel command) {
        Duration grace = command.grace() == null ? properties.stopGrace() : command.grace();
        if (state == RunState.CANCELLING) {
            // Asked again, a run is given no more time than the shorter of the two.
            if (ending == null || grace.compareTo(ending.grace()) < 0) {
                ending = Ending.cancelled(grace);
            }
            return;
        }
        ending = Ending.cancelled(grace);
        move(RunTransition.CANCEL);
        progress.changes()
                .event(
                        EventType.RUN_CANCELLING,
                        progress.now(),
                        null,
                        EventData.cancelling(command.actor(), command.reason()));
    }

    private void ended(AttemptRecord attempt, AttemptResult result) {
        RunningStep ended = running.remove(attempt.stepId());
        recordArtifacts(result);
        if (ended == null) {
            return;
        }
        Failure outOfTime = ended.outOfTime;
        switch (result) {
            case AttemptResult.Succeeded success -> {
                endAttempt(attempt, StepState.SUCCESS, 0, null);
                progress.succeed(attempt.stepId(), success.outputs(), success.value(), 0);
            }
            case AttemptResult.Failed failed -> failed(attempt, failed.failure(), failed.exitCode());
            case AttemptResult.NeverStarted never -> neverStarted(attempt, ended, never.message());
            case AttemptResult.Stopped stopped -> {
                if (outOfTime != null && ending == null) {
                    failed(attempt, outOfTime, null);
                } else {
                    endAttempt(attempt, StepState.CANCELLED, null, null);
                    progress.cancel(attempt.stepId());
                }
            }
        }
    }

    private void failed(AttemptRecord attempt, Failure failure, @Nullable Integer exitCode) {
        endAttempt(attempt, StepState.FAILED, exitCode, failure);
        StepDefinition.Run step = (StepDefinition.Run) definition(attempt.stepId());
        boolean mayRetry = failure.category() != Category.SYSTEM || failure.retryable();
        if (ending == null
                && mayRetry
                && step.retry().retries(attempt.attempt(), failure.category().text(), exitCode)) {
            Duration delay = step.retry().delayAfter(attempt.attempt(), ThreadLocalRandom.current());
            progress.retryAt(step.id(), progress.now().plus(delay), failure);
        } else {
            progress.fail(step.id(), failure, exitCode);
        }
    }

    /** An attempt that was cut off between its commit and its start did nothing: another one takes its place. */
    private void neverStarted(AttemptRecord attempt, RunningStep ended, String message) {
        Failure failure = new Failure(Category.SYSTEM, "not-started", message, true, attempt.stepId());
        if (ended.wasAdopted && ending == null) {
            endAttempt(attempt, StepState.FAILED, null, failure);
            progress.retryAt(attempt.stepId(), progress.now(), failure);
        } else {
            failed(attempt, failure, null);
        }
    }

    /** The attempt may be alive: it is taken up again, until it is known how it ended. */
    private void broke(AttemptRecord attempt, Throwable fault) {
        Throwable cause = fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault;
        if (cause instanceof LeaseLostException lost) {
            throw lost;
        }
        RunningStep step = running.get(attempt.stepId());
        if (step != null) {
            log.warn(
                    "Step {} of {} is taken up again",
                    attempt.stepId(),
                    context.run().lease().runId(),
                    cause);
            step.loseSightUntil(progress.now().plus(PAUSE_BEFORE_LOOKING_AGAIN));
        }
    }

    private void takeUpAgain() {
        for (RunningStep step : running.values()) {
            if (isPast(step.lookAgainAt)) {
                step.lookAgainAt = null;
                adopt(step);
            }
        }
    }

    private void recordArtifacts(AttemptResult result) {
        if (!result.artifacts().isEmpty()) {
            attempts.record(result.artifacts(), progress.changes());
        }
    }

    private void endAttempt(
            AttemptRecord attempt, StepState end, @Nullable Integer exitCode, @Nullable Failure failure) {
        progress.changes()
                .attempt(new AttemptRecord(
                        attempt.stepId(),
                        attempt.attempt(),
                        end,
                        attempt.host(),
                        attempt.startedAt(),
                        progress.now(),
                        exitCode,
                        failure));
    }

    // ---- Time

    private void checkTimeouts() {
        if (ending == null && isPast(context.run().deadlineAt())) {
            ending =
                    new Ending(properties.stopGrace(), timeout("deadline", "The run did not end before its deadline."));
        }
        Instant runOut = runTimeoutAt();
        if (ending == null && isPast(runOut)) {
            ending = new Ending(
                    properties.stopGrace(), timeout("run", "The run worked longer than its timeout allows."));
        }
        for (RunningStep step : running.values()) {
            if (isPast(step.timeoutAt)) {
                step.timeoutAt = null;
                step.stop(
                        new Failure(
                                Category.TIMEOUT,
                                "step-timeout",
                                "The step took longer than its timeout allows.",
                                true,
                                step.attempt.stepId()),
                        properties.stopGrace());
            }
        }
    }

    /** Time counts as work while an attempt is under way. */
    private void countWork() {
        if (running.isEmpty()) {
            workedBefore = worked();
            workingSince = null;
        } else if (workingSince == null) {
            workingSince = progress.now();
        }
    }

    private Optional<Instant> nextDue() {
        return Stream.concat(
                        Stream.of(context.run().deadlineAt(), runTimeoutAt())
                                .filter(at -> ending == null)
                                .flatMap(Stream::ofNullable),
                        Stream.concat(
                                progress.steps().stream().map(StepRecord::dueAt).flatMap(Stream::ofNullable),
                                running.values().stream()
                                        .flatMap(step -> Stream.of(step.timeoutAt, step.lookAgainAt))
                                        .flatMap(Stream::ofNullable)))
                .min(Instant::compareTo);
    }

    private @Nullable Instant runTimeoutAt() {
        Duration timeout = context.run().timeouts().run();
        return timeout == null || workingSince == null
                ? null
                : workingSince.plus(timeout).minus(workedBefore);
    }

    private @Nullable Instant timeoutAt(StepDefinition.Run step, Instant start) {
        Duration timeout = step.timeout() == null ? context.run().timeouts().step() : step.timeout();
        return timeout == null ? null : start.plus(timeout);
    }

    private boolean isPast(@Nullable Instant moment) {
        return moment != null && !progress.now().isBefore(moment);
    }

    private Duration worked() {
        return workingSince == null ? workedBefore : workedBefore.plus(Duration.between(workingSince, progress.now()));
    }

    // ---- Letting go and ending

    private boolean isWorthLettingGo(Optional<Instant> due) {
        return mailbox.isEmpty()
                && ending == null
                && due.isPresent()
                && Duration.between(progress.now(), due.get()).compareTo(WORTH_LETTING_GO) >= 0;
    }

    private boolean waitWithoutOwner(Optional<Instant> due) {
        Instant now = progress.now();
        List<String> waiting = progress.steps().stream()
                .filter(step -> step.state() == StepState.WAITING)
                .map(StepRecord::stepId)
                .toList();
        Instant until = progress.steps().stream()
                .map(StepRecord::dueAt)
                .flatMap(Stream::ofNullable)
                .min(Instant::compareTo)
                .orElseThrow();
        ObjectNode waitsFor = EventData.waiting("timer", until);
        waiting.forEach(waitsFor.putArray("step_ids")::add);
        state = RunTransition.WAIT.from(state);
        progress.changes().standing(new RunCommit.Standing(state, waitsFor, startedAt, workedBefore, null));
        progress.changes().event(EventType.RUN_WAITING, now, null, waitsFor);
        flush();
        if (letGo(due.orElseThrow())) {
            return true;
        }
        move(RunTransition.WAKE);
        progress.changes().event(EventType.RUN_RESUMED, progress.now(), null, EventData.none());
        readInbox();
        return false;
    }

    private boolean letGo(Instant due) {
        return queue.release(context.run().lease(), context.log().inboxDone(), due);
    }

    /** Whether the run is over; not where a command came in meanwhile. */
    private boolean finish() {
        Instant now = progress.now();
        Finishing finishing = finishing();
        RunState before = state;
        state = finishing.transition().from(state);
        progress.changes()
                .event(
                        EventType.RUN_FINISHED,
                        now,
                        null,
                        EventData.runFinished(state, finishing.result(), finishing.failure()));
        boolean finished = context.log()
                .commit(
                        progress.changes(),
                        new RunCommit.Finish(state, startedAt, now, finishing.result(), finishing.failure()));
        if (!finished) {
            state = before;
            progress.changes().withoutLastEvent();
        }
        return finished;
    }

    private Finishing finishing() {
        if (ending != null) {
            return ending.failure() == null
                    ? new Finishing(RunTransition.CANCELLED_FOR_GOOD, null, null)
                    : new Finishing(RunTransition.FAIL, null, ending.failure());
        }
        Optional<Failure> failure = progress.firstFailure();
        if (failure.isPresent()) {
            return new Finishing(RunTransition.FAIL, null, failure.get());
        }
        try {
            JsonNode result = context.job().result() == null
                    ? progress.lastValue().orElse(null)
                    : Objects.requireNonNull(context.job().result()).expand(progress.scope());
            return new Finishing(RunTransition.SUCCEED, result, null);
        } catch (ExpressionException e) {
            return new Finishing(
                    RunTransition.FAIL,
                    null,
                    new Failure(
                            Category.APPLICATION, "result-without-value", String.valueOf(e.getMessage()), false, null));
        }
    }

    private void flush() {
        if (!progress.changes().isEmpty()) {
            if (state != RunState.WAITING) {
                standAs();
            }
            context.log().commit(progress.changes(), null);
            progress.changes().clear();
        }
    }

    private void move(RunTransition transition) {
        state = transition.from(state);
        standAs();
    }

    private void standAs() {
        progress.changes().standing(new RunCommit.Standing(state, null, startedAt, workedBefore, workingSince));
    }

    private StepDefinition definition(String stepId) {
        return context.job().step(stepId).orElseThrow();
    }

    private Failure timeout(String which, String message) {
        return new Failure(Category.TIMEOUT, which + "-timeout", message, true, null);
    }

    private static Failure withoutValue(StepDefinition step, ExpressionException e) {
        return new Failure(
                Category.APPLICATION, "expression-without-value", String.valueOf(e.getMessage()), false, step.id());
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

    private sealed interface Message {

        record Inbox() implements Message {}

        record HandOver() implements Message {}

        record AttemptEnded(AttemptRecord attempt, AttemptResult result) implements Message {}

        record AttemptBroke(AttemptRecord attempt, Throwable fault) implements Message {}
    }

    /**
     * Why a run ends before its steps are through.
     *
     * @param failure null where it was cancelled
     */
    private record Ending(Duration grace, @Nullable Failure failure) {

        static Ending cancelled(Duration grace) {
            return new Ending(grace, null);
        }
    }

    private record Finishing(
            RunTransition transition,
            @Nullable JsonNode result,
            @Nullable Failure failure) {}
}
