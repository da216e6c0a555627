package io.yardmaster.runs;

import io.yardmaster.events.EventStreams;
import io.yardmaster.idempotency.KeptAnswer;
import io.yardmaster.idempotency.KeyTakenException;
import io.yardmaster.jobs.Planner;
import io.yardmaster.jobs.PreparedRun;
import io.yardmaster.kernel.Actor;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Accepts new runs: has them checked and stored, and tells those whom it concerns. */
@Component
class Acceptance {

    private final Planner planner;
    private final QueueBound bound;
    private final Submissions submissions;
    private final Intake intake;
    private final NewRunWriter writer;
    private final TakenOver takenOver;
    private final EventStreams streams;
    private final TransactionTemplate transactions;
    private final ApplicationEventPublisher events;
    private final RunMeters meters;

    Acceptance(
            Planner planner,
            QueueBound bound,
            Submissions submissions,
            Intake intake,
            NewRunWriter writer,
            TakenOver takenOver,
            EventStreams streams,
            TransactionTemplate transactions,
            ApplicationEventPublisher events,
            RunMeters meters) {
        this.planner = planner;
        this.bound = bound;
        this.submissions = submissions;
        this.intake = intake;
        this.writer = writer;
        this.takenOver = takenOver;
        this.streams = streams;
        this.transactions = transactions;
        this.events = events;
        this.meters = meters;
    }

    /**
     * Accepts a run. It is durable and readable when this returns.
     *
     * @param answer makes of the run what is to be kept under the caller's idempotency key; of null, nothing
     * @throws KeyTakenException where another server has accepted the caller's run under this key
     */
    RunView accept(RunSubmission submission, Actor actor, Function<? super RunView, @Nullable KeptAnswer> answer) {
        NewRun run = bound.admit(actor.tenant(), () -> store(submission, actor, answer));
        AfterCommit.run(() -> {
            meters.submitted();
            streams.publish(run.beginning());
        });
        events.publishEvent(new RunQueued(run.view().runId()));
        return run.view();
    }

    private NewRun store(
            RunSubmission submission, Actor actor, Function<? super RunView, @Nullable KeptAnswer> answer) {
        PreparedRun prepared = switch (submission.what()) {
            case RunSubmission.Job job -> planner.prepare(job.request(), actor);
            case RunSubmission.Planned planned -> planner.prepare(planned.planId(), actor);
            case RunSubmission.Again again -> again.prepared();
            case RunSubmission.Child child -> child.prepared();
        };
        SecretsInTheOpen.refuse(submission, prepared.arguments().secrets().values());
        NewRun run = submissions.make(submission, prepared, actor);
        if (submission.what() instanceof RunSubmission.Again again) {
            return storeAgain(run, again);
        }
        NewRun stored = run.keeping(answer.apply(run.view()));
        intake.store(stored);
        return stored;
    }

    /** In the caller's transaction, where there is one: what is taken over is read and written with the run. */
    private NewRun storeAgain(NewRun run, RunSubmission.Again again) {
        return Objects.requireNonNull(transactions.execute(_ -> {
            NewRun whole = run.telling(takenOver.write(run, again));
            writer.insert(List.of(whole)).values().forEach(refusal -> {
                throw refusal;
            });
            return whole;
        }));
    }
}
