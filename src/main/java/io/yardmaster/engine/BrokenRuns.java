package io.yardmaster.engine;

import io.yardmaster.events.EventType;
import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.ClaimedRun;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import io.yardmaster.runs.RunCommit;
import io.yardmaster.runs.RunQueue;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.RunTransition;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Runs whose driver failed through no fault of theirs. Such a run is let go and taken up again, which is all it needs
 * where the database was away; one that breaks its driver again and again is failed.
 */
@Component
class BrokenRuns {

    private static final Logger log = LoggerFactory.getLogger(BrokenRuns.class);
    private static final int CHANCES = 3;
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final RunQueue queue;
    private final Journal journal;
    private final Clock clock;
    private final Map<RunId, Integer> faults = new ConcurrentHashMap<>();

    BrokenRuns(RunQueue queue, Journal journal, Clock clock) {
        this.queue = queue;
        this.journal = journal;
        this.clock = clock;
    }

    /** Lets the run go, however long the database is away; or fails it. Returns when that is durable. */
    void leave(ClaimedRun run, RuntimeException fault) {
        RunId runId = run.lease().runId();
        boolean databaseIsAway = fault instanceof DataAccessException || fault instanceof TransactionException;
        if (databaseIsAway) {
            log.warn("Run {} is let go for a moment: {}", runId, fault.getMessage());
        } else {
            log.error("The driver of {} failed", runId, fault);
        }
        int count = databaseIsAway ? 0 : faults.merge(runId, 1, Integer::sum);
        while (true) {
            try {
                if (count >= CHANCES) {
                    fail(run);
                    forget(runId);
                } else {
                    queue.giveUp(run.lease(), clock.instant().plus(PAUSE.multipliedBy(count + 1L)));
                }
                return;
            } catch (LeaseLostException e) {
                return;
            } catch (RuntimeException e) {
                log.warn("Run {} cannot be let go yet: {}", runId, e.getMessage());
                try {
                    Thread.sleep(PAUSE);
                } catch (InterruptedException interruption) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    /** The run went well since. */
    void forget(RunId runId) {
        faults.remove(runId);
    }

    private void fail(ClaimedRun run) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Failure failure = new Failure(
                Category.SYSTEM, "not-drivable", "The server could not drive the run; its log says why.", true, null);
        boolean cancelling = run.state() == RunState.CANCELLING;
        RunState end = (cancelling ? RunTransition.CANCELLED_FOR_GOOD : RunTransition.FAIL).from(run.state());
        Changes changes = new Changes();
        changes.event(EventType.RUN_FINISHED, now, null, EventData.runFinished(end, null, cancelling ? null : failure));
        RunQueue.Ends ends = queue.ends(run.lease())
                .orElseThrow(() -> new LeaseLostException(run.lease().runId()));
        RunLog ending = new RunLog(run.lease(), ends.lastSeq(), ends.inboxSeq(), journal);
        ending.commit(changes, new RunCommit.Finish(end, run.startedAt(), now, null, cancelling ? null : failure));
    }
}
