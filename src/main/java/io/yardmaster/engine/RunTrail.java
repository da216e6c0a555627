package io.yardmaster.engine;

import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.runs.AttemptRecord;
import io.yardmaster.runs.ClaimedRun;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.RunCommit;
import io.yardmaster.runs.RunTrace;
import io.yardmaster.runs.StepRecord;
import io.yardmaster.tracing.FinishedSpan;
import io.yardmaster.tracing.TraceContext;
import io.yardmaster.tracing.Traces;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.stereotype.Component;

/** Tells operators, in the server's log and in traces, what has become of runs and steps; after it is durable. */
@Component
final class RunTrail {

    private static final Logger log = LoggerFactory.getLogger(RunTrail.class);

    private final Traces traces;

    RunTrail(Traces traces) {
        this.traces = traces;
    }

    /** The place of an attempt in the run's trace: the same for whoever asks, also after a restart. */
    TraceContext place(ClaimedRun run, String stepId, int attempt) {
        return traces.beneath(run.trace().context(), stepId + "/" + attempt);
    }

    void written(ClaimedRun run, JobDefinition job, RunCommit commit) {
        for (AttemptRecord attempt : commit.attempts()) {
            attempt(run, job, attempt);
        }
        for (StepRecord step : commit.steps()) {
            if (!(job.step(step.stepId()).orElse(null) instanceof StepDefinition.Run)) {
                step(run, job, step);
            }
        }
        RunCommit.Finish finish = commit.finish();
        if (finish != null) {
            finished(run, finish);
        }
    }

    private void attempt(ClaimedRun run, JobDefinition job, AttemptRecord attempt) {
        TraceContext place = place(run, attempt.stepId(), attempt.attempt());
        Instant finishedAt = attempt.finishedAt();
        try (var _ = LogContext.of(run, attempt.stepId(), place)) {
            if (finishedAt == null) {
                log.info("Step {} is started, attempt {}", attempt.stepId(), attempt.attempt());
                return;
            }
            log.info(
                    "Step {}, attempt {}: {}{}",
                    attempt.stepId(),
                    attempt.attempt(),
                    attempt.state().text(),
                    code(attempt.failure()));
        }
        if (traces.records(place)) {
            Map<String, Object> attributes = attributes(
                    run,
                    job,
                    attempt.stepId(),
                    attempt.attempt(),
                    attempt.state().text());
            if (attempt.exitCode() != null) {
                attributes.put("process.exit.code", attempt.exitCode());
            }
            record(run, place, attempt.startedAt(), finishedAt, attributes, attempt.failure());
        }
    }

    /** A step without process. */
    private void step(ClaimedRun run, JobDefinition job, StepRecord step) {
        Instant startedAt = step.startedAt();
        Instant finishedAt = step.finishedAt();
        if (startedAt == null || finishedAt == null) {
            return;
        }
        int attempt = Math.max(1, step.attempt());
        TraceContext place = place(run, step.stepId(), attempt);
        if (log.isDebugEnabled()) {
            try (var _ = LogContext.of(run, step.stepId(), place)) {
                log.debug("Step {}: {}{}", step.stepId(), step.state().text(), code(step.failure()));
            }
        }
        if (traces.records(place)) {
            record(
                    run,
                    place,
                    startedAt,
                    finishedAt,
                    attributes(run, job, step.stepId(), attempt, step.state().text()),
                    step.failure());
        }
    }

    private void record(
            ClaimedRun run,
            TraceContext place,
            Instant start,
            Instant end,
            Map<String, Object> attributes,
            @Nullable Failure failure) {
        traces.record(new FinishedSpan(
                "step " + Objects.requireNonNull(attributes.get("step_id")),
                false,
                place,
                run.trace().context().spanId(),
                start,
                end,
                attributes,
                failure == null ? null : category(failure)));
    }

    private void finished(ClaimedRun run, RunCommit.Finish finish) {
        Failure failure = finish.failure();
        try (var _ = LogContext.of(run)) {
            // One that went well is told of by its steps.
            log.atLevel(failure == null ? Level.DEBUG : Level.INFO)
                    .log("Run of {}: {}{}", run.jobId(), finish.state().text(), code(failure));
        }
        RunTrace trace = run.trace();
        if (trace.parentSpanId() == null || !traces.records(trace.context())) {
            return;
        }
        Map<String, Object> attributes = attributes(run, finish.state().text());
        traces.record(new FinishedSpan(
                "run " + run.jobId(),
                false,
                trace.context(),
                trace.parentSpanId(),
                run.createdAt(),
                finish.finishedAt(),
                attributes,
                failure == null ? null : category(failure)));
    }

    private static Map<String, Object> attributes(ClaimedRun run, String status) {
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("run_id", run.lease().runId().toString());
        attributes.put("job_id", run.jobId().toString());
        attributes.put("tenant", run.lease().tenant().name());
        attributes.put("status", status);
        return attributes;
    }

    private static Map<String, Object> attributes(
            ClaimedRun run, JobDefinition job, String stepId, int attempt, String status) {
        Map<String, Object> attributes = attributes(run, status);
        attributes.put("step_id", stepId);
        attributes.put("attempt", attempt);
        job.step(stepId).ifPresent(step -> {
            attributes.put("step_type", step.type());
            if (step instanceof StepDefinition.Run process) {
                attributes.put("executor", process.executor().label());
            }
        });
        return attributes;
    }

    /** Without the message, which may quote what a step wrote. */
    private static String code(@Nullable Failure failure) {
        return failure == null ? "" : " (" + category(failure) + ")";
    }

    private static String category(Failure failure) {
        return failure.category().text() + "/" + failure.code();
    }
}
