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
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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

    private final Map<Waiting, UpdateId> waiting = new ConcurrentHashMap<>();
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
        Waiting one = new Waiting(runId, new CompletableFuture<>());
        waiting.put(one, id);
        var _ = one.end().whenComplete((ended, fault) -> waiting.remove(one));
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
        waiting.forEach((one, id) -> {
            if (ids.contains(id)) {
                one.end().complete(true);
            }
        });
    }

    @EventListener
    void heard(News news) {
        if (!waiting.isEmpty()
                && (news.unknown()
                        || waiting.keySet().stream()
                                .anyMatch(one -> news.grown().contains(one.runId())))) {
            bell.release();
        }
    }

    private void watch() {
        try {
            while (true) {
                var _ = bell.tryAcquire(wakeups.patience().toMillis(), TimeUnit.MILLISECONDS);
                bell.drainPermits();
                look();
            }
        } catch (InterruptedException e) {
            // The server stops.
        }
    }

    private void look() {
        UUID[] awaited =
                waiting.values().stream().map(UpdateId::value).distinct().toArray(UUID[]::new);
        if (awaited.length == 0) {
            return;
        }
        try {
            List<UUID> found = Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql(
                            "SELECT update_id FROM run_update WHERE update_id = ANY (:ids) AND status <> 'pending'")
                    .param("ids", awaited)
                    .query(UUID.class)
                    .list()));
            ended(found == null ? List.of() : found.stream().map(UpdateId::new).collect(Collectors.toSet()));
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
        waiting.keySet().forEach(one -> one.end().complete(false));
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
    private record Waiting(RunId runId, CompletableFuture<Boolean> end) {}
}
