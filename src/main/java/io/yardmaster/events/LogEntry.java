package io.yardmaster.events;

import io.yardmaster.database.Jsonb;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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

    /** The step it belongs to; null where it is the run's. */
    @Nullable
    String stepId();

    EventType type();

    /**
     * One thing that happened.
     *
     * @param type such as {@code step.finished}
     * @param at in milliseconds, as it is shown
     * @param data a JSON object with the members that only this type has; stored and sent as it stands here, so that
     *     everybody gets the same bytes whenever they read
     */
    record Event(
            RunId runId,
            Tenant tenant,
            long seq,
            EventType type,
            Instant at,
            @Nullable String stepId,
            String data) implements LogEntry {

        public Event {
            at = at.truncatedTo(ChronoUnit.MILLIS);
        }

        public Event(
                RunId runId,
                Tenant tenant,
                long seq,
                EventType type,
                Instant at,
                @Nullable String stepId,
                ObjectNode data) {
            this(runId, tenant, seq, type, at, stepId, Jsonb.text(data));
        }

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
            LineBlock lines,
            long endOffset)
            implements LogEntry {

        @Override
        public long lastSeq() {
            return firstSeq + lines.size() - 1;
        }

        @Override
        public EventType type() {
            return stepId == null ? EventType.RUN_OUTPUT : EventType.STEP_OUTPUT;
        }
    }
}
