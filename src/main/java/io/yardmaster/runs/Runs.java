package io.yardmaster.runs;

import io.yardmaster.events.EventStreams;
import io.yardmaster.idempotency.KeptAnswer;
import io.yardmaster.idempotency.KeyTakenException;
import io.yardmaster.jobs.Planner;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.Inbox.Asked;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Service;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.node.ObjectNode;

/** The door for people: submit runs, look at them, put commands into their inboxes. */
@Service
public class Runs {

    private final Acceptance acceptance;
    private final Inbox inbox;
    private final Reruns reruns;
    private final RunRemoval removal;
    private final Labelling labelling;
    private final RunSecrets secrets;
    private final RunReader reader;
    private final RunHistory history;
    private final RunSearch search;
    private final RunCounts counts;
    private final EventStreams streams;
    private final TransactionTemplate transactions;
    private final TransactionTemplate oneAtOneMoment;
    private final TransactionTemplate manyAtOneMoment;
    private final ApplicationEventPublisher events;

    Runs(
            Acceptance acceptance,
            Inbox inbox,
            Reruns reruns,
            RunRemoval removal,
            Labelling labelling,
            RunSecrets secrets,
            RunReader reader,
            RunHistory history,
            RunSearch search,
            RunCounts counts,
            EventStreams streams,
            TransactionTemplate transactions,
            ApplicationEventPublisher events) {
        this.acceptance = acceptance;
        this.inbox = inbox;
        this.reruns = reruns;
        this.removal = removal;
        this.labelling = labelling;
        this.secrets = secrets;
        this.reader = reader;
        this.history = history;
        this.search = search;
        this.counts = counts;
        this.streams = streams;
        this.transactions = transactions;
        this.oneAtOneMoment = atOneMoment(transactions);
        this.manyAtOneMoment = atOneMoment(transactions);
        // Each list is planned for what it asks for; what goes by one run's id is not.
        manyAtOneMoment.setReadOnly(true);
        this.events = events;
    }

    private static TransactionTemplate atOneMoment(TransactionTemplate transactions) {
        TransactionTemplate made =
                new TransactionTemplate(Objects.requireNonNull(transactions.getTransactionManager()));
        made.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
        return made;
    }

    /**
     * Accepts a run, or says everything that is wrong with it. It is durable and readable when this returns.
     *
     * @throws ProblemException what {@link Planner} refuses, {@code run-already-exists} for an external id in use,
     *     {@code queue-full}, and {@code service-unavailable} where it cannot be stored
     */
    public RunView submit(RunSubmission submission, Actor actor) {
        return submit(submission, actor, _ -> null);
    }

    /**
     * Accepts a run as {@link #submit(RunSubmission, Actor)}, and keeps its caller's answer with it.
     *
     * @param answer makes of the run what is to be kept under the caller's idempotency key; of null, nothing
     * @throws KeyTakenException where another server has accepted the caller's run under this key
     */
    public RunView submit(
            RunSubmission submission, Actor actor, Function<? super RunView, @Nullable KeptAnswer> answer) {
        return acceptance.accept(submission, actor, answer);
    }

    /**
     * Asks for a run's end. It works in every state that is not terminal.
     *
     * @param grace how long its processes may take to end by themselves; null: as long as the server is set to give
     * @return the run as it is now: cancelling, or cancelled already
     * @throws ProblemException {@code run-not-active} where it has ended otherwise
     */
    public RunView cancel(RunId runId, @Nullable String reason, @Nullable Duration grace, Actor actor) {
        RunView run = inTransaction(() -> {
            if (!inbox.cancel(runId, reason == null ? null : secrets.masked(runId, reason), grace, actor)) {
                RunView ended = find(runId);
                if (ended.status() != RunState.CANCELLED) {
                    throw ended(runId, "cancelled");
                }
            }
            return find(runId);
        });
        events.publishEvent(new RunNeedsAttention(runId));
        return run;
    }

    /**
     * Asks that no further step of a run begins; what runs goes on to its end, and then the run is paused.
     *
     * @return the run as it is now
     * @throws ProblemException {@code run-not-active} where it has ended or is about to
     */
    public RunView pause(RunId runId, @Nullable String reason, Actor actor) {
        RunView run = inTransaction(() -> {
            Asked asked = inbox.asked(runId).orElseThrow(() -> ended(runId, "paused"));
            if (asked == Asked.TO_END) {
                throw beingCancelled("paused");
            }
            if (asked == Asked.TO_GO_ON) {
                inbox.pause(runId, reason == null ? null : secrets.masked(runId, reason), actor);
            }
            return find(runId);
        });
        events.publishEvent(new RunNeedsAttention(runId));
        return run;
    }

    /**
     * Asks that a paused run goes on; one that nobody has paused stays as it is. What is left of a run that has failed or
     * was cancelled is done by a new run.
     *
     * @param secrets the secret arguments of a run that has ended, which it no longer has; empty otherwise
     * @return the run as it is now, or the new one
     * @throws ProblemException {@code run-not-active} where it has succeeded or is being cancelled; what {@link Planner}
     *     refuses
     */
    public RunView resume(RunId runId, ObjectNode secrets, Actor actor) {
        Optional<RunView> live = inTransaction(() -> inbox.asked(runId).map(asked -> {
            if (asked == Asked.TO_END) {
                throw beingCancelled("resumed");
            }
            if (!secrets.isEmpty()) {
                throw ProblemException.validation(List.of(new Fault(
                        "/args", "The run has not ended, and still has its arguments. Leave args out.", "not-ended")));
            }
            if (asked == Asked.TO_PAUSE) {
                inbox.resume(runId, actor);
            }
            return find(runId);
        }));
        if (live.isEmpty()) {
            return submit(reruns.rest(runId, secrets, actor), actor);
        }
        events.publishEvent(new RunNeedsAttention(runId));
        return live.get();
    }

    /**
     * Runs again what an ended run did, as a new run.
     *
     * @param fromStep the step to begin with; null: with the first
     * @param pinned whether the same version of its job is run; otherwise the job as it is now
     * @param args replace those of the same name
     * @throws ProblemException {@code run-active}, {@code step-not-found}, {@code step-not-reusable}; what {@link Planner}
     *     refuses
     */
    public RunView rerun(RunId runId, @Nullable String fromStep, boolean pinned, ObjectNode args, Actor actor) {
        return submit(reruns.again(runId, fromStep, pinned, args, actor), actor);
    }

    /**
     * Changes a run's labels and attributes, whatever state it is in. It is found by them when this returns.
     *
     * @param patch a merge patch with {@code labels} and {@code attributes}; its form has been checked
     * @param precondition gets them as they are, and throws where they are not as they should be
     * @throws ProblemException {@code run-not-found}; {@code validation-error} for what a run cannot have
     */
    public void relabel(RunId runId, ObjectNode patch, Consumer<? super Names> precondition, Actor actor) {
        Labelling.Told told = inTransaction(() -> labelling.change(runId, patch, precondition, actor));
        if (!told.entries().isEmpty()) {
            AfterCommit.run(() -> streams.publish(told.entries()));
        }
        if (told.byOwner()) {
            events.publishEvent(new RunNeedsAttention(runId));
        }
    }

    private ProblemException ended(RunId runId, String asked) {
        String status = find(runId).status().text();
        return ProblemException.of(
                        ProblemType.RUN_NOT_ACTIVE,
                        "The run has ended with status " + status + "; only a run that is still active can be " + asked
                                + ".")
                .with("run_status", status);
    }

    private static ProblemException beingCancelled(String asked) {
        return ProblemException.of(
                        ProblemType.RUN_NOT_ACTIVE,
                        "The run is being cancelled, so that it can no longer be " + asked + ".")
                .with("run_status", RunState.CANCELLING.text());
    }

    /**
     * Keeps a run from ending until the caller's transaction does.
     *
     * @param texts what is about to be written down beside it, by what they are called
     * @throws ProblemException {@code run-not-found}, {@code run-not-active}, and {@code validation-error} where a text
     *     holds a secret of the run
     */
    public void hold(RunId runId, Map<String, String> texts) {
        if (!inbox.hold(runId)) {
            throw ended(runId, "given artifacts");
        }
        find(runId);
        List<Fault> faults = texts.entrySet().stream()
                .filter(text -> !secrets.masked(runId, text.getValue()).equals(text.getValue()))
                .map(text -> SecretsInTheOpen.fault(text.getKey()))
                .toList();
        if (!faults.isEmpty()) {
            throw ProblemException.validation(faults);
        }
    }

    /**
     * Has the run's log tell of an artifact that somebody has uploaded, in the caller's transaction.
     *
     * @param artifact what the event says of it
     */
    public void tellOfArtifact(RunId runId, ObjectNode artifact, Actor actor) {
        if (!inbox.artifact(runId, artifact, actor)) {
            throw ended(runId, "given artifacts");
        }
        events.publishEvent(new RunNeedsAttention(runId));
    }

    /**
     * Removes what is kept of a run that has ended, in many transactions. What was begun can be begun again, for the run
     * itself is still there: {@link #deleteEmptied} removes it.
     *
     * @throws ProblemException {@code run-active} where it has not ended
     */
    public void empty(RunId runId) {
        RunState status = get(runId).status();
        if (!status.isTerminal()) {
            throw ProblemException.of(
                            ProblemType.RUN_ACTIVE,
                            "The run is " + status.text()
                                    + ". Only a run that has ended can be deleted; wait for its end, or cancel it.")
                    .with("run_status", status.text());
        }
        removal.empty(runId);
    }

    /** Removes a run that was {@linkplain #empty emptied}, in the current transaction where there is one. */
    public void deleteEmptied(RunId runId) {
        if (!inTransaction(() -> removal.removeEmptied(runId))) {
            throw notFound(runId.toString());
        }
    }

    /** The run with its steps; {@code run-not-found} where it is another tenant's or never was. */
    public RunView get(RunId runId) {
        return inTransaction(() -> find(runId));
    }

    /** Whether it is in a terminal state; {@code run-not-found} as {@link #get}. */
    public boolean hasEnded(RunId runId) {
        return inTransaction(() -> reader.state(runId).orElseThrow(() -> notFound(runId.toString())))
                .isTerminal();
    }

    /** Those of some runs that the tenant has, in no order. */
    public List<RunView> get(Collection<RunId> runIds) {
        return inTransaction(() -> reader.runs(runIds));
    }

    /** The run, its steps and what they left at one moment; {@code run-not-found} as {@link #get}. */
    public Detail detail(RunId runId) {
        return Objects.requireNonNull(oneAtOneMoment.execute(transaction -> {
            RunView run = find(runId);
            return new Detail(run, reader.steps(runId));
        }));
    }

    /**
     * The run and its steps as they were when its log had come to a sequence number; beyond the log's end, as its end
     * tells.
     *
     * @throws ProblemException {@code run-not-found}; {@code cursor-expired} where its log is not kept from the beginning
     */
    public Detail detail(RunId runId, long atSeq) {
        return Objects.requireNonNull(
                oneAtOneMoment.execute(transaction -> history.at(find(runId), reader.steps(runId), atSeq)));
    }

    /**
     * How the run stood after each change of state, the oldest first.
     *
     * @param after only those after this one
     * @param limit at most so many
     * @throws ProblemException {@code run-not-found}; {@code cursor-expired} where its log is not kept from the beginning
     */
    public RunFrames frames(RunId runId, long after, int limit) {
        return Objects.requireNonNull(oneAtOneMoment.execute(transaction -> history.frames(find(runId), after, limit)));
    }

    /**
     * One page of the tenant's runs.
     *
     * @throws ProblemException {@code validation-error} for a page token that is none of this list
     */
    public RunList list(RunQuery query, Actor actor) {
        return Objects.requireNonNull(manyAtOneMoment.execute(transaction -> search.list(query, actor.tenant())));
    }

    /**
     * How many of the tenant's runs there are of each kind.
     *
     * @param limit at most so many groups
     */
    public RunGroups count(RunFilter filter, RunGroups.By by, int limit, Actor actor) {
        return Objects.requireNonNull(
                manyAtOneMoment.execute(transaction -> counts.count(filter, by, limit, actor.tenant())));
    }

    private RunView find(RunId runId) {
        return reader.run(runId).orElseThrow(() -> notFound(runId.toString()));
    }

    /** The problem for an id that names no run the caller may see. */
    public static ProblemException notFound(String runId) {
        return ProblemException.of(
                ProblemType.RUN_NOT_FOUND, "There is no run " + runId + ". GET /api/v1/runs lists the runs.");
    }

    private <T> T inTransaction(Supplier<T> work) {
        return Objects.requireNonNull(transactions.execute(transaction -> work.get()));
    }

    /** A run with its steps. */
    public record Detail(RunView run, RunSteps steps) {}
}
