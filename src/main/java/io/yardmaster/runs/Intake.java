package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.idempotency.Idempotency;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.NonTransientDataAccessException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes runs durable that were accepted: what came in while the commits before were under way is the next one. There is
 * no timer, so that who comes alone waits for nobody. Several commits may be under way, so that one is put together while
 * another waits for the disk. A batch that fails is tried again one by one, so that one bad row harms its own caller only.
 */
@Component
class Intake implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Intake.class);
    private static final int BATCH = 256;

    /** What a run takes besides its texts, and the least that a permit of the backlog stands for. */
    private static final int OVERHEAD = 8 * 1024;

    private static final int LARGEST_BATCH = 8 * 1024 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration PATIENCE_WITH_LOCKS = Duration.ofSeconds(10);

    private final NewRunWriter writer;
    private final TransactionTemplate transactions;
    private final IntakeMeters meters;
    private final IntakeProperties properties;
    private final LinkedBlockingQueue<Waiting> waiting = new LinkedBlockingQueue<>();
    private final Semaphore backlog;
    private final List<Thread> writers = new ArrayList<>();
    private volatile boolean running;

    Intake(NewRunWriter writer, TransactionTemplate transactions, IntakeMeters meters, IntakeProperties properties) {
        this.writer = writer;
        this.transactions = transactions;
        this.meters = meters;
        this.properties = properties;
        this.backlog = new Semaphore(
                Math.max(LARGEST_BATCH / OVERHEAD, (int) (properties.backlog().toBytes() / OVERHEAD)), true);
        meters.waiting(waiting);
    }

    /**
     * Returns when the run is durable.
     *
     * @throws ProblemException {@code run-already-exists}; {@code service-unavailable} where it could not be stored, or
     *     nobody knows whether it was
     */
    void store(NewRun run) {
        int permits = permits(run);
        if (!running || !backlog.tryAcquire(permits)) {
            throw ProblemException.of(
                    ProblemType.SERVICE_UNAVAILABLE,
                    "More runs come in than can be stored. Nothing was accepted; send it again in a moment.");
        }
        try {
            storeWithin(run, System.nanoTime());
        } finally {
            backlog.release(permits);
        }
    }

    private void storeWithin(NewRun run, long begun) {
        while (true) {
            Waiting mine = new Waiting(run);
            waiting.add(mine);
            try {
                var _ = mine.done().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
                return;
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof PessimisticLockingFailureException)) {
                    throw failure(Objects.requireNonNull(e.getCause()));
                }
                if (System.nanoTime() - begun > PATIENCE_WITH_LOCKS.toNanos()) {
                    throw run.answer() == null ? busyName(run) : Idempotency.inFlight();
                }
            } catch (TimeoutException e) {
                // It may be stored yet, should a writer have it.
                throw waiting.remove(mine) ? notStored() : unknown();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw unknown();
            }
        }
    }

    private static int permits(NewRun run) {
        return 1 + run.weight() / OVERHEAD;
    }

    private static RuntimeException failure(Throwable cause) {
        return cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
    }

    private static ProblemException busyName(NewRun run) {
        return ProblemException.of(
                ProblemType.SERVICE_UNAVAILABLE,
                "Another submission with the external_id " + run.view().externalId()
                        + " is still being stored. Send it again in a moment.");
    }

    private static ProblemException notStored() {
        return ProblemException.of(
                ProblemType.SERVICE_UNAVAILABLE,
                "The database cannot be reached. Nothing was accepted; send it again in a moment.");
    }

    private static ProblemException unknown() {
        return ProblemException.of(
                ProblemType.SERVICE_UNAVAILABLE,
                "The database was lost while the run was being stored, and it is not known whether it was. Send it"
                        + " again with the same Idempotency-Key or external_id; without one, look for it before you do.");
    }

    @Override
    public void start() {
        running = true;
        for (int i = 1; i <= properties.writers(); i++) {
            writers.add(Thread.ofPlatform().name("intake-" + i).daemon().start(this::write));
        }
    }

    /** Nobody submits any more, and nobody waits. */
    @Override
    public void stop() {
        running = false;
        writers.forEach(Thread::interrupt);
        for (Thread thread : writers) {
            try {
                thread.join(Duration.ofSeconds(10));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        writers.clear();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** After the web server has ended its requests. */
    @Override
    public int getPhase() {
        return 0;
    }

    private void write() {
        List<Waiting> batch = new ArrayList<>();
        while (running) {
            try {
                take(batch);
                writeTogether(batch);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | Error e) {
                log.error("The intake failed", e);
                batch.forEach(one -> one.done().completeExceptionally(e));
            } finally {
                batch.clear();
            }
        }
    }

    private void take(List<Waiting> batch) throws InterruptedException {
        Waiting next = waiting.take();
        int weight = 0;
        while (next != null) {
            batch.add(next);
            weight += next.run().weight();
            next = batch.size() < BATCH && weight < LARGEST_BATCH ? waiting.poll() : null;
        }
    }

    private void writeTogether(List<Waiting> batch) {
        try {
            complete(batch, insert(batch));
        } catch (DataAccessException | TransactionException e) {
            if (batch.size() == 1 || isAway(e)) {
                batch.forEach(one -> one.done().completeExceptionally(e));
            } else {
                log.debug("A batch of {} failed and is tried again one by one", batch.size(), e);
                meters.batchFailed();
                batch.forEach(one -> writeTogether(List.of(one)));
            }
        } catch (ProblemException e) {
            if (batch.size() == 1 || e.type() == ProblemType.SERVICE_UNAVAILABLE) {
                batch.forEach(one -> one.done().completeExceptionally(e));
            } else {
                // One of them is refused, and all were taken back with it.
                batch.forEach(one -> writeTogether(List.of(one)));
            }
        }
    }

    private Map<NewRun, RuntimeException> insert(List<Waiting> batch) {
        List<NewRun> runs = batch.stream().map(Waiting::run).toList();
        boolean[] committing = new boolean[1];
        try {
            return meters.committing(
                    runs.size(),
                    () -> Tenancy.allTenants(() -> Objects.requireNonNull(transactions.execute(_ -> {
                        Map<NewRun, RuntimeException> refused = writer.insert(runs);
                        committing[0] = true;
                        return refused;
                    }))));
        } catch (RuntimeException e) {
            if (committing[0]) {
                log.warn("It is not known whether {} runs were stored: {}", runs.size(), e.getMessage());
                throw unknown();
            }
            throw e;
        }
    }

    private static void complete(List<Waiting> batch, Map<NewRun, RuntimeException> refused) {
        for (Waiting one : batch) {
            RuntimeException why = refused.get(one.run());
            if (why == null) {
                if (one.run().answer() != null) {
                    one.run().answer().durable();
                }
                one.done().complete(one.run());
            } else {
                one.done().completeExceptionally(why);
            }
        }
    }

    /** Whether the next statement would fail like the last one. */
    private static boolean isAway(RuntimeException e) {
        return e instanceof TransactionException
                || e instanceof DataAccessResourceFailureException
                || !(e instanceof NonTransientDataAccessException || e instanceof PessimisticLockingFailureException);
    }

    /** Equal to itself only. */
    private static final class Waiting {

        private final NewRun run;
        private final CompletableFuture<NewRun> done = new CompletableFuture<>();

        Waiting(NewRun run) {
            this.run = run;
        }

        NewRun run() {
            return run;
        }

        CompletableFuture<NewRun> done() {
            return done;
        }
    }
}
