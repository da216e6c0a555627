package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.UpdateId;
import io.yardmaster.wakeups.News;
import io.yardmaster.wakeups.Wakeups;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Everybody here who waits for an update to be answered. Waiting takes a little memory, and no thread. What is answered
 * on another server shows as something new in its run's log.
 */
@Component
public class UpdateEnds implements SmartLifecycle, DisposableBean {

    private static final Logger log = LoggerFactory.getLogger(UpdateEnds.class);

    private final Map<UpdateId, Set<Waiting>> waiting = new ConcurrentHashMap<>();
    private final Map<RunId, Set<Waiting>> waitingByRun = new ConcurrentHashMap<>();
    /** The runs somebody waits for that have grown since the last look. */
    private final Set<RunId> grown = ConcurrentHashMap.newKeySet();

    private final AtomicBoolean anything = new AtomicBoolean();
    private final UpdateMeters meters;
    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final Wakeups wakeups;
    private final Semaphore bell = new Semaphore(0);
    private final Thread thread = Thread.ofVirtual().name("updates elsewhere").unstarted(this::watch);
    private volatile boolean running = true;

    UpdateEnds(UpdateMeters meters, JdbcClient client, TransactionTemplate transactions, Wakeups wakeups) {
        this.meters = meters;
        this.client = client;
        this.transactions = transactions;
        this.wakeups = wakeups;
        thread.start();
    }

    /**
     * Waits for an update's end. Look at it once more after this: it may have ended just before.
     *
     * @return whether it has ended; false when the time is over, or the server stops. To complete it ends the wait
     */
    public CompletableFuture<Boolean> await(RunId runId, UpdateId id, Duration atMost) {
        Waiting one = new Waiting(id, new CompletableFuture<>());
        add(waiting, id, one);
        add(waitingByRun, runId, one);
        var _ = one.end().whenComplete((ended, fault) -> {
            remove(waiting, id, one);
            remove(waitingByRun, runId, one);
        });
        if (!running) {
            one.end().complete(false);
        }
        return one.end().completeOnTimeout(false, atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Tells who waits for this update that it has ended, once that is durable. */
    public void ended(UpdateId id, UpdateStatus status, Duration took) {
        meters.ended(status, took);
        ended(List.of(id));
    }

    private void ended(Collection<UpdateId> ids) {
        for (UpdateId id : ids) {
            for (Waiting one : waiting.getOrDefault(id, Set.of())) {
                one.end().complete(true);
            }
        }
    }

    private static <K> void add(Map<K, Set<Waiting>> map, K key, Waiting one) {
        map.compute(key, (_, others) -> {
            Set<Waiting> all = others == null ? ConcurrentHashMap.newKeySet(1) : others;
            all.add(one);
            return all;
        });
    }

    private static <K> void remove(Map<K, Set<Waiting>> map, K key, Waiting one) {
        map.computeIfPresent(key, (_, all) -> {
            all.remove(one);
            return all.isEmpty() ? null : all;
        });
    }

    @EventListener
    void heard(News news) {
        if (waiting.isEmpty()) {
            return;
        }
        boolean ofInterest = news.unknown();
        if (news.unknown()) {
            anything.set(true);
        }
        for (RunId runId : news.grown()) {
            if (waitingByRun.containsKey(runId)) {
                grown.add(runId);
                ofInterest = true;
            }
        }
        if (ofInterest) {
            bell.release();
        }
    }

    private void watch() {
        try {
            long lookedAtAll = System.nanoTime();
            while (true) {
                var _ = bell.tryAcquire(wakeups.patience().toMillis(), TimeUnit.MILLISECONDS);
                bell.drainPermits();
                // News may be lost, also while others come all the time.
                boolean atAll = anything.getAndSet(false)
                        || System.nanoTime() - lookedAtAll >= wakeups.patience().toNanos();
                List<RunId> news = List.copyOf(grown);
                news.forEach(grown::remove);
                if (atAll) {
                    lookedAtAll = System.nanoTime();
                    look(waiting.keySet().stream());
                } else {
                    look(news.stream()
                            .flatMap(runId -> waitingByRun.getOrDefault(runId, Set.of()).stream())
                            .map(Waiting::id)
                            .distinct());
                }
            }
        } catch (InterruptedException e) {
            // The server stops.
        }
    }

    private void look(Stream<UpdateId> ids) {
        UUID[] awaited = ids.map(UpdateId::value).toArray(UUID[]::new);
        if (awaited.length == 0) {
            return;
        }
        try {
            List<UUID> found = Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql(
                            "SELECT update_id FROM run_update WHERE update_id = ANY (:ids) AND status <> 'pending'")
                    .param("ids", awaited)
                    .query(UUID.class)
                    .list()));
            ended(found == null ? List.of() : found.stream().map(UpdateId::new).toList());
        } catch (RuntimeException e) {
            log.debug("It could not be seen which updates have ended", e);
        }
    }

    @Override
    public void start() {
        running = true;
    }

    /** Answers everybody, before the server stops taking requests and waits for those under way. */
    @Override
    public void stop() {
        running = false;
        waiting.values().forEach(all -> all.forEach(one -> one.end().complete(false)));
    }

    @Override
    public void destroy() {
        thread.interrupt();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        // After the time in which a server that stops only says so.
        return Integer.MAX_VALUE - 1;
    }

    /** One who waits. Two are never the same, as their futures are not. */
    private record Waiting(UpdateId id, CompletableFuture<Boolean> end) {}
}
