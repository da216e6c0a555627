package io.yardmaster.engine;

import io.yardmaster.approvals.Approvals;
import io.yardmaster.database.DatabaseFault;
import io.yardmaster.events.EventType;
import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.ChildRuns;
import io.yardmaster.runs.DatabaseClock;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import io.yardmaster.runs.RunCommit;
import io.yardmaster.runs.RunLease;
import io.yardmaster.runs.RunQueue;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.RunTransition;
import io.yardmaster.runs.RunUpdates;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Runs whose driver failed through no fault of theirs. Such a run is let go and taken up again, which is all it needs
 * where the database was away; one that breaks its driver again and again is failed.
 */
@Component
class BrokenRuns {

    private static final Logger log = LoggerFactory.getLogger(BrokenRuns.class);
    private static final int CHANCES = 3;
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int LONGEST = 60;

    private final RunQueue queue;
    private final Journal journal;
    private final Approvals approvals;
    private final RunUpdates updates;
    private final ChildRuns children;
    private final DatabaseClock clock;
    private final EngineMeters meters;
    private final Map<RunId, Integer> faults = new ConcurrentHashMap<>();
    /** How often in a row something passing was in a run's way that may concern no other run. */
    private final Map<RunId, Integer> obstacles = new ConcurrentHashMap<>();
    /** Whose children were told to end. */
    private final Set<RunId> askedChildren = ConcurrentHashMap.newKeySet();

    BrokenRuns(
            RunQueue queue,
            Journal journal,
            Approvals approvals,
            RunUpdates updates,
            ChildRuns children,
            DatabaseClock clock,
            EngineMeters meters) {
        this.queue = queue;
        this.journal = journal;
        this.approvals = approvals;
        this.updates = updates;
        this.children = children;
        this.clock = clock;
        this.meters = meters;
    }

    /** Lets the run go, however long the database is away; or fails it. Returns when that is durable. */
    void leave(RunLease lease, RuntimeException fault) {
        try (var _ = LogContext.of(lease)) {
            letGo(lease, fault);
        }
    }

    /**
     * The run was taken for lost. It is let go where it still belongs to this server, for else nobody would go on with it:
     * a commit that does not follow the one before is refused as that of a late owner is.
     */
    void leaveIfStillHeld(RunLease lease) {
        try {
            queue.giveUp(lease, clock.instant().plus(PAUSE));
        } catch (RuntimeException e) {
            log.warn("Whether run {} is lost cannot be found out yet: {}", lease.runId(), e.getMessage());
            letGo(lease, e);
        }
    }

    private void letGo(RunLease lease, RuntimeException fault) {
        int count = isPassing(fault) ? 0 : faults.merge(lease.runId(), 1, Integer::sum);
        int pauses = count;
        if (fault instanceof UncheckedIOException && count == 0) {
            pauses = obstacles.merge(lease.runId(), 1, Integer::sum) - 1;
        }
        if (count == 0) {
            log.warn("Run {} is let go for a moment: {}", lease.runId(), fault.getMessage());
        } else {
            log.error("The driver of {} failed", lease.runId(), fault);
        }
        while (!letGoOrFail(lease, count, PAUSE.multipliedBy(Math.min(LONGEST, pauses + 1L)))) {
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** The run went well since. */
    void forget(RunId runId) {
        faults.remove(runId);
        obstacles.remove(runId);
        askedChildren.remove(runId);
    }

    /**
     * The database was away, or the disk was full: not the run's doing, and over some time. What is not there, or must not
     * be read, stays so.
     */
    private static boolean isPassing(RuntimeException fault) {
        if (fault instanceof UncheckedIOException io
                && (io.getCause() instanceof NoSuchFileException || io.getCause() instanceof AccessDeniedException)) {
            return false;
        }
        return fault instanceof UncheckedIOException || DatabaseFault.isPassing(fault);
    }

    private boolean letGoOrFail(RunLease lease, int count, Duration pause) {
        try {
            RunQueue.Stored stored = queue.stored(lease).orElseThrow(() -> new LeaseLostException(lease.runId()));
            // What may still be alive must be found again first, by a driver: a run has ended when nothing of it lives.
            if (count >= CHANCES && !stored.attemptsUnderWay()) {
                if (!stored.childrenUnderWay()) {
                    return fail(lease, stored);
                }
                endChildren(lease);
            }
            queue.giveUp(lease, clock.instant().plus(pause));
            return true;
        } catch (LeaseLostException e) {
            return true;
        } catch (RuntimeException e) {
            log.warn("Run {} cannot be let go yet: {}", lease.runId(), e.getMessage());
            return false;
        }
    }

    /** The run fails when they have ended, and looks for that each time it breaks its driver. They are asked once. */
    private void endChildren(RunLease lease) {
        if (askedChildren.add(lease.runId())) {
            try {
                children.cancelAll(
                        lease, "The run " + lease.runId() + " that has started this one cannot be driven any more.");
            } catch (RuntimeException e) {
                askedChildren.remove(lease.runId());
                throw e;
            }
        }
    }

    private boolean fail(RunLease lease, RunQueue.Stored stored) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        boolean cancelling = stored.state() == RunState.CANCELLING;
        RunState end = (cancelling ? RunTransition.CANCELLED_FOR_GOOD : RunTransition.FAIL).from(stored.state());
        Failure failure = cancelling
                ? Ending.cancelled("Cancelled.")
                : new Failure(
                        Category.SYSTEM,
                        "not-drivable",
                        "The server could not drive the run; its log says why.",
                        true,
                        null);
        Changes changes = new Changes();
        changes.event(EventType.RUN_FINISHED, now, null, EventData.runFinished(end, null, failure));
        changes.alongside(() -> approvals.withdraw(lease.runId(), now));
        changes.alongside(() -> updates.endAll(lease.runId(), now));
        boolean finished = new RunLog(lease, stored.lastSeq(), stored.inboxSeq(), journal, meters::ended)
                .commit(changes, new RunCommit.Finish(end, stored.startedAt(), now, null, failure, stored.parent()));
        if (finished) {
            forget(lease.runId());
        }
        return finished;
    }
}
