package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.events.RunEnds;
import io.yardmaster.kernel.RunId;
import io.yardmaster.wakeups.News;
import io.yardmaster.wakeups.Wakeups;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Looks now and then whether a run that somebody waits for here has ended on another server. Mostly that server has said
 * so, and there is nothing to find.
 */
@Component
class EndsElsewhere implements DisposableBean {

    private static final Logger log = LoggerFactory.getLogger(EndsElsewhere.class);

    private final RunEnds ends;
    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final Wakeups wakeups;
    private final Semaphore bell = new Semaphore(0);
    private final Thread thread = Thread.ofVirtual().name("ends elsewhere").unstarted(this::watch);

    EndsElsewhere(RunEnds ends, JdbcClient client, TransactionTemplate transactions, Wakeups wakeups) {
        this.ends = ends;
        this.client = client;
        this.transactions = transactions;
        this.wakeups = wakeups;
        thread.start();
    }

    @EventListener
    void heard(News news) {
        if (news.unknown()) {
            bell.release();
        }
    }

    @Override
    public void destroy() {
        thread.interrupt();
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
