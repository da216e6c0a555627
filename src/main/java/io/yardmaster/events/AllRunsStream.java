package io.yardmaster.events;

import io.yardmaster.events.AllRunsLog.Batch;
import io.yardmaster.events.AllRunsLog.Positioned;
import io.yardmaster.kernel.Tenant;
import java.io.IOException;
import java.util.function.BooleanSupplier;

/** Carries the logs of all runs to one reader, from a position on. */
final class AllRunsStream {

    private final AllRunsFilter filter;
    private final Tenant tenant;
    private final AllRunsLog log;
    private final Bell anyRun;
    private final StreamWriter writer;
    private final BooleanSupplier draining;
    private AllRunsCursor cursor;

    AllRunsStream(
            AllRunsCursor after,
            AllRunsFilter filter,
            Tenant tenant,
            AllRunsLog log,
            Bell anyRun,
            StreamWriter writer,
            BooleanSupplier draining) {
        this.cursor = after;
        this.filter = filter;
        this.tenant = tenant;
        this.log = log;
        this.anyRun = anyRun;
        this.writer = writer;
        this.draining = draining;
    }

    /** Returns when the stream is over; throws when the reader has gone. */
    void carry() throws IOException, InterruptedException {
        writer.open();
        while (true) {
            long rung = anyRun.count();
            Batch batch = log.read(cursor, filter, tenant);
            cursor = batch.next();
            if (!batch.entries().isEmpty()) {
                send(batch);
                continue;
            }
            if (draining.getAsBoolean()) {
                writer.endAll(StreamEnd.SERVER_DRAINING);
                return;
            }
            if (writer.isExpired()) {
                writer.endAll(StreamEnd.TOKEN_EXPIRED);
                return;
            }
            anyRun.awaitAfter(rung, writer.patience());
            writer.keepAliveIfDue();
        }
    }

    private void send(Batch batch) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Positioned entry : batch.entries()) {
            if (filter.matches(entry.event())) {
                text.append(StreamFormat.SSE.event(
                        entry.event(), entry.cursor(cursor.system()).toString()));
            }
        }
        if (!text.isEmpty()) {
            writer.write(text.toString());
        }
    }
}
