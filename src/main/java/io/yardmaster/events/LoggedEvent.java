package io.yardmaster.events;

import io.yardmaster.kernel.OutputLine;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.kernel.RunId;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One entry of a run's log as readers see it; an output line is an event of its own.
 *
 * @param json the whole event: type, run, sequence number, time, step, and the members of its type
 * @param text the same as text, rendered once for all who read along
 */
public record LoggedEvent(
        RunId runId,
        long seq,
        EventType type,
        Instant at,
        @Nullable String stepId,
        ObjectNode json,
        String text) {

    private static final DateTimeFormatter MILLISECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    static LoggedEvent of(LogEntry.Event event) {
        return of(event.runId(), event.seq(), event.type(), event.at(), event.stepId(), event.data());
    }

    static LoggedEvent of(RunId runId, long seq, EventType type, Instant at, @Nullable String stepId, ObjectNode data) {
        ObjectNode json = head(runId, seq, type, at, stepId);
        json.setAll(data);
        return new LoggedEvent(runId, seq, type, at, stepId, json, json.toString());
    }

    static LoggedEvent of(
            RunId runId, long seq, @Nullable String stepId, int attempt, OutputStreamName stream, OutputLine line) {
        EventType type = stepId == null ? EventType.RUN_OUTPUT : EventType.STEP_OUTPUT;
        ObjectNode json = head(runId, seq, type, line.at(), stepId);
        json.put("attempt", attempt);
        json.put("level", level(stream));
        json.put("message", line.text());
        json.put("stream", stream.text());
        return new LoggedEvent(runId, seq, type, line.at(), stepId, json, json.toString());
    }

    /** What a reader filters by: what went to the error stream is worth a look, though often no error. */
    static String level(OutputStreamName stream) {
        return switch (stream) {
            case STDOUT -> "info";
            case STDERR -> "warn";
        };
    }

    /** RFC 3339 in UTC with milliseconds. */
    static String timestamp(Instant at) {
        return MILLISECONDS.format(at);
    }

    private static ObjectNode head(RunId runId, long seq, EventType type, Instant at, @Nullable String stepId) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("type", type.text());
        json.put("run_id", runId.toString());
        json.put("seq", seq);
        json.put("timestamp", timestamp(at));
        if (stepId != null) {
            json.put("step_id", stepId);
        }
        return json;
    }

    /** Whether this is the last entry the run's log will ever have. */
    boolean endsTheLog() {
        return type == EventType.RUN_FINISHED;
    }

    /** Whether this is a line that a process wrote. */
    boolean isOutput() {
        return type == EventType.RUN_OUTPUT || type == EventType.STEP_OUTPUT;
    }
}
