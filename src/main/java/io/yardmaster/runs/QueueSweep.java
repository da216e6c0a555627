package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The safety net under the queue. A run that ends gives its slots back in the same transaction, and whoever changes
 * something about a key leaves a note, so there is nothing to do here; if that is ever missed, it is not for long.
 */
@Component
class QueueSweep {

    private static final Logger log = LoggerFactory.getLogger(QueueSweep.class);
    private static final Duration REST = Duration.ofMinutes(1);

    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final AtomicLong last = new AtomicLong(System.nanoTime());

    QueueSweep(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
    }

    /** Sweeps, if that is a while ago on this server. */
    void now() {
        long before = last.get();
        if (System.nanoTime() - before >= REST.toNanos() && last.compareAndSet(before, System.nanoTime())) {
            var _ = sweep();
        }
    }

    /** Returns how many slots had no run. */
    int sweep() {
        int orphans = Tenancy.allTenants(() -> transactions.execute(transaction -> {
            if (!lockQueue()) {
                // Somebody is at it, or claims; there is always another time.
                return 0;
            }
            noteForgottenKeys();
            forgetIdleTenants();
            return freeSlotsWithoutRun();
        }));
        if (orphans > 0) {
            log.warn("{} slots of concurrency keys were held by no run and are free now", orphans);
        }
        return orphans;
    }

    private boolean lockQueue() {
        return client.sql("SELECT pg_try_advisory_xact_lock(hashtextextended('yardmaster.queue', 0))")
                .query(Boolean.class)
                .single();
    }

    private int freeSlotsWithoutRun() {
        return client.sql("""
            WITH freed AS (
                DELETE FROM run_slot s WHERE NOT EXISTS (SELECT 1 FROM run_live l WHERE l.run_id = s.run_id)
                RETURNING tenant, key, state
            ), noted AS (
                INSERT INTO slot_note (tenant, key) SELECT DISTINCT tenant, key FROM freed
            )
            SELECT count(*) FROM freed WHERE state = 'held'
            """).query(Integer.class).single();
    }

    /** Those that have a slot free and a run that waits for it: one look into the index for each key. */
    private void noteForgottenKeys() {
        client.sql("""
            WITH RECURSIVE found AS (
                (SELECT tenant, key FROM run_slot WHERE state = 'parked' ORDER BY tenant, key LIMIT 1)
                UNION ALL
                (SELECT next.tenant, next.key
                 FROM found CROSS JOIN LATERAL (
                     SELECT s.tenant, s.key FROM run_slot s
                     WHERE s.state = 'parked' AND (s.tenant, s.key) > (found.tenant, found.key)
                     ORDER BY s.tenant, s.key LIMIT 1) next)
            )
            INSERT INTO slot_note (tenant, key)
            SELECT f.tenant, f.key
            FROM found f CROSS JOIN LATERAL (
                SELECT p.key_limit FROM run_slot p
                WHERE p.tenant = f.tenant AND p.key = f.key AND p.state = 'parked'
                ORDER BY p.priority DESC, p.run_id LIMIT 1) head
            WHERE (SELECT count(*) FROM run_slot h
                   WHERE h.tenant = f.tenant AND h.key = f.key AND h.state = 'held') < head.key_limit
            """).update();
    }

    /** A tenant that stands behind the clock stands at the clock, and needs no row for it. */
    private void forgetIdleTenants() {
        client.sql("""
            DELETE FROM queue_turn idle USING queue_turn clock
            WHERE clock.tenant = '*' AND idle.tenant <> '*' AND idle.next_turn <= clock.next_turn
            """).update();
    }
}
