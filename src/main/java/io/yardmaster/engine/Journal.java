package io.yardmaster.engine;

import io.yardmaster.database.DatabaseFault;
import io.yardmaster.events.EventStreams;
import io.yardmaster.events.LogEntry;
import io.yardmaster.runs.AttemptRecord;
import io.yardmaster.runs.LateResult;
import io.yardmaster.runs.ParentStep;
import io.yardmaster.runs.RunCommit;
import io.yardmaster.runs.RunNeedsAttention;
import io.yardmaster.runs.RunQueue;
import io.yardmaster.runs.RunQueue.Written;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/**
 * Makes the progress of all runs of this server durable: what came in while one commit was under way is the next one. A
 * batch that fails is settled one by one, so that one bad row harms only its own run.
 */
@Component
class Journal {

    private static final Logger log = LoggerFactory.getLogger(Journal.class);
    private static final int BATCH = 512;
    private static final int CHANCES_TO_LOOK = 20;
    private static final int ENDS_OF_CHILDREN_AT_ONCE = 3;
    private static final Duration PAUSE_WITHOUT_DATABASE = Duration.ofMillis(250);

    private final RunQueue queue;
    private final EventStreams streams;
    private final EngineMeters meters;
    private final ApplicationEventPublisher events;
    private final Semaphore endsAtOnce = new Semaphore(ENDS_OF_CHILDREN_AT_ONCE);
    private final LinkedBlockingQueue<Pending> pending = new LinkedBlockingQueue<>();
    private volatile boolean closed;

    Journal(RunQueue queue, EventStreams streams, EngineMeters meters, ApplicationEventPublisher events) {
        this.queue = queue;
        this.streams = streams;
        this.meters = meters;
        this.events = events;
        meters.backlog(pending);
    }

    void start() {
        Thread.ofPlatform().name("journal").daemon().start(this::write);
    }

    /** What is not durable yet stays so: its runs go on from what is. */
    void close() {
        closed = true;
        pending.add(new Pending(Optional.empty(), new CompletableFuture<>()));
    }

    /** The future tells when the commit is durable and its readers were told. Commits of one run keep their order. */
    CompletableFuture<Written> submit(RunCommit commit) {
        CompletableFuture<Written> done = new CompletableFuture<>();
        pending.add(new Pending(Optional.of(commit), done));
        return done;
    }

    private void write() {
        List<Pending> batch = new ArrayList<>();
        while (!closed) {
            try {
                batch.add(pending.take());
                pending.drainTo(batch, BATCH - 1);
                batch.removeIf(one -> one.commit().isEmpty());
                writeInOrder(batch);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                log.error("The journal failed", e);
            } finally {
                batch.clear();
            }
        }
    }

    /** What ends a run is the last of it, so that this can come after all else. */
    private void writeInOrder(List<Pending> batch) throws InterruptedException {
        List<Pending> endsOfChildren =
                batch.stream().filter(one -> parent(one) != null).toList();
        batch.removeIf(one -> parent(one) != null);
        if (!batch.isEmpty()) {
            writeTogether(batch);
        }
        for (Pending end : endsOfChildren) {
            Thread.ofVirtual().name("end of a child").start(() -> writeAlone(end));
        }
    }

    /**
     * The end of a run that another one has started is told to that one, in the same commit, and so waits for whoever
     * holds that one, which may be a server that froze. Only a few others wait with it, which leaves the connections to
     * all else; nor can two servers, each holding a run, wait for each other's.
     */
    private void writeAlone(Pending end) {
        try {
            endsAtOnce.acquire();
            try {
                writeTogether(List.of(end));
            } finally {
                endsAtOnce.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.error("The journal failed", e);
        }
    }

    private static @Nullable ParentStep parent(Pending one) {
        RunCommit.Finish finish = one.commit().orElseThrow().finish();
        return finish == null ? null : finish.parent();
    }

    private void writeTogether(List<Pending> batch) throws InterruptedException {
        List<Written> written;
        try {
            written = meters.committing(
                    batch.size(),
                    () -> queue.commit(batch.stream()
                            .map(one -> one.commit().orElseThrow())
                            .toList()));
        } catch (RuntimeException e) {
            meters.batchFailed();
            log.debug("A batch of {} failed and is settled one by one", batch.size(), e);
            for (Pending one : batch) {
                settle(one);
            }
            return;
        }
        publish(batch, written);
        for (int i = 0; i < batch.size(); i++) {
            complete(batch.get(i), written.get(i));
        }
    }

    private void complete(Pending one, Written written) {
        if (written == Written.LEASE_LOST) {
            meters.commitRefused();
            try {
                keepLate(one.commit().orElseThrow());
            } catch (RuntimeException e) {
                log.warn("What a late owner had in hand is not kept: {}", e.getMessage());
            }
        }
        one.done().complete(written);
        ParentStep parent = parent(one);
        if (written == Written.WRITTEN && parent != null) {
            tell(parent);
        }
    }

    private void tell(ParentStep parent) {
        try {
            events.publishEvent(new RunNeedsAttention(parent.runId()));
        } catch (RuntimeException e) {
            // It is in its inbox, and found there at the next beat.
            log.error("Run {} could not be told of the end of a run that it has started", parent.runId(), e);
        }
    }

    private void keepLate(RunCommit refused) {
        for (AttemptRecord attempt : refused.attempts()) {
            LateResult.of(attempt)
                    .ifPresent(
                            late -> queue.keepLate(refused.lease().runId(), attempt.stepId(), attempt.attempt(), late));
        }
    }

    private void publish(List<Pending> batch, List<Written> written) {
        List<LogEntry> entries = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            if (written.get(i) == Written.WRITTEN) {
                entries.addAll(batch.get(i).commit().orElseThrow().entries());
            }
        }
        try {
            streams.publish(entries);
        } catch (RuntimeException e) {
            // It is durable, and readers find it there.
            log.error("Readers could not be told", e);
        }
    }

    /**
     * Finds out whether it is committed, and commits it if not, however long the database is away. Whatever else is in the
     * way breaks its run, once it is known that nothing was written.
     */
    private void settle(Pending one) throws InterruptedException {
        RunCommit commit = one.commit().orElseThrow();
        RuntimeException fault = null;
        int blind = 0;
        while (!closed) {
            try {
                Optional<Boolean> committed = queue.isCommitted(commit);
                if (fault != null && committed.equals(Optional.of(false))) {
                    refuse(one, fault);
                    return;
                }
                Written written = committed.isEmpty() ? Written.LEASE_LOST : committed.get() ? Written.WRITTEN : null;
                if (written == null) {
                    try {
                        written = queue.commit(List.of(commit)).getFirst();
                    } catch (RuntimeException e) {
                        if (!DatabaseFault.isPassing(e)) {
                            // It may have come after the commit.
                            fault = e;
                            continue;
                        }
                        throw e;
                    }
                }
                publish(List.of(one), List.of(written));
                complete(one, written);
                return;
            } catch (RuntimeException e) {
                if (!DatabaseFault.isPassing(e) && ++blind == CHANCES_TO_LOOK) {
                    // Its run is read again by another driver, and goes on from whatever is durable.
                    refuse(one, e);
                    return;
                }
                log.warn("The database does not answer; trying again: {}", e.getMessage());
                Thread.sleep(PAUSE_WITHOUT_DATABASE);
            }
        }
    }

    private static void refuse(Pending one, RuntimeException fault) {
        log.error(
                "What run {} did cannot be stored",
                one.commit().orElseThrow().lease().runId(),
                fault);
        one.done().completeExceptionally(fault);
    }

    private record Pending(Optional<RunCommit> commit, CompletableFuture<Written> done) {}
}
