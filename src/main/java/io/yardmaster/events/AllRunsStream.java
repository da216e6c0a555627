package io.yardmaster.events;

import io.yardmaster.events.AllRunsLog.Batch;
import io.yardmaster.events.AllRunsLog.Positioned;
import io.yardmaster.kernel.Tenant;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Carries the logs of all runs to one reader, from a position on. */
final class AllRunsStream {

    private static final Duration GATHERING = Duration.ofMillis(20);

    /** When to look again for what an open transaction hides: most are over in some milliseconds. */
    private static final Duration SOON = Duration.ofMillis(20);

    private static final Duration LATER = Duration.ofSeconds(1);

    private static final int WRITE_SIZE = 64 * 1024;

    private final AllRunsFilter filter;
    private final Tenant tenant;
    private final AllRunsLog log;
    private final AnyRun anyRun;
    private final StreamWriter writer;
    private final BooleanSupplier draining;
    private AllRunsCursor cursor;
    private Duration nextLook = SOON;

    AllRunsStream(
            AllRunsCursor after,
            AllRunsFilter filter,
            Tenant tenant,
            AllRunsLog log,
            AnyRun anyRun,
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
            Optional<Batch> read = log.read(cursor, filter, tenant);
            if (read.isEmpty()) {
                writer.endAll(StreamEnd.LOG_REMOVED);
                return;
            }
            Batch batch = read.get();
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
            if (anyRun.awaitAfter(rung, patience(batch))) {
                // Every commit of every run rings; what follows within a moment is read in one go.
                Thread.sleep(GATHERING);
            }
            // Who was sent nothing for long is to come back to here, and not to where he began.
            writer.keepAliveIfDue(cursor.toString());
        }
    }

    /** Nobody rings when a transaction ends that hid others; one that stays open long is not asked after as often. */
    private Duration patience(Batch batch) {
        if (!batch.mayHideSome()) {
            nextLook = SOON;
            return writer.patience();
        }
        Duration wait = nextLook;
        nextLook = wait.compareTo(LATER) < 0 ? wait.multipliedBy(2) : LATER;
        return wait.compareTo(writer.patience()) < 0 ? wait : writer.patience();
    }

    private void send(Batch batch) throws IOException {
        TextBuffer text = new TextBuffer(8 * 1024);
        for (Positioned entry : batch.entries()) {
            long _ = entry.write(cursor.system(), StreamFormat.SSE, text);
            if (text.length() >= WRITE_SIZE) {
                writer.write(text.toBytes());
                text.clear();
            }
        }
        if (text.length() > 0) {
            writer.write(text.toBytes());
        }
    }
}
