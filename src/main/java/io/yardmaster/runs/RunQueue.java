package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.database.Tenancy;
import io.yardmaster.events.EventLog;
import io.yardmaster.events.LogEntry;
import io.yardmaster.kernel.RunId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** The door for machines: claim runs, make their progress durable, let them go. Every write is fenced by the lease. */
@Component
public class RunQueue {

    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final EventLog log;
    private final RunClaim claims;
    private final Slots slots;
    private final QueuePlaces places;
    private final QueueSweep sweep;
    private final KeyCircles circles;
    private final ClaimedRuns claimedRuns;
    private final InboxRecall recall;
    private final ProgressWriter progress;

    RunQueue(
            JdbcClient client,
            TransactionTemplate transactions,
            EventLog log,
            RunClaim claims,
            Slots slots,
            QueuePlaces places,
            QueueSweep sweep,
            KeyCircles circles,
            ClaimedRuns claimedRuns,
            InboxRecall recall,
            ProgressWriter progress) {
        this.client = client;
        this.transactions = transactions;
        this.log = log;
        this.claims = claims;
        this.slots = slots;
        this.places = places;
        this.sweep = sweep;
        this.circles = circles;
        this.claimedRuns = claimedRuns;
        this.recall = recall;
        this.progress = progress;
    }

    /** Claims runs for a node, as {@link RunClaim#claim} says. */
    public List<RunLease> claim(UUID node, UUID host, int places) {
        return claims.claim(node, host, places);
    }

    /** Reads everything that is needed to drive runs that were claimed. */
    public List<ClaimedRun> load(List<RunLease> leases) {
        return Tenancy.allTenants(() -> transactions.execute(transaction -> claimedRuns.load(leases)));
    }

    /** When there may be something to claim next, as {@link RunClaim#nextDue} says. */
    public Optional<Instant> nextDue(UUID host) {
        return claims.nextDue(host);
    }

    /**
     * Makes progress of several runs durable in one transaction.
     *
     * @return for each, whether it was written
     */
    public List<Written> commit(List<RunCommit> commits) {
        return Tenancy.allTenants(() -> transactions.execute(transaction -> {
            List<Written> written = progress.advance(commits);
            List<LogEntry> entries = new ArrayList<>();
            List<RunCommit> held = new ArrayList<>();
            for (int i = 0; i < commits.size(); i++) {
                if (written.get(i) == Written.WRITTEN) {
                    held.add(commits.get(i));
                    entries.addAll(commits.get(i).entries());
                }
            }
            log.append(entries);
            progress.write(held);
            held.forEach(commit -> commit.alongside().forEach(Runnable::run));
            return written;
        }));
    }

    /**
     * Whether this very commit is in the database, after its outcome could not be learned.
     *
     * @return empty where the lease is lost
     */
    public Optional<Boolean> isCommitted(RunCommit commit) {
        Optional<Long> lastSeq = Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            SELECT last_seq FROM run_live
            WHERE run_id = :run AND epoch = :epoch AND owner_node = :node
            """)
                .param("run", commit.lease().runId().value())
                .param("epoch", commit.lease().epoch())
                .param("node", commit.lease().node())
                .query(Long.class)
                .optional()));
        if (lastSeq.isPresent()) {
            return Optional.of(lastSeq.get() >= commit.lastSeq() && commit.finish() == null);
        }
        return commit.finish() == null ? Optional.empty() : finishedBy(commit);
    }

    /**
     * Lets a run go that has nothing to do.
     *
     * @param seenInbox the last command its owner has acted on; with a newer one the run stays
     * @param due when it wants attention again; null: only when somebody puts a command in
     * @return whether it was let go
     */
    public boolean release(RunLease lease, long seenInbox, @Nullable Instant due) {
        int released = Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            UPDATE run_live SET owner_node = NULL, control_due = :due, inbox_done = inbox_seq,
                -- What has not begun has no workspace, and can begin anywhere.
                host_id = CASE WHEN started_at IS NULL THEN NULL ELSE host_id END
            WHERE run_id = :run AND epoch = :epoch AND owner_node = :node AND inbox_seq = :seen
            """)
                .param("run", lease.runId().value())
                .param("epoch", lease.epoch())
                .param("node", lease.node())
                .param("seen", seenInbox)
                .param("due", due == null ? null : Timestamp.from(due), Types.TIMESTAMP)
                .update()));
        return released == 1;
    }

    /** Lets a run go whatever is in its inbox; it is claimed again at {@code due}. */
    public void giveUp(RunLease lease, Instant due) {
        Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            UPDATE run_live SET owner_node = NULL, control_due = :due
            WHERE run_id = :run AND epoch = :epoch AND owner_node = :node
            """)
                .param("run", lease.runId().value())
                .param("epoch", lease.epoch())
                .param("node", lease.node())
                .param("due", Timestamp.from(due))
                .update()));
    }

    /**
     * Lets a pending run go that may not start yet. It stays what it waited for, and is claimed again when that is over.
     *
     * @param seenInbox the last command its owner knows of; with a newer one the run stays
     * @param due when it wants attention before; null: never
     * @return whether it was let go
     */
    public boolean putBack(RunLease lease, long seenInbox, @Nullable Instant due) {
        return Tenancy.allTenants(() -> Boolean.TRUE.equals(transactions.execute(transaction -> {
            boolean released = release(lease, seenInbox, due);
            if (released) {
                slots.lookAgain(lease.runId());
            }
            return released;
        })));
    }

    /** Where an owned run stands in the database; empty where the lease is lost. */
    public Optional<Stored> stored(RunLease lease) {
        return Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            SELECT l.last_seq, l.inbox_seq, l.state, l.started_at, r.parent_run_id, r.parent_step_id,
                   EXISTS (SELECT 1 FROM step_attempt a
                           WHERE a.run_id = l.run_id AND a.finished_at IS NULL) AS attempts_under_way,
                   EXISTS (SELECT 1 FROM run c JOIN run_live cl ON cl.run_id = c.run_id
                           WHERE c.tenant = r.tenant AND c.parent_run_id = l.run_id) AS children_under_way
            FROM run_live l JOIN run r ON r.run_id = l.run_id
            WHERE l.run_id = :run AND l.epoch = :epoch AND l.owner_node = :node
            """)
                .param("run", lease.runId().value())
                .param("epoch", lease.epoch())
                .param("node", lease.node())
                .query((row, number) -> new Stored(
                        row.getLong("last_seq"),
                        row.getLong("inbox_seq"),
                        RunState.of(row.getString("state")),
                        row.getTimestamp("started_at") == null
                                ? null
                                : row.getTimestamp("started_at").toInstant(),
                        row.getBoolean("attempts_under_way"),
                        row.getBoolean("children_under_way"),
                        ClaimedRuns.parent(row)))
                .optional()));
    }

    /** The commands a run's owner has not acted on yet, in their order. */
    public List<RunCommand> inbox(RunId runId, long after) {
        return Tenancy.allTenants(() -> transactions.execute(transaction -> claimedRuns.inbox(runId, after)));
    }

    /** The last pause or resume that an owner has acted on, up to a command; empty: nobody has paused the run. */
    public Optional<RunCommand> hold(RunId runId, long upTo) {
        return Tenancy.allTenants(() -> transactions.execute(transaction -> recall.hold(runId, upTo)));
    }

    /** The first cancel in a run's inbox. */
    public Optional<RunCommand> cancel(RunId runId) {
        return Tenancy.allTenants(() -> transactions.execute(transaction -> recall.cancel(runId)));
    }

    /**
     * The first signal of a name that no step has got.
     *
     * @param upTo of those up to this command
     * @param taken how many of them steps have got
     */
    public Optional<RunCommand> signal(RunId runId, String name, long upTo, long taken) {
        return Tenancy.allTenants(() -> transactions.execute(transaction -> recall.signal(runId, name, upTo, taken)));
    }

    /** The updates that an owner was told of, up to a command, and that are not answered. */
    public List<OpenUpdate> updates(RunId runId, long upTo) {
        return Tenancy.allTenants(() -> transactions.execute(transaction -> recall.updates(runId, upTo)));
    }

    /** Which of a node's runs have commands waiting. */
    public List<RunId> withWaitingCommands(UUID node) {
        return Tenancy.allTenants(() -> transactions.execute(transaction -> client
                .sql("SELECT run_id FROM run_live WHERE owner_node = :node AND inbox_seq > inbox_done")
                .param("node", node)
                .query(RunQueue::id)
                .list()
                .stream()
                .map(RunId::new)
                .toList()));
    }

    /** Which of these runs are still under way, whoever drives them. */
    public Collection<RunId> live(Collection<RunId> candidates) {
        UUID[] ids = candidates.stream().map(RunId::value).toArray(UUID[]::new);
        return Tenancy.allTenants(() -> transactions.execute(transaction -> client
                .sql("SELECT run_id FROM run_live WHERE run_id = ANY (:ids)")
                .param("ids", ids)
                .query(RunQueue::id)
                .list()
                .stream()
                .map(RunId::new)
                .toList()));
    }

    /** Which of these runs have their workspace on this host. */
    public Collection<RunId> withWorkspaceOn(UUID host, Collection<RunId> candidates) {
        UUID[] ids = candidates.stream().map(RunId::value).toArray(UUID[]::new);
        return Tenancy.allTenants(() -> transactions.execute(transaction -> client
                .sql("SELECT run_id FROM run_live WHERE run_id = ANY (:ids) AND host_id = :host")
                .param("ids", ids)
                .param("host", host)
                .query(RunQueue::id)
                .list()
                .stream()
                .map(RunId::new)
                .toList()));
    }

    /**
     * Keeps how an attempt ended for somebody who had lost the run by then, where nothing better is known. For people to
     * read; it decides nothing.
     */
    public void keepLate(RunId runId, String stepId, int attempt, LateResult late) {
        int _ = Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            UPDATE step_attempt SET late_result = :late
            WHERE run_id = :run AND step_id = :step AND attempt = :attempt
              AND exit_code IS NULL AND late_result IS NULL
            """)
                .param("late", Jsonb.parameter(late.json()))
                .param("run", runId.value())
                .param("step", stepId)
                .param("attempt", attempt)
                .update()));
    }

    /** What a run waits for; empty where it is not pending, or somebody has it already. */
    public Optional<QueuePlace> place(RunId runId) {
        return places.of(runId);
    }

    /** Puts right now and then what nobody should have left wrong, such as a slot without a run. */
    public void sweep() {
        sweep.now();
        circles.lookAgain();
    }

    /**
     * The concurrency key that a run waits for in vain, where it has to give way: it and others would wait for each other's
     * keys for ever. Empty for all others. Waits for a moment, as others that ask meanwhile are told by the same look.
     */
    public Optional<String> keyToGiveUp(RunLease lease) {
        return circles.keyToGiveUp(lease.runId());
    }

    private Optional<Boolean> finishedBy(RunCommit commit) {
        return Tenancy.allTenants(() -> transactions.execute(
                        transaction -> client.sql("SELECT last_seq FROM run WHERE run_id = :run AND status IS NOT NULL")
                                .param("run", commit.lease().runId().value())
                                .query(Long.class)
                                .optional()))
                .filter(last -> last == commit.lastSeq())
                .map(last -> true);
    }

    private static UUID id(ResultSet row, int number) throws SQLException {
        return row.getObject("run_id", UUID.class);
    }

    /**
     * Where a run stands in the database.
     *
     * @param attemptsUnderWay whether something of it may be alive
     * @param childrenUnderWay whether a run that it has started has not ended
     * @param parent what has started it; null: somebody has submitted it
     */
    public record Stored(
            long lastSeq,
            long inboxSeq,
            RunState state,
            @Nullable Instant startedAt,
            boolean attemptsUnderWay,
            boolean childrenUnderWay,
            @Nullable ParentStep parent) {}

    /** What became of a commit. */
    public enum Written {
        WRITTEN,
        /** Another owner has the run, or it is gone. */
        LEASE_LOST,
        /** The run cannot end, because a command came in that its owner has not seen. */
        INBOX_CHANGED
    }
}
