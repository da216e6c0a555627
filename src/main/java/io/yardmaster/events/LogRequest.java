package io.yardmaster.events;

import io.yardmaster.kernel.RunId;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants to read of a run's log.
 *
 * @param afterSeq only what comes after this
 * @param tail only the last so many of the matching lines that are there now; null for all
 * @param until nothing beyond this sequence number; null to stay until the run ends
 * @param limit at most so many; null for all
 * @param slice only these bytes of what is written; null for all
 */
public record LogRequest(
        RunId runId,
        long afterSeq,
        @Nullable Integer tail,
        @Nullable Long until,
        @Nullable Integer limit,
        EventFilter filter,
        StreamFormat format,
        @Nullable Slice slice) {

    public LogRequest(
            RunId runId,
            long afterSeq,
            @Nullable Integer tail,
            @Nullable Long until,
            @Nullable Integer limit,
            EventFilter filter,
            StreamFormat format) {
        this(runId, afterSeq, tail, until, limit, filter, format, null);
    }

    /** The same, but only some of its bytes. */
    LogRequest slice(long after, Slice bytes) {
        return new LogRequest(runId, after, tail, until, limit, filter, format, bytes);
    }

    /**
     * Some of the bytes of an answer.
     *
     * @param skip so many are left out
     * @param length so many are written
     */
    public record Slice(long skip, long length) {}
}
