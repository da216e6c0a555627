package io.yardmaster.events;

import io.yardmaster.kernel.OutputLine;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What is appended to a run's log in one piece. */
public sealed interface LogEntry {

    RunId runId();

    Tenant tenant();

    /** The first sequence number it takes. */
    long firstSeq();

    /** The last sequence number it takes. */
    long lastSeq();

    /**
     * One thing that happened.
     *
     * @param type such as {@code step.finished}
     * @param data the members that only this type has
     */
    record Event(
            RunId runId,
            Tenant tenant,
            long seq,
            EventType type,
            Instant at,
            @Nullable String stepId,
            ObjectNode data) implements LogEntry {

        @Override
        public long firstSeq() {
            return seq;
        }

        @Override
        public long lastSeq() {
            return seq;
        }
    }

    /**
     * Consecutive output lines of one stream of one attempt; each line takes a sequence number.
     *
     * @param endOffset how many bytes of the stream had been read after the last of these lines
     */
    record Lines(
            RunId runId,
            Tenant tenant,
            long firstSeq,
            @Nullable String stepId,
            int attempt,
            OutputStreamName stream,
            List<OutputLine> lines,
            long endOffset)
            implements LogEntry {

        public Lines {
            lines = List.copyOf(lines);
            if (lines.isEmpty()) {
                throw new IllegalArgumentException("no lines");
            }
        }

        @Override
        public long lastSeq() {
            return firstSeq + lines.size() - 1;
        }
    }
}
