package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Finds runs that would wait for each other's concurrency keys for ever: a run that holds a key and waits for one beneath
 * it waits for whoever holds the key that this one waits for. Where that leads back to itself, one has to give way. It is
 * looked for now and then; whether it is so is asked again by whoever drives the one.
 */
@Component
class KeyCircles {

    private static final Logger log = LoggerFactory.getLogger(KeyCircles.class);

    /** Who waits for less has not waited for long enough to be looked after. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final Duration REST = Duration.ofSeconds(2);

    /** Looking takes no more than one part in so many of the time. */
    private static final int SHARE = 50;

    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final ApplicationEventPublisher events;
    private final AtomicLong next = new AtomicLong(System.nanoTime());

    KeyCircles(JdbcClient client, TransactionTemplate transactions, ApplicationEventPublisher events) {
        this.client = client;
        this.transactions = transactions;
        this.events = events;
    }

    /** Looks, if that is a while ago on this server, and wakes the runs that have to give way. */
    void now() {
        long begun = System.nanoTime();
        long due = next.get();
        if (begun - due < 0 || !next.compareAndSet(due, begun + REST.toNanos())) {
            return;
        }
        List<UUID> runs = Tenancy.allTenants(() -> transactions.execute(_ -> wake()));
        runs.forEach(run -> {
            log.info(
                    "{} gives way: it and others would wait for each other's concurrency keys for ever",
                    new RunId(run));
            events.publishEvent(new RunNeedsAttention(new RunId(run)));
        });
        next.set(System.nanoTime() + Math.max(REST.toNanos(), SHARE * (System.nanoTime() - begun)));
    }

    /** The key that a run waits for in vain, where it has to give way. */
    Optional<String> keyToGiveUp(RunId run) {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(_ -> givingWay().stream()
                .filter(wait -> wait.waiting().equals(run.value()))
                .map(KeyWait::key)
                .findFirst())));
    }

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
            WHERE run_id = ANY (:runs) AND state = 'pending' AND owner_node IS NULL
            RETURNING run_id
            """)
                .param("runs", givingWay.stream().map(KeyWait::waiting).toArray(UUID[]::new))
                .query((row, number) -> row.getObject("run_id", UUID.class))
                .list();
    }

    /** From those who hold keys down to those who wait for one: there are fewer of them than there may be in line. */
    private List<KeyWait> givingWay() {
        return KeyWait.givingWay(client.sql("""
            WITH RECURSIVE holder AS (
                SELECT DISTINCT h.run_id FROM run_slot h JOIN run_live l ON l.run_id = h.run_id
                WHERE h.state = 'held' AND l.state = 'waiting' AND l.inbox_seq = l.inbox_done
            ), below AS (
                SELECT run_id AS above, run_id FROM holder
                UNION
                SELECT b.above, s.child_run_id
                FROM below b JOIN step s ON s.run_id = b.run_id AND s.status = 'waiting' AND s.child_run_id IS NOT NULL
            )
            SELECT b.above, p.run_id, p.key, p.key_limit,
                   ARRAY (SELECT h.run_id FROM run_slot h
                          WHERE h.tenant = p.tenant AND h.key = p.key AND h.state = 'held') AS holders
            FROM below b JOIN run_slot p ON p.run_id = b.run_id AND p.state = 'parked'
                         JOIN run_live l ON l.run_id = p.run_id
            WHERE l.state = 'pending' AND l.ready_at < now() - make_interval(secs => :patience)
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
