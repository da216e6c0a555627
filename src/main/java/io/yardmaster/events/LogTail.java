package io.yardmaster.events;

import io.yardmaster.database.Tenancy;
import io.yardmaster.events.EventLog.ChunkQuery;
import io.yardmaster.events.EventLog.Chunks;
import io.yardmaster.events.LineFilter.Part;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.util.Objects;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Finds where the last lines of a log begin, reading backwards from its end. */
@Component
class LogTail {

    /** With a filter that matches hardly anything, a whole log would be read for a few lines. */
    private static final long MAX_LINES_LOOKED_AT = 5_000_000;

    private final EventLog log;
    private final TransactionTemplate transactions;

    LogTail(EventLog log, TransactionTemplate transactions) {
        this.log = log;
        this.transactions = transactions;
    }

    /**
     * The position after which the last {@code count} lines come that match.
     *
     * @param after the position to use where there are fewer
     * @param end where the log ends for the reader
     */
    long start(RunId runId, Tenant tenant, long after, long end, LineFilter filter, int count) {
        if (filter.streams().isEmpty()) {
            return Math.max(after, end);
        }
        long left = count;
        long lookedAt = 0;
        long before = end;
        while (true) {
            ChunkQuery query = ChunkQuery.before(runId, after, before, filter);
            Chunks chunks = Objects.requireNonNull(
                    Tenancy.call(tenant, () -> transactions.execute(transaction -> log.chunks(query))));
            for (LogEntry.Lines chunk : chunks.lines()) {
                Found found = last(chunk, filter, left);
                if (found.count() >= left) {
                    return Math.max(after, found.start());
                }
                left -= found.count();
                lookedAt += found.lookedAt();
                before = chunk.firstSeq() - 1;
            }
            if (!chunks.mayBeMore()) {
                return after;
            }
            if (lookedAt > MAX_LINES_LOOKED_AT) {
                return before;
            }
        }
    }

    private static Found last(LogEntry.Lines chunk, LineFilter filter, long wanted) {
        if (filter.of(chunk) == Part.ALL) {
            int size = chunk.lines().size();
            return new Found(Math.min(size, wanted), chunk.lastSeq() - Math.min(size, wanted), 0);
        }
        long[] matching = new long[chunk.lines().size()];
        int count = 0;
        LineCursor lines = chunk.lines().lines();
        for (long seq = chunk.firstSeq(); lines.next(); seq++) {
            if (filter.matches(lines)) {
                matching[count++] = seq;
            }
        }
        long found = Math.min(count, wanted);
        return new Found(found, found == 0 ? chunk.lastSeq() : matching[(int) (count - found)] - 1, matching.length);
    }

    /**
     * The last matching lines of a chunk.
     *
     * @param start the position before the first of them
     * @param lookedAt how many lines had to be looked at
     */
    private record Found(long count, long start, long lookedAt) {}
}
