package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Finds runs that would wait for each other's concurrency keys for ever: a run that holds a key and waits for one beneath
 * it waits for whoever holds the key that this one waits for. Where that leads back to itself, some have to give way. It
 * is looked for now and then; whether it is so is asked again by whoever drives one of these. A server looks once at a
 * time, on a thread that nothing else depends on.
 */
@Component
class KeyCircles implements DisposableBean {

    private static final Logger log = LoggerFactory.getLogger(KeyCircles.class);

    /** Who waits for less has not waited for long enough to be looked after. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final Duration REST = Duration.ofSeconds(2);

    /** Looking takes no more than one part in so many of the time. */
    private static final int SHARE = 50;

    /** Those that were woken together are claimed and ask within about this time. */
    private static final Duration GATHERING = Duration.ofMillis(200);

    private static final Duration PATIENCE_WITH_A_LOOK = Duration.ofSeconds(3);

    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final ApplicationEventPublisher events;
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("key circles").factory());
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile long next = System.nanoTime();

    /** The key of each run that has to give way, by a look that has not begun yet; null: nobody has asked for one. */
    private @Nullable CompletableFuture<Map<UUID, String>> coming;

    KeyCircles(JdbcClient client, TransactionTemplate transactions, ApplicationEventPublisher events) {
        this.client = client;
        this.transactions = transactions;
        this.events = events;
    }

    /** Looks soon, if that is a while ago on this server, and wakes the runs that have to give way; waits for nothing. */
    void lookAgain() {
        if (System.nanoTime() - next >= 0 && looking.compareAndSet(false, true)) {
            looks.execute(this::look);
        }
    }

    /**
     * The key that a run waits for in vain, where it has to give way as things stand now. All who ask at about the same
     * time share a look, which begins when they have asked. Empty, too, where it fails: a later one wakes the run again.
     */
    Optional<String> keyToGiveUp(RunId run) {
        return Optional.ofNullable(coming().join().get(run.value()));
    }

    /** A look takes no longer than the database lets it, and whoever has asked is answered. */
    @Override
    public void destroy() throws InterruptedException {
        looks.shutdown();
        if (!looks.awaitTermination(PATIENCE_WITH_A_LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
            var _ = looks.shutdownNow();
        }
    }

    private synchronized CompletableFuture<Map<UUID, String>> coming() {
        CompletableFuture<Map<UUID, String>> shared = coming;
        if (shared == null) {
            CompletableFuture<Map<UUID, String>> fresh = new CompletableFuture<>();
            var _ = looks.schedule(() -> answer(fresh), GATHERING.toMillis(), TimeUnit.MILLISECONDS);
            coming = fresh;
            shared = fresh;
        }
        return shared;
    }

    private void answer(CompletableFuture<Map<UUID, String>> asked) {
        synchronized (this) {
            // Who asks from now on may have been woken after this look.
            coming = null;
        }
        Map<UUID, String> keys = Map.of();
        try {
            keys = within(this::givingWay).stream()
                    .collect(Collectors.toMap(KeyWait::waiting, KeyWait::key, (one, _) -> one));
        } catch (RuntimeException e) {
            log.debug("Whether runs wait for each other's concurrency keys could not be seen", e);
        } finally {
            asked.complete(keys);
        }
    }

    private void look() {
        long begun = System.nanoTime();
        try {
            within(this::wake).forEach(run -> {
                log.info(
                        "{} gives way: it and others would wait for each other's concurrency keys for ever",
                        new RunId(run));
                events.publishEvent(new RunNeedsAttention(new RunId(run)));
            });
        } catch (RuntimeException e) {
            log.debug("Runs that wait for each other's concurrency keys could not be looked for", e);
        } finally {
            long ended = System.nanoTime();
            next = ended + Math.max(REST.toNanos(), SHARE * (ended - begun));
            looking.set(false);
        }
    }

    private <T> List<T> within(Supplier<List<T>> work) {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(_ -> {
            prepare();
            return work.get();
        })));
    }

    /**
     * From one row to the next along the indexes, whatever the statistics say: they are late for slots, and a scan of the
     * steps would go through all there ever were.
     */
    private void prepare() {
        client.sql("""
            SELECT set_config('statement_timeout', '2s', true), set_config('jit', 'off', true),
                   set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
                   set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
            """).query((row, number) -> true).list();
    }

    /** Of those that somebody holds right now, the next look finds what is left. */
    private List<UUID> wake() {
        boolean anyoneWaits = client.sql("SELECT EXISTS (SELECT 1 FROM run_slot WHERE state = 'parked')")
                .query(Boolean.class)
                .single();
        List<KeyWait> givingWay = anyoneWaits ? givingWay() : List.of();
        if (givingWay.isEmpty()) {
            return List.of();
        }
        return client.sql("""
            UPDATE run_live SET control_due = now()
            WHERE run_id = ANY (ARRAY (
                SELECT run_id FROM run_live
                WHERE run_id = ANY (:runs) AND state = 'pending' AND owner_node IS NULL
                FOR UPDATE SKIP LOCKED))
            RETURNING run_id
            """)
                .param("runs", givingWay.stream().map(KeyWait::waiting).toArray(UUID[]::new))
                .query((row, number) -> row.getObject("run_id", UUID.class))
                .list();
    }

    /**
     * From those who hold keys down to those who wait for one: there are fewer of them than there may be in line. The
     * offsets of nothing keep this order, and keep a run's slots from being looked up among all that are parked.
     */
    private List<KeyWait> givingWay() {
        return KeyWait.givingWay(client.sql("""
            WITH RECURSIVE holder AS (
                SELECT DISTINCT h.run_id
                FROM run_slot h CROSS JOIN LATERAL (
                    SELECT 1 FROM run_live l
                    WHERE l.run_id = h.run_id AND l.state = 'waiting' AND l.inbox_seq = l.inbox_done OFFSET 0) waits
                WHERE h.state = 'held'
            ), below AS (
                SELECT run_id AS above, run_id FROM holder
                UNION
                SELECT b.above, s.child_run_id
                FROM below b CROSS JOIN LATERAL (
                    SELECT child_run_id FROM step
                    WHERE run_id = b.run_id AND status = 'waiting' AND child_run_id IS NOT NULL OFFSET 0) s
            )
            SELECT b.above, p.run_id, p.key, p.key_limit,
                   ARRAY (SELECT h.run_id FROM run_slot h
                          WHERE h.tenant = p.tenant AND h.key = p.key AND h.state = 'held') AS holders
            FROM below b CROSS JOIN LATERAL (
                SELECT run_id, tenant, key, key_limit, state FROM run_slot WHERE run_id = b.run_id OFFSET 0) p
            CROSS JOIN LATERAL (
                SELECT 1 FROM run_live l
                WHERE l.run_id = p.run_id AND l.state = 'pending'
                  AND l.ready_at < now() - make_interval(secs => :patience) OFFSET 0) waits
            WHERE p.state = 'parked'
            """)
                .param("patience", PATIENCE.toSeconds())
                .query((row, number) -> new KeyWait(
                        row.getObject("above", UUID.class),
                        row.getObject("run_id", UUID.class),
                        row.getString("key"),
                        row.getInt("key_limit"),
                        Arrays.stream((UUID[]) row.getArray("holders").getArray())
                                .collect(Collectors.toSet())))
                .list());
    }
}
