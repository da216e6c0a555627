package io.yardmaster.runs;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * How an attempt ended for a server that had lost the run by then. It is kept for people, and decides nothing.
 *
 * @param exitCode what its process ended with; null where there was none or it did not end by itself
 */
public record LateResult(
        StepState state,
        Instant finishedAt,
        @Nullable Integer exitCode,
        @Nullable Failure failure) {

    /** What somebody wanted to write of an attempt; empty where it had not ended. */
    public static Optional<LateResult> of(AttemptRecord attempt) {
        Instant finishedAt = attempt.finishedAt();
        return finishedAt == null
                ? Optional.empty()
                : Optional.of(new LateResult(attempt.state(), finishedAt, attempt.exitCode(), attempt.failure()));
    }

    static LateResult of(JsonNode json) {
        return new LateResult(
                StepState.of(json.path("status").asString()),
                Instant.parse(json.path("finished_at").asString()),
                json.has("exit_code") ? json.path("exit_code").asInt() : null,
                json.has("failure") ? Failure.of(json.path("failure")) : null);
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("status", state.text());
        json.put("finished_at", finishedAt.toString());
        if (exitCode != null) {
            json.put("exit_code", exitCode);
        }
        if (failure != null) {
            json.set("failure", failure.json());
        }
        return json;
    }
}
