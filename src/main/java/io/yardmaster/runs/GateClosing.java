package io.yardmaster.runs;

import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a gate was closed.
 *
 * @param inputs what those who agreed have answered; empty where nobody was asked anything
 */
public record GateClosing(Verdict verdict, ObjectNode inputs) {

    /** What a decision means for the run. */
    public enum Verdict {
        /** It goes on. */
        APPROVED,
        /** People refused. */
        DENIED,
        /** Nobody decided in time, which means refusal. */
        DENIED_BY_EXPIRY,
        /** Nobody decided in time, which means neither. */
        EXPIRED;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("verdict", verdict.text());
        json.set("inputs", inputs);
        return json;
    }

    static GateClosing of(JsonNode json) {
        return new GateClosing(Verdict.valueOf(json.path("verdict").asString().toUpperCase(Locale.ROOT)), (ObjectNode)
                json.path("inputs"));
    }
}
