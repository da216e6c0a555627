package io.yardmaster.events;

import io.yardmaster.kernel.RunId;
import org.jspecify.annotations.Nullable;

/** How entries of a log are written. */
public enum StreamFormat {
    /** Server-sent events, each named by its type. */
    SSE(Shape.EVENT),
    /** Server-sent events for output lines, each named {@code log}. */
    SSE_LOG(Shape.LINE),
    /** Events of all runs, one JSON object a line, which has its position and the event. */
    EXPORT(Shape.EVENT),
    /** Events, one JSON object a line; an empty line keeps the connection alive. */
    NDJSON(Shape.EVENT),
    /** Output lines, one JSON object a line. */
    NDJSON_LOG(Shape.LINE),
    /** Output lines as they are. */
    TEXT(Shape.TEXT),
    /** Events as elements of a JSON array, each with a comma behind it. */
    EVENT_ELEMENTS(Shape.EVENT),
    /** Output lines as elements of a JSON array, each with a comma behind it. */
    LINE_ELEMENTS(Shape.LINE);

    /** The pause a browser makes before it connects again, in milliseconds. */
    private static final int RETRY = 2000;

    private final Shape shape;

    StreamFormat(Shape shape) {
        this.shape = shape;
    }

    Shape shape() {
        return shape;
    }

    /** Whether the reader is told positions, so that it can come back to them. */
    boolean hasIds() {
        return switch (this) {
            case SSE, SSE_LOG, EXPORT -> true;
            case NDJSON, NDJSON_LOG, TEXT, EVENT_ELEMENTS, LINE_ELEMENTS -> false;
        };
    }

    String opening() {
        return isServerSent() ? "retry: " + RETRY + "\n\n" : "";
    }

    /** What stands before the id of an entry. */
    String beforeId() {
        return switch (this) {
            case SSE, SSE_LOG -> "id: ";
            case EXPORT -> "{\"cursor\":\"";
            case NDJSON, NDJSON_LOG, TEXT, EVENT_ELEMENTS, LINE_ELEMENTS -> "";
        };
    }

    /** What stands between the id of an entry, where it has one, and the entry. */
    String before(EventType type) {
        return switch (this) {
            case SSE -> "\nevent: " + type.text() + "\ndata: ";
            case SSE_LOG -> "\nevent: log\ndata: ";
            case EXPORT -> "\",\"event\":";
            case NDJSON, NDJSON_LOG, TEXT, EVENT_ELEMENTS, LINE_ELEMENTS -> "";
        };
    }

    /** What stands behind an entry. */
    String behind() {
        return switch (this) {
            case SSE, SSE_LOG -> "\n\n";
            case EXPORT -> "}\n";
            case NDJSON, NDJSON_LOG, TEXT -> "\n";
            case EVENT_ELEMENTS, LINE_ELEMENTS -> ",";
        };
    }

    /** Moves the position of a reader on, past entries it does not want. */
    String position(String id) {
        return isServerSent() ? "id: " + id + "\n\n" : "";
    }

    String keepAlive(@Nullable String position) {
        return switch (this) {
            case SSE, SSE_LOG -> ": still here\n" + (position == null ? "\n" : position(position));
            case NDJSON, NDJSON_LOG -> "\n";
            case EXPORT, TEXT, EVENT_ELEMENTS, LINE_ELEMENTS -> "";
        };
    }

    private boolean isServerSent() {
        return this == SSE || this == SSE_LOG;
    }

    /** Carries no id: a reader that comes back continues after the last entry, not after this. */
    String ending(StreamEnd reason, RunId runId, long lastSeq) {
        return ending(reason, "\"run_id\":\"" + runId + "\",\"last_seq\":" + lastSeq + ",");
    }

    String ending(StreamEnd reason) {
        return ending(reason, "");
    }

    private String ending(StreamEnd reason, String member) {
        return isServerSent()
                ? "event: " + reason.eventType() + "\ndata: {\"type\":\"" + reason.eventType() + "\"," + member
                        + "\"reason\":\"" + reason.text() + "\"}\n\n"
                : "";
    }

    /** What an entry is made. */
    enum Shape {
        /** An event with everything that is known of it. */
        EVENT,
        /** An output line as an object. */
        LINE,
        /** The text of an output line. */
        TEXT
    }
}
