package io.yardmaster.events;

import io.yardmaster.kernel.RunId;

/** How a stream of events is written. */
public enum StreamFormat {
    /** Server-sent events, each named by its type. */
    SSE,
    /** Server-sent events for output lines, each named {@code log}. */
    SSE_LOG,
    /** One JSON object a line; an empty line keeps the connection alive. */
    NDJSON;

    /** The pause a browser makes before it connects again, in milliseconds. */
    private static final int RETRY = 2000;

    String opening() {
        return switch (this) {
            case SSE, SSE_LOG -> "retry: " + RETRY + "\n\n";
            case NDJSON -> "";
        };
    }

    String event(LoggedEvent event, String id) {
        return switch (this) {
            case SSE -> frame(id, event.type().text(), event.text());
            case SSE_LOG -> frame(id, "log", event.text());
            case NDJSON -> event.text() + "\n";
        };
    }

    String keepAlive() {
        return switch (this) {
            case SSE, SSE_LOG -> ": still here\n\n";
            case NDJSON -> "\n";
        };
    }

    /** Carries no id: a reader that comes back continues after the last entry, not after this. */
    String ending(StreamEnd reason, RunId runId, long lastSeq) {
        return ending(reason, "\"run_id\":\"" + runId + "\",\"last_seq\":" + lastSeq + ",");
    }

    String ending(StreamEnd reason) {
        return ending(reason, "");
    }

    private String ending(StreamEnd reason, String member) {
        return switch (this) {
            case SSE, SSE_LOG ->
                "event: " + reason.eventType() + "\ndata: {\"type\":\"" + reason.eventType() + "\"," + member
                        + "\"reason\":\"" + reason.text() + "\"}\n\n";
            case NDJSON -> "";
        };
    }

    private static String frame(String id, String name, String data) {
        return "id: " + id + "\nevent: " + name + "\ndata: " + data + "\n\n";
    }
}
