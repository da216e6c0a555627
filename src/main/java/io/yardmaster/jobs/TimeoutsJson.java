package io.yardmaster.jobs;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Timeouts as they are stored: milliseconds, by name. */
public final class TimeoutsJson {

    private TimeoutsJson() {}

    public static ObjectNode write(Timeouts timeouts) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        put(json, "run", timeouts.run());
        put(json, "step", timeouts.step());
        put(json, "queue", timeouts.queue());
        put(json, "deadline", timeouts.deadline());
        return json;
    }

    public static Timeouts read(JsonNode json) {
        return new Timeouts(get(json, "run"), get(json, "step"), get(json, "queue"), get(json, "deadline"));
    }

    private static void put(ObjectNode json, String name, @Nullable Duration duration) {
        if (duration != null) {
            json.put(name, duration.toMillis());
        }
    }

    private static @Nullable Duration get(JsonNode json, String name) {
        return json.path(name).isNumber() ? Duration.ofMillis(json.path(name).asLong()) : null;
    }
}
