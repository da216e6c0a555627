package io.yardmaster.runs;

import io.yardmaster.events.EventLog;
import io.yardmaster.events.LogEntry;
import io.yardmaster.kernel.RunId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.ToldRun.ToldStep;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** How runs stood earlier: their logs, read from the beginning. In the transaction of the caller. */
@Component
class RunHistory {

    /** A page that would hold more steps than this ends early: a run may have a thousand of them. */
    private static final int ENOUGH_STEPS = 100_000;

    private final EventLog log;

    RunHistory(EventLog log) {
        this.log = log;
    }

    /**
     * The frames after one of them.
     *
     * @param after the number of a frame, or of any event
     * @throws ProblemException {@code cursor-expired} where the log's beginning is not kept any more
     */
    RunFrames frames(RunView run, long after, int limit) {
        List<RunFrame> frames = new ArrayList<>();
        ToldRun told = new ToldRun();
        int[] steps = {0};
        boolean whole = tell(run.runId(), run.lastSeq(), told, event -> {
            if (event.seq() <= after) {
                return true;
            }
            if (frames.size() == limit || steps[0] > ENOUGH_STEPS) {
                return false;
            }
            RunFrame frame = frame(event, told);
            steps[0] += frame.steps().size();
            frames.add(frame);
            return true;
        });
        return new RunFrames(run, frames, !whole);
    }

    /**
     * The run as it was at a sequence number of its log. What was final then is as it is stored; of all else, what the
     * log tells.
     *
     * @throws ProblemException {@code cursor-expired} where the log's beginning is not kept any more
     */
    Runs.Detail at(RunView run, RunSteps steps, long seq) {
        long end = Math.min(seq, run.lastSeq());
        ToldRun told = new ToldRun();
        tell(run.runId(), end, told, event -> true);
        return new Runs.Detail(view(run, told, end), steps(steps, told));
    }

    /** Tells a run event by event, until somebody has enough; whether it was told to its end. */
    private boolean tell(RunId runId, long end, ToldRun told, Predicate<LogEntry.Event> listener) {
        long cursor = 0;
        while (true) {
            List<LogEntry.Event> events = log.events(runId, cursor, end, ToldRun.CHANGES);
            if (cursor == 0) {
                requireBeginning(runId, events);
            }
            for (LogEntry.Event event : events) {
                told.take(event);
                if (!listener.test(event)) {
                    return false;
                }
                cursor = event.seq();
            }
            if (events.isEmpty() || cursor >= end) {
                return true;
            }
        }
    }

    private void requireBeginning(RunId runId, List<LogEntry.Event> events) {
        if (!events.isEmpty() && events.getFirst().seq() == 1) {
            return;
        }
        ProblemException expired = ProblemException.of(
                ProblemType.CURSOR_EXPIRED,
                "The beginning of the run's log is not kept any more, and without it nobody can tell how the run stood"
                        + " earlier. GET the run without at_seq.");
        throw log.oldestKept(runId)
                .map(oldest -> expired.with("oldest_seq", oldest))
                .orElse(expired);
    }

    private static RunFrame frame(LogEntry.Event event, ToldRun told) {
        Map<String, RunFrame.Step> steps = told.steps().entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, step -> frame(step.getValue())));
        return new RunFrame(event.seq(), event.type(), event.stepId(), event.at(), told.state(), steps);
    }

    private static RunFrame.Step frame(ToldStep step) {
        return new RunFrame.Step(step.state(), step.attempt(), step.waitReason());
    }

    private static RunView view(RunView run, ToldRun told, long end) {
        boolean over = told.state().isTerminal();
        Instant finishedAt = over ? run.finishedAt() : null;
        return new RunView(
                run.runId(),
                run.jobId(),
                run.source(),
                run.sourceRevision(),
                run.jobDigest(),
                run.planId(),
                run.planDigest(),
                run.args(),
                run.labels(),
                run.priority(),
                run.externalId(),
                run.securityProfile(),
                run.submittedBy(),
                told.state(),
                run.createdAt(),
                told.isStarted() ? run.startedAt() : null,
                finishedAt,
                finishedAt == null ? told.changedAt() : finishedAt,
                run.deadlineAt(),
                over ? run.result() : null,
                over ? run.failure() : null,
                told.waitsFor(),
                null,
                end,
                run.attributes(),
                run.parentRunId(),
                run.rerunOf(),
                told.pause());
    }

    private static RunSteps steps(RunSteps now, ToldRun told) {
        List<StepRecord> moved = now.moved().stream()
                .filter(step -> told.step(step.stepId()) != null)
                .map(step -> step(step, Objects.requireNonNull(told.step(step.stepId()))))
                .toList();
        List<AttemptRecord> attempts = now.attempts().stream()
                .map(attempt -> attempt(attempt, told.step(attempt.stepId())))
                .filter(Objects::nonNull)
                .toList();
        Map<String, String> summaries = new HashMap<>(now.summaries());
        // A step leaves it when it ends.
        summaries.keySet().removeIf(stepId -> !hasEnded(told.step(stepId)));
        return new RunSteps(moved, attempts, summaries);
    }

    private static boolean hasEnded(@Nullable ToldStep step) {
        return step != null && step.state().isTerminal();
    }

    private static StepRecord step(StepRecord now, ToldStep then) {
        return then.state().isTerminal()
                ? now
                : new StepRecord(
                        now.stepId(),
                        then.state(),
                        then.attempt(),
                        then.startedAt(),
                        null,
                        then.waitReason(),
                        then.dueAt(),
                        null,
                        null,
                        null,
                        null,
                        null,
                        then.child());
    }

    private static @Nullable AttemptRecord attempt(AttemptRecord now, @Nullable ToldStep then) {
        if (then == null || now.attempt() > then.attempt()) {
            return null;
        }
        boolean wasUnderWay = then.state() == StepState.RUNNING && now.attempt() == then.attempt();
        return wasUnderWay
                ? new AttemptRecord(
                        now.stepId(), now.attempt(), StepState.RUNNING, now.host(), now.startedAt(), null, null, null)
                : now;
    }
}
