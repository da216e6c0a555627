package io.yardmaster.artifacts;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Tenant;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Removes artifacts that are kept for long enough. Several servers may do so at the same time. */
@Component
class ArtifactRetention implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(ArtifactRetention.class);

    private final ArtifactProperties properties;
    private final ArtifactRemoval removal;
    private final ArtifactUsage usage;
    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final Clock clock;
    private final ScheduledExecutorService clockwork = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("artifact retention").factory());
    private volatile boolean running;

    ArtifactRetention(
            ArtifactProperties properties,
            ArtifactRemoval removal,
            ArtifactUsage usage,
            JdbcClient client,
            TransactionTemplate transactions,
            Clock clock) {
        this.properties = properties;
        this.removal = removal;
        this.usage = usage;
        this.client = client;
        this.transactions = transactions;
        this.clock = clock;
    }

    /** Removes all that is due. */
    void run() {
        try {
            Tenancy.allTenants(() -> transactions.execute(_ -> {
                usage.drawTogether();
                return true;
            }));
            tenants().forEach(this::remove);
        } catch (RuntimeException e) {
            log.warn("Artifacts that are old cannot be removed now: {}", e.getMessage());
        }
    }

    /** Those with artifacts, as far as anything of theirs can be due. */
    private Set<Tenant> tenants() {
        if (properties.keep().isZero()
                && properties.tenants().values().stream()
                        .noneMatch(one -> one.keep() != null && one.keep().isPositive())) {
            return Set.of();
        }
        return new HashSet<>(Objects.requireNonNull(Tenancy.allTenants(() ->
                transactions.execute(_ -> client.sql("SELECT DISTINCT tenant FROM artifact_usage")
                        .query((row, _) -> new Tenant(row.getString("tenant")))
                        .list()))));
    }

    private void remove(Tenant tenant) {
        Duration keep = properties.keep(tenant);
        if (keep.isZero()) {
            return;
        }
        // An id begins with the time in milliseconds.
        UUID oldest = new UUID(clock.instant().minus(keep).toEpochMilli() << 16, 0);
        int removed = removal.removeAll(
                () -> client.sql("""
                    DELETE FROM artifact WHERE artifact_id IN (
                        SELECT artifact_id FROM artifact WHERE tenant = :tenant AND artifact_id < :oldest
                        ORDER BY artifact_id LIMIT :most FOR UPDATE SKIP LOCKED)
                    RETURNING tenant, key, sha256
                    """).param("tenant", tenant.name()).param("oldest", oldest));
        if (removed > 0) {
            log.info("Removed {} artifacts of tenant {} that were older than {}", removed, tenant, keep);
        }
    }

    @Override
    public void start() {
        running = true;
        long every = properties.every().toMillis();
        var _ = clockwork.scheduleWithFixedDelay(this::run, every / 2, every, TimeUnit.MILLISECONDS);
    }

    @Override
    public void stop() {
        running = false;
        clockwork.shutdownNow();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Bytes of each tenant. */
    List<Used> used() {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(_ -> client.sql(
                        "SELECT tenant, sum(bytes) AS bytes FROM artifact_usage GROUP BY tenant ORDER BY 2 DESC")
                .query((row, _) -> new Used(new Tenant(row.getString("tenant")), row.getLong("bytes")))
                .list())));
    }

    record Used(Tenant tenant, long bytes) {}
}
