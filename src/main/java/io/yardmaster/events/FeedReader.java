package io.yardmaster.events;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Brings feeds up to date from the stored log, a few at a time: many at once would take all connections. */
@Component
class FeedReader implements DisposableBean {

    private static final Logger log = LoggerFactory.getLogger(FeedReader.class);
    private static final int AT_ONCE = 4;

    private final EventLog eventLog;
    private final TransactionTemplate transactions;
    private final ExecutorService threads = Executors.newFixedThreadPool(
            AT_ONCE, Thread.ofVirtual().name("feeds ", 0).factory());

    FeedReader(EventLog eventLog, TransactionTemplate transactions) {
        this.eventLog = eventLog;
        this.transactions = transactions;
    }

    /** Soon. */
    void catchUp(RunFeed feed) {
        threads.execute(() -> read(feed));
    }

    @Override
    public void destroy() {
        threads.shutdownNow();
    }

    private void read(RunFeed feed) {
        try {
            long after = feed.beginCatchingUp();
            Grown grown;
            do {
                grown = grown(feed.runId(), after);
                List<LogEntry> entries =
                        grown.batch().pieces().stream().map(Piece::entry).toList();
                if (!entries.isEmpty()) {
                    feed.publish(entries);
                }
                if (grown.end() < after) {
                    feed.removed();
                }
                after = grown.batch().through();
            } while (after < grown.end());
        } catch (RuntimeException e) {
            log.debug("The log of {} could not be read for those who read along", feed.runId(), e);
        } finally {
            feed.endCatchingUp();
        }
    }

    private Grown grown(RunId runId, long after) {
        // Each reader was let in for his own tenant.
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(transaction -> {
            long end = eventLog.end(runId);
            return new Grown(eventLog.read(runId, after, end, EventFilter.ALL), end);
        })));
    }

    private record Grown(Batch batch, long end) {}
}
