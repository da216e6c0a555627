package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.database.Tenancy;
import io.yardmaster.events.EventStreams;
import io.yardmaster.jobs.CalledJob;
import io.yardmaster.jobs.ChildRequest;
import io.yardmaster.jobs.Planner;
import io.yardmaster.jobs.PreparedRun;
import io.yardmaster.jobs.SecurityProfile;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.tracing.TraceContext;
import io.yardmaster.tracing.Traces;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The door for runs that start other runs. A child has its id before it is there, from the step that starts it; so it is
 * started once, however often that is tried, and only by whoever owns the parent.
 */
@Component
public class ChildRuns {

    private final RunIds ids;
    private final Planner planner;
    private final Submissions submissions;
    private final NewRunWriter writer;
    private final Initiators initiators;
    private final Inbox inbox;
    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final Traces traces;
    private final EventStreams streams;
    private final ApplicationEventPublisher events;
    private final RunMeters meters;

    ChildRuns(
            RunIds ids,
            Planner planner,
            Submissions submissions,
            NewRunWriter writer,
            Initiators initiators,
            Inbox inbox,
            JdbcClient client,
            TransactionTemplate transactions,
            Traces traces,
            EventStreams streams,
            ApplicationEventPublisher events,
            RunMeters meters) {
        this.ids = ids;
        this.planner = planner;
        this.submissions = submissions;
        this.writer = writer;
        this.initiators = initiators;
        this.inbox = inbox;
        this.client = client;
        this.transactions = transactions;
        this.traces = traces;
        this.streams = streams;
        this.events = events;
        this.meters = meters;
    }

    /** An id for a run that a step is about to start. */
    public RunId nextId() {
        return ids.next();
    }

    /** Which of these runs are there, under way or over. */
    public Set<RunId> there(Collection<RunId> children) {
        UUID[] wanted = children.stream().map(RunId::value).toArray(UUID[]::new);
        return new HashSet<>(Tenancy.allTenants(() ->
                transactions.execute(transaction -> client.sql("SELECT run_id FROM run WHERE run_id = ANY (:ids)")
                        .param("ids", wanted)
                        .query((row, number) -> new RunId(row.getObject("run_id", UUID.class)))
                        .list())));
    }

    /** What all runs have in common that one starts. */
    public Family family(RunLease parent) {
        return Tenancy.call(
                parent.tenant(),
                () -> new Family(parent, Objects.requireNonNull(transactions.execute(_ -> read(parent.runId())))));
    }

    /**
     * Starts a run; nothing where it is there already.
     *
     * @param family of the run whose step starts it
     * @param step has been committed as waiting for the run
     * @return false where the parent has another owner now, and nothing was started
     * @throws ProblemException where it cannot be started: what {@link Planner} refuses, {@code concurrency-conflict}
     */
    public boolean start(Family family, StepDefinition.ChildRun step, int attempt, RunId child, ObjectNode args) {
        RunLease parent = family.lease;
        Parent run = family.parent;
        return Tenancy.call(parent.tenant(), () -> {
            Actor actor = new Actor(run.submittedBy(), parent.tenant(), Set.of(), Set.of(), "run", null);
            PreparedRun prepared = planner.prepare(
                    new ChildRequest(
                            step.job(), step.sourceOr(run.source()), args, run.calledJobs(), run.securityProfile()),
                    actor);
            NewRun made = submissions.make(
                    new RunSubmission(
                            new RunSubmission.Child(
                                    child,
                                    new ParentStep(parent.runId(), step.id()),
                                    prepared,
                                    run.initiators(),
                                    trace(run, step.id(), attempt)),
                            Map.of(),
                            JsonNodeFactory.instance.objectNode(),
                            run.priority(),
                            null,
                            null,
                            null),
                    prepared,
                    actor);
            Outcome outcome = Objects.requireNonNull(transactions.execute(_ -> insert(parent, made)));
            if (outcome == Outcome.STARTED) {
                meters.submitted();
                streams.publish(made.beginning());
                events.publishEvent(new RunQueued(child));
            }
            return outcome != Outcome.NOT_OURS;
        });
    }

    /**
     * Asks for the end of a child.
     *
     * @param reason for whoever reads it later
     * @return false where it is not live any more, or never was
     */
    public boolean cancel(RunLease parent, RunId child, String reason, Duration grace) {
        boolean live = Tenancy.allTenants(() -> Boolean.TRUE.equals(
                transactions.execute(_ -> inbox.cancelChild(child, parent.tenant(), reason, grace))));
        if (live) {
            events.publishEvent(new RunNeedsAttention(child));
        }
        return live;
    }

    /** Asks for the end of all children of a run that are under way. */
    public void cancelAll(RunLease parent, String reason) {
        List<RunId> children = Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            SELECT r.run_id FROM run r JOIN run_live l ON l.run_id = r.run_id
            WHERE r.tenant = :tenant AND r.parent_run_id = :parent
            """)
                .param("tenant", parent.tenant().name())
                .param("parent", parent.runId().value())
                .query((row, number) -> new RunId(row.getObject("run_id", UUID.class)))
                .list()));
        children.forEach(child -> {
            boolean _ = cancel(parent, child, reason, Duration.ofSeconds(10));
        });
    }

    private enum Outcome {
        STARTED,
        WAS_THERE,
        NOT_OURS
    }

    /** The parent keeps its owner until this is committed: one who has lost it starts nothing any more. */
    private Outcome insert(RunLease parent, NewRun child) {
        boolean ours = client.sql("""
            SELECT 1 FROM run_live WHERE run_id = :run AND epoch = :epoch AND owner_node = :node FOR SHARE
            """)
                .param("run", parent.runId().value())
                .param("epoch", parent.epoch())
                .param("node", parent.node())
                .query(Integer.class)
                .optional()
                .isPresent();
        if (!ours) {
            return Outcome.NOT_OURS;
        }
        boolean there = client.sql("SELECT 1 FROM run WHERE run_id = :run")
                .param("run", child.view().runId().value())
                .query(Integer.class)
                .optional()
                .isPresent();
        if (there) {
            return Outcome.WAS_THERE;
        }
        Set<String> held = keysHeldAbove(parent.runId());
        NewRun without = child.withKeys(
                child.keys().stream().filter(key -> !held.contains(key.key())).toList());
        writer.insert(List.of(without)).values().forEach(refusal -> {
            throw refusal;
        });
        return Outcome.STARTED;
    }

    /** What a run above holds is held for all beneath it: a child that waited for it would wait for its own parent. */
    private Set<String> keysHeldAbove(RunId parent) {
        return new HashSet<>(client.sql("""
            WITH RECURSIVE line AS (
                SELECT run_id, parent_run_id FROM run WHERE run_id = :parent
                UNION
                SELECT r.run_id, r.parent_run_id FROM run r JOIN line ON r.run_id = line.parent_run_id
            )
            SELECT key FROM run_slot WHERE run_id IN (SELECT run_id FROM line) AND state = 'held'
            """)
                .param("parent", parent.value())
                .query(String.class)
                .list());
    }

    private RunTrace trace(Parent run, String stepId, int attempt) {
        TraceContext place = traces.beneath(run.trace().context(), stepId + "/" + attempt);
        TraceContext own = traces.beneath(place);
        return new RunTrace(own, own.equals(place) ? null : place.spanId());
    }

    private Parent read(RunId runId) {
        Set<String> all = initiators.of(runId);
        return client.sql("""
            SELECT source, submitted_by, priority, security_profile, called_jobs, traceparent, parent_span_id
            FROM run WHERE run_id = :run
            """)
                .param("run", runId.value())
                .query((row, number) -> parent(runId, row, all))
                .single();
    }

    private static Parent parent(RunId runId, ResultSet row, Set<String> initiators) throws SQLException {
        return new Parent(
                row.getString("source"),
                row.getString("submitted_by"),
                row.getInt("priority"),
                SecurityProfile.of(row.getString("security_profile")).orElseThrow(),
                CalledJob.read(Jsonb.readNullable(row.getString("called_jobs"))),
                initiators,
                RunTrace.stored(runId, row.getString("traceparent"), row.getString("parent_span_id")));
    }

    /** What is read once for several runs that are started together. */
    public static final class Family {

        private final RunLease lease;
        private final Parent parent;

        private Family(RunLease lease, Parent parent) {
            this.lease = lease;
            this.parent = parent;
        }
    }

    private record Parent(
            String source,
            String submittedBy,
            int priority,
            SecurityProfile securityProfile,
            List<CalledJob> calledJobs,
            Set<String> initiators,
            RunTrace trace) {}
}
