package io.yardmaster.events;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.springframework.transaction.support.TransactionTemplate;

/** Carries one run's log to one reader, from a cursor to the end: what is stored and what comes are the same to it. */
final class RunStream {

    private static final int BATCH = 256;
    private static final int WRITE_SIZE = 64 * 1024;

    private final RunId runId;
    private final Tenant tenant;
    private final EventFilter filter;
    private final StreamFormat format;
    private final EventLog log;
    private final TransactionTemplate transactions;
    private final RunFeed feed;
    private final StreamWriter writer;
    private final BooleanSupplier draining;
    private long cursor;

    RunStream(
            RunId runId,
            Tenant tenant,
            long afterSeq,
            EventFilter filter,
            StreamFormat format,
            EventLog log,
            TransactionTemplate transactions,
            RunFeed feed,
            StreamWriter writer,
            BooleanSupplier draining) {
        this.runId = runId;
        this.tenant = tenant;
        this.cursor = afterSeq;
        this.filter = filter;
        this.format = format;
        this.log = log;
        this.transactions = transactions;
        this.feed = feed;
        this.writer = writer;
        this.draining = draining;
    }

    /** Returns when the stream is over; throws when the reader has gone. */
    void carry() throws IOException, InterruptedException {
        writer.open();
        boolean caughtUp = false;
        while (true) {
            long rung = feed.bell().count();
            List<LoggedEvent> news = caughtUp ? fromFeed() : fromLog();
            if (!news.isEmpty()) {
                if (send(news)) {
                    writer.end(StreamEnd.RUN_FINISHED, runId, cursor);
                    return;
                }
                // A page from the stored log may be followed by another one.
                continue;
            }
            if (!caughtUp && hasEnded()) {
                writer.end(StreamEnd.RUN_FINISHED, runId, cursor);
                return;
            }
            caughtUp = true;
            if (draining.getAsBoolean()) {
                writer.end(StreamEnd.SERVER_DRAINING, runId, cursor);
                return;
            }
            if (writer.isExpired()) {
                writer.end(StreamEnd.TOKEN_EXPIRED, runId, cursor);
                return;
            }
            // Where nobody rang, the run may be driven by another server, which rings elsewhere.
            caughtUp = feed.bell().awaitAfter(rung, writer.patience());
            writer.keepAliveIfDue();
        }
    }

    private List<LoggedEvent> fromFeed() {
        Optional<List<LoggedEvent>> news = feed.after(cursor, BATCH);
        return news.isPresent() ? news.get() : fromLog();
    }

    private List<LoggedEvent> fromLog() {
        return Tenancy.call(tenant, () -> transactions.execute(transaction -> log.read(runId, cursor, BATCH)));
    }

    /** Whether nothing can follow the cursor, because the log ends there. */
    private boolean hasEnded() {
        return Tenancy.call(
                tenant, () -> Boolean.TRUE.equals(transactions.execute(transaction -> log.endsAt(runId, cursor))));
    }

    /** Whether the log ended with these. */
    private boolean send(List<LoggedEvent> events) throws IOException {
        StringBuilder text = new StringBuilder();
        for (LoggedEvent event : events) {
            cursor = event.seq();
            if (filter.matches(event)) {
                text.append(format.event(event, Long.toString(event.seq())));
            }
            if (text.length() >= WRITE_SIZE) {
                writer.write(text.toString());
                text.setLength(0);
            }
        }
        if (!text.isEmpty()) {
            writer.write(text.toString());
        }
        return events.getLast().endsTheLog();
    }
}
