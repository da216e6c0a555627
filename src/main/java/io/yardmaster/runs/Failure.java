package io.yardmaster.runs;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Why something failed.
 *
 * @param code a stable word for programs, such as {@code exit-code}
 * @param message for people
 * @param retryable whether trying again could help
 * @param stepId the step it happened in; null: the run itself
 */
public record Failure(
        Category category,
        String code,
        String message,
        boolean retryable,
        @Nullable String stepId) {

    /** Whose matter a failure is. */
    public enum Category {
        /** The job's own: its program said so, or its definition did not work out. */
        APPLICATION,
        /** Something took longer than allowed. */
        TIMEOUT,
        /** Somebody ended it. */
        CANCELLATION,
        /** Something was used up: memory, disk, a bound on size. */
        RESOURCE,
        /** The server or the machine. */
        SYSTEM,
        /** A rule forbade it. */
        POLICY,
        /** A person refused it, or nobody decided in time. */
        APPROVAL;

        /** As it is written in the API and in the database. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** As it is stored, and shown in events. */
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("category", category.text());
        json.put("code", code);
        json.put("message", message);
        json.put("retryable", retryable);
        if (stepId != null) {
            json.put("step_id", stepId);
        }
        return json;
    }

    /** Reads what {@link #json} wrote. */
    public static Failure of(JsonNode json) {
        return new Failure(
                Category.valueOf(json.path("category").asString().toUpperCase(Locale.ROOT)),
                json.path("code").asString(),
                json.path("message").asString(),
                json.path("retryable").asBoolean(),
                json.path("step_id").isString() ? json.path("step_id").asString() : null);
    }
}
