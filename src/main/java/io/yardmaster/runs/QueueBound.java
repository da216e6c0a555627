package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Keeps the queue from growing without end. Pending runs are counted now and then, not for each submission. */
@Component
class QueueBound {

    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final QueueProperties properties;
    private final QueueRoom all;
    private final Map<Tenant, QueueRoom> ofTenants = new ConcurrentHashMap<>();

    QueueBound(JdbcClient client, TransactionTemplate transactions, QueueProperties properties) {
        this.client = client;
        this.transactions = transactions;
        this.properties = properties;
        this.all = new QueueRoom(properties.maxPending(), this::pending);
    }

    /**
     * Does what puts one more run into the queue.
     *
     * @throws ProblemException {@code queue-full}
     */
    <T> T admit(Tenant tenant, Supplier<T> work) {
        QueueRoom own = ofTenants.computeIfAbsent(
                tenant, _ -> new QueueRoom(properties.maxPendingPerTenant(), () -> pending(tenant)));
        if (!own.enter()) {
            throw full("Your tenant has " + properties.maxPendingPerTenant()
                    + " runs that wait to be started, which is as many as it may have.");
        }
        try {
            if (!all.enter()) {
                throw full("All tenants together have " + properties.maxPending()
                        + " runs that wait to be started, which is as many as are taken.");
            }
            try {
                return work.get();
            } finally {
                all.leave();
            }
        } finally {
            own.leave();
        }
    }

    private static ProblemException full(String why) {
        return ProblemException.of(ProblemType.QUEUE_FULL, why + " Wait until some have started.")
                .retryAfter(Duration.ofSeconds(2));
    }

    private long pending() {
        return count(client.sql("""
            SELECT count(*) FROM (
                SELECT FROM run_live WHERE state = 'pending' AND owner_node IS NULL LIMIT :most) pending
            """).param("most", properties.maxPending()));
    }

    private long pending(Tenant tenant) {
        return count(client.sql("""
            SELECT count(*) FROM (
                SELECT FROM run_live WHERE tenant = :tenant AND state = 'pending' AND owner_node IS NULL
                LIMIT :most) pending
            """).param("tenant", tenant.name()).param("most", properties.maxPendingPerTenant()));
    }

    private long count(JdbcClient.StatementSpec statement) {
        return Tenancy.allTenants(() -> Objects.requireNonNull(
                transactions.execute(_ -> statement.query(Long.class).single())));
    }
}
