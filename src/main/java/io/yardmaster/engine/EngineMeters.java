package io.yardmaster.engine;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.runs.AttemptRecord;
import io.yardmaster.runs.ClaimedRun;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.RunCommit;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.StepRecord;
import io.yardmaster.runs.StepState;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Measures how runs are claimed, driven and committed. What is counted here is durable. */
@Component
final class EngineMeters {

    private static final String NONE = "none";

    /** The executor of steps that the server works out itself. */
    private static final String SERVER = "server";

    private static final Duration[] COMMITS = millis(1, 2, 5, 10, 25, 50, 100, 250, 1_000, 5_000);
    private static final Duration[] WAITS =
            millis(5, 10, 25, 50, 100, 250, 500, 1_000, 5_000, 30_000, 120_000, 600_000, 3_600_000);
    private static final Duration[] WORK =
            millis(10, 50, 100, 500, 1_000, 5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000);

    private final MeterRegistry registry;
    private final DistributionSummary batches;
    private final Timer commits;
    private final Counter failedBatches;
    private final Timer claims;
    private final Timer waits;
    private final Counter takenOver;
    private final Counter adopted;
    private final Counter refused;

    EngineMeters(MeterRegistry registry) {
        this.registry = registry;
        this.batches = DistributionSummary.builder("yardmaster.journal.batch.size")
                .description("Changes of runs that were committed together")
                .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
                .register(registry);
        this.commits = Timer.builder("yardmaster.journal.commit.duration")
                .description("How long commits of the journal took, failed ones too")
                .serviceLevelObjectives(COMMITS)
                .register(registry);
        this.failedBatches = Counter.builder("yardmaster.journal.batches.failed")
                .description("Batches that were not committed at the first attempt and were settled one by one")
                .register(registry);
        this.claims = Timer.builder("yardmaster.queue.claim.duration")
                .description("How long this server took to claim runs, each time that it looked")
                .serviceLevelObjectives(COMMITS)
                .register(registry);
        this.waits = Timer.builder("yardmaster.queue.wait.duration")
                .description("How long runs waited from when they could start until they were claimed")
                .serviceLevelObjectives(WAITS)
                .register(registry);
        this.takenOver = Counter.builder("yardmaster.runs.taken.over")
                .description("Runs of servers that were dead, which this one made free to be claimed")
                .register(registry);
        this.adopted = Counter.builder("yardmaster.attempts.adopted")
                .description("Attempts that an earlier server of this host had started and this one took up")
                .register(registry);
        this.refused = Counter.builder("yardmaster.journal.commits.refused")
                .description("Changes of runs that were not committed because another server owned the run by then")
                .register(registry);
        // So that the usual ones are there, as zeros, before the first run has ended.
        runs(RunState.SUCCESS, NONE);
        runs(RunState.FAILED, Failure.Category.APPLICATION.text());
        runs(RunState.CANCELLED, NONE);
        runDuration(RunState.SUCCESS);
        attempts("proc", StepState.SUCCESS.text());
    }

    /** Shows how much the journal has to write yet. */
    void backlog(Collection<?> pending) {
        Gauge.builder("yardmaster.journal.pending", pending, Collection::size)
                .description("Changes of runs that wait for their commit")
                .register(registry);
    }

    /** Shows how many runs this server drives, of how many it may. */
    void driving(Map<?, ?> runs, int places) {
        Gauge.builder("yardmaster.runs.driven", runs, Map::size)
                .description("Runs that this server drives now")
                .register(registry);
        Gauge.builder("yardmaster.runs.driven.limit", () -> places)
                .description("Runs that this server may drive at once")
                .register(registry);
    }

    <T> T committing(int size, Supplier<T> commit) {
        batches.record(size);
        return Objects.requireNonNull(commits.record(commit));
    }

    void batchFailed() {
        failedBatches.increment();
    }

    void tookOver(int runs) {
        takenOver.increment(runs);
    }

    void adopted() {
        adopted.increment();
    }

    void commitRefused() {
        refused.increment();
    }

    <T> T claiming(Supplier<T> claim) {
        return Objects.requireNonNull(claims.record(claim));
    }

    void claimed(ClaimedRun run, Instant now) {
        if (run.state() == RunState.PENDING && !now.isBefore(run.readyAt())) {
            waits.record(Duration.between(run.readyAt(), now));
        }
    }

    /** What a run's owner wrote is durable. */
    void written(JobDefinition job, RunCommit commit) {
        for (AttemptRecord attempt : commit.attempts()) {
            Instant finishedAt = attempt.finishedAt();
            if (finishedAt != null) {
                attempts(executor(job, attempt.stepId()), outcome(attempt.state(), attempt.failure()))
                        .record(Duration.between(attempt.startedAt(), finishedAt));
            }
        }
        for (StepRecord step : commit.steps()) {
            Instant startedAt = step.startedAt();
            Instant finishedAt = step.finishedAt();
            if (startedAt != null
                    && finishedAt != null
                    && job.step(step.stepId()).orElse(null) instanceof StepDefinition.Eval) {
                attempts(SERVER, outcome(step.state(), step.failure())).record(Duration.between(startedAt, finishedAt));
            }
        }
        ended(commit);
    }

    /** Looks only at whether the run has ended. */
    void ended(RunCommit commit) {
        RunCommit.Finish finish = commit.finish();
        if (finish == null) {
            return;
        }
        Failure failure = finish.failure();
        runs(finish.state(), failure == null ? NONE : failure.category().text()).increment();
        Instant startedAt = finish.startedAt();
        if (startedAt != null) {
            runDuration(finish.state()).record(Duration.between(startedAt, finish.finishedAt()));
        }
    }

    private static String executor(JobDefinition job, String stepId) {
        return job.step(stepId).orElse(null) instanceof StepDefinition.Run run
                ? run.executor().label()
                : SERVER;
    }

    private static String outcome(StepState state, @Nullable Failure failure) {
        return failure == null ? state.text() : failure.category().text();
    }

    private Counter runs(RunState state, String category) {
        return Counter.builder("yardmaster.runs.finished")
                .description("Runs that ended while this server drove them")
                .tag("status", state.text())
                .tag("failure_category", category)
                .register(registry);
    }

    private Timer runDuration(RunState state) {
        return Timer.builder("yardmaster.run.duration")
                .description("How long runs took from their start to their end, waiting included")
                .tag("status", state.text())
                .serviceLevelObjectives(WORK)
                .register(registry);
    }

    private Timer attempts(String executor, String outcome) {
        return Timer.builder("yardmaster.step.duration")
                .description("How long attempts of steps took; a step that is tried again counts each time")
                .tag("executor", executor)
                .tag("outcome", outcome)
                .serviceLevelObjectives(WORK)
                .register(registry);
    }

    private static Duration[] millis(long... values) {
        return Arrays.stream(values).mapToObj(Duration::ofMillis).toArray(Duration[]::new);
    }
}
