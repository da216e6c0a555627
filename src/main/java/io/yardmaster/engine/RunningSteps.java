package io.yardmaster.engine;

import io.yardmaster.executors.Assignment;
import io.yardmaster.executors.Execution;
import io.yardmaster.executors.StepAnswer;
import io.yardmaster.executors.StepUpdate;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.runs.AttemptRecord;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import io.yardmaster.runs.StepState;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The attempts of one run that are under way here, and what becomes of their steps when they end. */
final class RunningSteps {

    private static final Logger log = LoggerFactory.getLogger(RunningSteps.class);
    private static final Duration PAUSE_BEFORE_LOOKING_AGAIN = Duration.ofSeconds(2);

    private final RunContext context;
    private final RunProgress progress;
    private final Attempts attempts;
    private final UUID host;
    private final Consumer<Message> driver;
    private final Map<String, RunningStep> running = new HashMap<>();

    /** @param driver is told of each attempt that ends */
    RunningSteps(RunContext context, RunProgress progress, Attempts attempts, UUID host, Consumer<Message> driver) {
        this.context = context;
        this.progress = progress;
        this.attempts = attempts;
        this.host = host;
        this.driver = driver;
    }

    boolean isEmpty() {
        return running.isEmpty();
    }

    boolean contains(String stepId) {
        return running.containsKey(stepId);
    }

    /** When the first of them is out of time, or is to be looked for again. */
    Stream<Instant> dueTimes() {
        return running.values().stream()
                .flatMap(step -> Stream.of(step.timeoutAt, step.lookAgainAt).flatMap(Stream::ofNullable));
    }

    // ---- Starting

    /**
     * A new attempt, to be launched once it is durable.
     *
     * @throws io.yardmaster.jobs.ExpressionException where a template of the step has no value
     */
    void start(StepDefinition.Run step) {
        int number = progress.step(step.id()).attempt() + 1;
        ArtifactKeyTexts keys = ArtifactKeyTexts.of(step, progress.scope(step));
        Assignment assignment = attempts.assignment(context, step, number, progress.scope(step));
        AttemptRecord record = progress.startAttempt(step, host);
        RunningStep started = new RunningStep(record, timeoutAt(step, record.startedAt()));
        started.assignment = assignment;
        started.keys = keys;
        running.put(step.id(), started);
    }

    /** Whether attempts wait to be launched. */
    boolean areToBeLaunched() {
        return running.values().stream().anyMatch(step -> step.assignment != null);
    }

    /** Launches what was started; that it was has been committed, so an attempt starts at most once. */
    void launch() {
        List<RunningStep> committed = running.values().stream()
                .filter(step -> step.assignment != null)
                .toList();
        for (RunningStep step : committed) {
            Assignment assignment = Objects.requireNonNull(step.assignment);
            step.assignment = null;
            follow(definition(step.attempt), step, attempts.start(context, assignment, answersOf(step.attempt)));
        }
    }

    /** The attempt was committed by an earlier owner on this host; whether it was started shows now. */
    void adopt(AttemptRecord attempt) {
        RunningStep taken = new RunningStep(attempt, timeoutAt(definition(attempt), attempt.startedAt()));
        running.put(attempt.stepId(), taken);
        adopt(taken);
    }

    /**
     * The attempt was made on a host that is gone, and nothing of it is left.
     *
     * @param runGoesOn false where the run is being ended
     */
    void lost(AttemptRecord attempt, boolean runGoesOn) {
        running.put(attempt.stepId(), new RunningStep(attempt, null));
        AttemptResult result = runGoesOn
                ? attempts.interrupted(definition(attempt), "The host that ran the step is gone.")
                : new AttemptResult.Stopped();
        ended(attempt, result, runGoesOn);
    }

    /** Whether attempts may be started now. */
    boolean mayStart() {
        return attempts.mayStart();
    }

    /** Looks again for attempts that were lost sight of a while ago. */
    void takeUpAgain() {
        for (RunningStep step : running.values()) {
            if (progress.isPast(step.lookAgainAt)) {
                step.lookAgainAt = null;
                adopt(step);
            }
        }
    }

    private void adopt(RunningStep taken) {
        AttemptRecord attempt = taken.attempt;
        StepDefinition.Run step = definition(attempt);
        taken.keys = ArtifactKeyTexts.of(step, progress.scope(step));
        Assignment assignment = attempts.assignment(context, step, attempt.attempt(), progress.scope(step));
        follow(step, taken, attempts.adopt(context, assignment, answersOf(attempt)));
    }

    private void follow(StepDefinition.Run step, RunningStep started, Execution execution) {
        started.follow(execution);
        AttemptRecord attempt = started.attempt;
        ArtifactKeyTexts keys = started.keys;
        // Collecting what it left behind reads files, so it is no matter for the thread that saw it end.
        var _ = execution
                .outcome()
                .thenApplyAsync(
                        outcome -> attempts.result(context, step, attempt, keys, outcome),
                        task -> Thread.ofVirtual().start(task))
                .whenComplete((result, fault) -> driver.accept(
                        fault == null
                                ? new Message.AttemptEnded(attempt, result)
                                : new Message.AttemptBroke(attempt, fault)));
    }

    // ---- Updates

    /**
     * Lays an update before a step.
     *
     * @return false where it cannot be laid there now, or the step is not followed at this moment
     */
    boolean hand(String stepId, StepUpdate update) {
        RunningStep step = running.get(stepId);
        return step != null && step.execution != null && step.execution.hand(update);
    }

    /** The number of the attempt that can be asked for updates now; empty where there is none. */
    OptionalInt followed(String stepId) {
        RunningStep step = running.get(stepId);
        return step == null || step.execution == null ? OptionalInt.empty() : OptionalInt.of(step.attempt.attempt());
    }

    /** Whether a step may have begun with an update. Where nobody can look, it may. */
    boolean mayHaveTaken(String stepId, StepUpdate update) {
        RunningStep step = running.get(stepId);
        return step == null || step.execution == null || step.execution.hasTaken(update);
    }

    /** An update is over. */
    void forget(String stepId, StepUpdate update) {
        RunningStep step = running.get(stepId);
        if (step != null && step.execution != null) {
            step.execution.forget(update);
        }
    }

    private Consumer<StepAnswer> answersOf(AttemptRecord attempt) {
        return answer -> driver.accept(new Message.Answered(attempt, answer));
    }

    // ---- Stopping

    void stopAll(Duration grace) {
        running.values().forEach(step -> step.stop(null, grace));
    }

    /** Ends a step whose outcome is of no use any more. */
    void stop(String stepId, Duration grace) {
        RunningStep step = running.get(stepId);
        if (step != null) {
            step.stop(null, grace);
        }
    }

    void stopThoseOutOfTime(Duration grace) {
        for (RunningStep step : running.values()) {
            if (progress.isPast(step.timeoutAt)) {
                step.timeoutAt = null;
                Failure failure = new Failure(
                        Category.TIMEOUT,
                        "step-timeout",
                        "The step took longer than its timeout allows.",
                        true,
                        step.attempt.stepId());
                step.stop(failure, grace);
            }
        }
    }

    /** Leaves their processes alone. */
    void letGo() {
        running.values().forEach(RunningStep::letGo);
    }

    // ---- Ending

    /**
     * An attempt ended.
     *
     * @param runGoesOn false where the run is being ended, so that nothing is tried again
     */
    void ended(AttemptRecord attempt, AttemptResult result, boolean runGoesOn) {
        RunningStep ended = running.remove(attempt.stepId());
        attempts.record(context.run().lease(), attempt.stepId(), result, progress.now(), progress.changes());
        if (ended == null) {
            return;
        }
        switch (result) {
            case AttemptResult.Succeeded success -> {
                progress.endAttempt(attempt, StepState.SUCCESS, 0, null);
                progress.succeed(attempt.stepId(), success.outputs(), success.value(), 0);
            }
            case AttemptResult.Failed failed -> failed(attempt, failed.failure(), failed.exitCode(), runGoesOn);
            case AttemptResult.NeverStarted never -> neverStarted(attempt, never, runGoesOn);
            case AttemptResult.Stopped stopped -> {
                if (ended.outOfTime != null && runGoesOn) {
                    failed(attempt, ended.outOfTime, null, true);
                } else {
                    progress.endAttempt(attempt, StepState.CANCELLED, null, null);
                    progress.cancel(attempt.stepId());
                }
            }
        }
    }

    private void failed(AttemptRecord attempt, Failure failure, @Nullable Integer exitCode, boolean runGoesOn) {
        progress.endAttempt(attempt, StepState.FAILED, exitCode, failure);
        StepDefinition.Run step = definition(attempt);
        boolean mayRetry = failure.category() != Category.SYSTEM || failure.retryable();
        if (runGoesOn
                && mayRetry
                && step.retry().retries(attempt.attempt(), failure.category().text(), exitCode)) {
            Duration delay = step.retry().delayAfter(attempt.attempt(), ThreadLocalRandom.current());
            progress.retryAt(step.id(), progress.now().plus(delay), failure);
        } else {
            progress.fail(step.id(), failure, exitCode);
        }
    }

    /** An attempt that was cut off between its commit and its start did nothing: another one takes its place. */
    private void neverStarted(AttemptRecord attempt, AttemptResult.NeverStarted never, boolean runGoesOn) {
        Failure failure = new Failure(Category.SYSTEM, "not-started", never.message(), true, attempt.stepId());
        if (never.withheld() && runGoesOn) {
            progress.endAttempt(attempt, StepState.FAILED, null, failure);
            progress.retryAt(attempt.stepId(), progress.now(), failure);
        } else {
            failed(attempt, failure, null, runGoesOn);
        }
    }

    /**
     * An attempt was lost sight of. It may be alive: it is taken up again, until it is known how it ended.
     *
     * @throws LeaseLostException where that is the reason
     * @throws JournalException where what it wrote cannot be stored: the log has to be read again from where it is durable
     */
    void broke(AttemptRecord attempt, Throwable fault) {
        Throwable cause = fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault;
        if (cause instanceof LeaseLostException lost) {
            throw lost;
        }
        if (cause instanceof JournalException notStored) {
            throw notStored;
        }
        RunningStep step = running.get(attempt.stepId());
        if (step != null) {
            log.warn("Step {} of {} is taken up again", attempt.stepId(), context.runId(), cause);
            step.loseSightUntil(progress.now().plus(PAUSE_BEFORE_LOOKING_AGAIN));
        }
    }

    private @Nullable Instant timeoutAt(StepDefinition.Run step, Instant start) {
        Duration timeout = step.timeout() == null ? context.run().timeouts().step() : step.timeout();
        return timeout == null ? null : start.plus(timeout);
    }

    private StepDefinition.Run definition(AttemptRecord attempt) {
        return (StepDefinition.Run) context.job().step(attempt.stepId()).orElseThrow();
    }
}
