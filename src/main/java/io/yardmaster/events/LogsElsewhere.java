package io.yardmaster.events;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.wakeups.News;
import io.yardmaster.wakeups.Wakeups;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Has the logs read that other servers append to and that are read along here: at once where the others say so, and now
 * and then without.
 */
@Component
class LogsElsewhere implements DisposableBean {

    private static final Logger log = LoggerFactory.getLogger(LogsElsewhere.class);

    private final Feeds feeds;
    private final AnyRun anyRun;
    private final RunEnds ends;
    private final EventLog eventLog;
    private final TransactionTemplate transactions;
    private final Wakeups wakeups;
    private final Bell lookNow = new Bell();
    private final Thread thread = Thread.ofVirtual().name("logs elsewhere").unstarted(this::look);

    LogsElsewhere(
            Feeds feeds,
            AnyRun anyRun,
            RunEnds ends,
            EventLog eventLog,
            TransactionTemplate transactions,
            Wakeups wakeups) {
        this.feeds = feeds;
        this.anyRun = anyRun;
        this.ends = ends;
        this.eventLog = eventLog;
        this.transactions = transactions;
        this.wakeups = wakeups;
        thread.start();
    }

    @EventListener
    void heard(News news) {
        feeds.of(news.grown()).forEach(RunFeed::grownElsewhere);
        if (!news.grown().isEmpty()) {
            anyRun.ring();
        }
        news.ended().forEach(ends::ended);
        if (news.unknown()) {
            lookNow.ring();
        }
    }

    @Override
    public void destroy() {
        thread.interrupt();
    }

    private void look() {
        try {
            while (true) {
                long rung = lookNow.count();
                var _ = lookNow.awaitAfter(rung, wakeups.patience());
                anyRun.ring();
                lookAtFeeds();
            }
        } catch (InterruptedException e) {
            // The server stops.
        }
    }

    private void lookAtFeeds() {
        List<RunFeed> begun =
                feeds.all().stream().filter(feed -> feed.end() > 0).toList();
        if (begun.isEmpty()) {
            return;
        }
        try {
            Map<RunId, Long> logEnds =
                    Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(transaction ->
                            eventLog.ends(begun.stream().map(RunFeed::runId).collect(Collectors.toSet())))));
            for (RunFeed feed : begun) {
                // It has grown, or was removed.
                if (logEnds.getOrDefault(feed.runId(), 0L) != feed.end()) {
                    feed.grownElsewhere();
                }
            }
        } catch (RuntimeException e) {
            log.debug("It could not be seen which logs have grown", e);
        }
    }
}
