package io.yardmaster.testkit;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server-sent event as it came over the wire. */
public record SseEvent(@Nullable String id, String name, JsonNode data) {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** Puts lines together to events, as the HTML standard's section on server-sent events says. */
    static final class Reader {

        private @Nullable String id;
        private String name = "message";
        private final StringBuilder data = new StringBuilder();

        Optional<SseEvent> line(String line) {
            if (!line.isEmpty()) {
                take(line);
                return Optional.empty();
            }
            if (data.isEmpty()) {
                // A comment, or a position without an event.
                id = null;
                return Optional.empty();
            }
            SseEvent event = new SseEvent(id, name, MAPPER.readTree(data.toString()));
            id = null;
            name = "message";
            data.setLength(0);
            return Optional.of(event);
        }

        private void take(String line) {
            if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                name = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data.append(line, 6, line.length());
            }
        }
    }
}
