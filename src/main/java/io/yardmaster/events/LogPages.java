package io.yardmaster.events;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Tenant;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Reads a run's log page by page. A page says how far it looked, so that the next one goes on exactly there. */
@Component
public class LogPages {

    /** A page that would grow beyond this ends early. */
    private static final int ENOUGH_BYTES = 4 * 1024 * 1024;

    /** Nor does one request look through all of a long log for a few lines. */
    private static final int ENOUGH_BATCHES = 16;

    private final EventLog log;
    private final LogTail tail;
    private final TransactionTemplate transactions;

    LogPages(EventLog log, LogTail tail, TransactionTemplate transactions) {
        this.log = log;
        this.tail = tail;
        this.transactions = transactions;
    }

    /** Reads what a request with {@code until} and {@code limit} asks for, as elements of a JSON array. */
    public LogPage read(LogRequest request, Tenant tenant) {
        long end = Objects.requireNonNull(request.until());
        long left = Objects.requireNonNull(request.limit());
        long cursor = request.afterSeq();
        if (request.tail() != null) {
            cursor = tail.start(
                    request.runId(), tenant, cursor, end, request.filter().lines(), request.tail());
        }
        TextBuffer elements = new TextBuffer(16 * 1024);
        for (int batches = 0; batches < ENOUGH_BATCHES; batches++) {
            Batch batch = read(request, tenant, cursor, end);
            for (Piece piece : batch.pieces()) {
                Piece.Written written = piece.write(request.format(), request.filter(), cursor, left, elements);
                cursor = written.through();
                left -= written.count();
                if (left == 0 || elements.length() >= ENOUGH_BYTES) {
                    return page(elements, cursor, end);
                }
            }
            cursor = batch.through();
            if (cursor >= end) {
                break;
            }
        }
        return page(elements, cursor, end);
    }

    private Batch read(LogRequest request, Tenant tenant, long after, long end) {
        return Objects.requireNonNull(Tenancy.call(
                tenant,
                () -> transactions.execute(transaction -> log.read(request.runId(), after, end, request.filter()))));
    }

    private static LogPage page(TextBuffer elements, long cursor, long end) {
        elements.withoutLast();
        return new LogPage(new String(elements.toBytes(), StandardCharsets.UTF_8), cursor < end ? (Long) cursor : null);
    }
}
