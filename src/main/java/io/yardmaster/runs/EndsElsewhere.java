package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.events.RunEnds;
import io.yardmaster.kernel.RunId;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Looks now and then whether a run that somebody waits for here has ended on another server. */
@Component
class EndsElsewhere implements DisposableBean {

    private static final Logger log = LoggerFactory.getLogger(EndsElsewhere.class);
    private static final long SECONDS = 1;

    private final RunEnds ends;
    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final ScheduledExecutorService clockwork = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("ends elsewhere").factory());

    EndsElsewhere(RunEnds ends, JdbcClient client, TransactionTemplate transactions) {
        this.ends = ends;
        this.client = client;
        this.transactions = transactions;
        var _ = clockwork.scheduleWithFixedDelay(this::look, SECONDS, SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void destroy() {
        clockwork.shutdownNow();
    }

    private void look() {
        Set<RunId> awaited = ends.awaited();
        if (awaited.isEmpty()) {
            return;
        }
        try {
            ended(awaited).forEach(id -> ends.ended(new RunId(id)));
        } catch (RuntimeException e) {
            log.debug("It could not be seen which runs have ended", e);
        }
    }

    private List<UUID> ended(Set<RunId> awaited) {
        return Tenancy.allTenants(() -> transactions.execute(
                transaction -> client.sql("SELECT run_id FROM run WHERE run_id = ANY (:ids) AND status IS NOT NULL")
                        .param("ids", awaited.stream().map(RunId::value).toArray(UUID[]::new))
                        .query(UUID.class)
                        .list()));
    }
}
