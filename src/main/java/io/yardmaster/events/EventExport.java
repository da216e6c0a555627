package io.yardmaster.events;

import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.ProblemException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Writes the events of all runs that there are, each a line with the position behind it. */
@Component
public class EventExport {

    private static final int WRITE_SIZE = 64 * 1024;

    private final AllRunsLog log;

    EventExport(AllRunsLog log) {
        this.log = log;
    }

    /**
     * What is to be written is fixed by this: what follows a position, or all that is kept, up to now.
     *
     * @throws ProblemException {@code cursor-expired} where what follows is not kept any more
     */
    public Span span(@Nullable AllRunsCursor after) {
        if (after == null) {
            return new Span(log.beginning(), log.now());
        }
        log.requireOurs(after);
        return new Span(after, log.now());
    }

    /**
     * Writes what a reader wants of it, piece by piece.
     *
     * @return how many lines
     * @throws ProblemException {@code cursor-expired} where some of it was removed meanwhile
     */
    public long write(Span span, AllRunsFilter filter, Tenant tenant, Sink sink) throws IOException {
        TextBuffer text = new TextBuffer(WRITE_SIZE + 8 * 1024);
        AllRunsCursor cursor = span.after();
        long written = 0;
        while (true) {
            AllRunsLog.Batch batch = log.read(cursor, filter, tenant).orElseThrow(AllRunsLog::removed);
            List<AllRunsLog.Positioned> entries = batch.entries().stream()
                    .filter(entry -> entry.transaction() < span.end().transaction())
                    .toList();
            for (AllRunsLog.Positioned entry : entries) {
                written += entry.write(cursor.system(), StreamFormat.EXPORT, text);
                if (text.length() >= WRITE_SIZE) {
                    sink.write(text.toBytes());
                    text.clear();
                }
            }
            if (entries.isEmpty() || entries.size() < batch.entries().size()) {
                break;
            }
            cursor = batch.next();
        }
        if (text.length() > 0) {
            sink.write(text.toBytes());
        }
        return written;
    }

    /**
     * A part of the log of all runs.
     *
     * @param after it begins behind this
     * @param end and goes up to here
     */
    public record Span(AllRunsCursor after, AllRunsCursor end) {}

    /** Takes what was written. */
    @FunctionalInterface
    public interface Sink {
        void write(byte[] text) throws IOException;
    }
}
