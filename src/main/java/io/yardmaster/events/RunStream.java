package io.yardmaster.events;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.springframework.transaction.support.TransactionTemplate;

/** Carries one run's log to one reader, from a cursor to the end: what is stored and what comes are the same to it. */
final class RunStream {

    private static final int WRITE_SIZE = 64 * 1024;

    /** A reader that comes back need not look again at more entries than these that it does not want. */
    private static final long POSITION_EVERY = 10_000;

    private final LogRequest request;
    private final RunId runId;
    private final Tenant tenant;
    private final EventLog log;
    private final LogTail tail;
    private final TransactionTemplate transactions;
    private final RunFeed feed;
    private final StreamWriter writer;
    private final BooleanSupplier draining;
    private long cursor;
    /** The position the reader knows of. */
    private long told;

    private long left;

    RunStream(
            LogRequest request,
            Tenant tenant,
            EventLog log,
            LogTail tail,
            TransactionTemplate transactions,
            RunFeed feed,
            StreamWriter writer,
            BooleanSupplier draining) {
        this.request = request;
        this.runId = request.runId();
        this.tenant = tenant;
        this.log = log;
        this.tail = tail;
        this.transactions = transactions;
        this.feed = feed;
        this.writer = writer;
        this.draining = draining;
        this.cursor = request.afterSeq();
        this.told = cursor;
        this.left = request.limit() == null ? Long.MAX_VALUE : request.limit();
    }

    /** Returns when the stream is over; throws when the reader has gone. */
    void carry() throws IOException, InterruptedException {
        writer.open();
        goToTail();
        boolean caughtUp = false;
        while (true) {
            long rung = feed.bell().count();
            Optional<Batch> fromFeed = caughtUp ? feed.after(cursor) : Optional.empty();
            caughtUp = fromFeed.isPresent();
            Optional<Batch> next = caughtUp ? fromFeed : fromLog();
            if (next.isEmpty()) {
                writer.end(StreamEnd.LOG_REMOVED, runId, cursor);
                return;
            }
            Batch news = next.orElseThrow();
            if (news.through() > cursor) {
                if (send(news) || writer.isFull()) {
                    writer.end(StreamEnd.RUN_FINISHED, runId, cursor);
                    return;
                }
                // A batch from the stored log may be followed by another one, and a run that never rests by a next one.
                if (request.until() != null || !endsEarly()) {
                    continue;
                }
                return;
            }
            if (isComplete() || (!caughtUp && hasEnded())) {
                writer.end(StreamEnd.RUN_FINISHED, runId, cursor);
                return;
            }
            if (!caughtUp) {
                // From here on the feed is told what comes, whoever appends it.
                feed.reached(cursor);
                caughtUp = true;
            }
            if (endsEarly()) {
                return;
            }
            var _ = feed.bell().awaitAfter(rung, writer.patience());
            if (writer.keepAliveIfDue(cursor > told ? Long.toString(cursor) : null)) {
                told = cursor;
            }
        }
    }

    /** Whether the stream was ended because its reader has to come back, elsewhere or with another token. */
    private boolean endsEarly() throws IOException {
        if (draining.getAsBoolean()) {
            writer.end(StreamEnd.SERVER_DRAINING, runId, cursor);
            return true;
        }
        if (writer.isExpired()) {
            writer.end(StreamEnd.TOKEN_EXPIRED, runId, cursor);
            return true;
        }
        return false;
    }

    private void goToTail() {
        Integer count = request.tail();
        if (count != null) {
            long end = request.until() == null ? inTransaction(() -> log.end(runId)) : request.until();
            cursor = tail.start(runId, tenant, cursor, end, request.filter().lines(), count);
        }
    }

    /** What follows in the stored log; empty where it is not kept any more. */
    private Optional<Batch> fromLog() {
        return inTransaction(() -> {
            long end = request.until() == null ? log.end(runId) : request.until();
            Batch found = log.read(runId, cursor, end, request.filter());
            return log.isKeptAfter(runId, cursor) ? Optional.of(found) : Optional.empty();
        });
    }

    private boolean isComplete() {
        return left == 0 || writer.isFull() || (request.until() != null && cursor >= request.until());
    }

    /** Whether nothing can follow the cursor, because the log ends there. */
    private boolean hasEnded() {
        return inTransaction(() -> log.endsAt(runId, cursor));
    }

    private <T> T inTransaction(ScopedValue.CallableOp<T, RuntimeException> work) {
        return Objects.requireNonNull(Tenancy.call(tenant, () -> transactions.execute(transaction -> work.call())));
    }

    /** A single entry is written as it is for everybody, without a copy; false where this reader does not want it so. */
    private boolean sendWhole(Piece piece) throws IOException {
        byte[] whole = piece.whole(request.format(), request.filter(), cursor, left);
        if (whole == null) {
            return false;
        }
        cursor = piece.entry().lastSeq();
        told = cursor;
        left -= piece.size();
        writer.write(whole);
        return true;
    }

    /** Whether the stream is over with these. */
    private boolean send(Batch news) throws IOException {
        if (news.pieces().size() == 1 && sendWhole(news.pieces().getFirst())) {
            return left == 0 || news.pieces().getFirst().entry().type() == EventType.RUN_FINISHED;
        }
        TextBuffer text = new TextBuffer(8 * 1024);
        boolean ended = false;
        for (Piece piece : news.pieces()) {
            Piece.Written written = piece.write(request.format(), request.filter(), cursor, left, text);
            cursor = written.through();
            left -= written.count();
            ended = piece.entry().type() == EventType.RUN_FINISHED;
            if (written.count() > 0) {
                told = cursor;
            }
            if (left == 0 || writer.isFull()) {
                break;
            }
            if (text.length() >= WRITE_SIZE) {
                writer.write(text.toBytes());
                text.clear();
            }
        }
        if (left > 0) {
            cursor = news.through();
        }
        if (cursor - told >= POSITION_EVERY) {
            text.append(request.format().position(Long.toString(cursor)));
            told = cursor;
        }
        if (text.length() > 0) {
            writer.write(text.toBytes());
        }
        return ended || left == 0;
    }
}
