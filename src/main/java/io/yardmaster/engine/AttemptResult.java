package io.yardmaster.engine;

import io.yardmaster.artifacts.Artifact;
import io.yardmaster.runs.Failure;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What an attempt came to. */
sealed interface AttemptResult {

    /** Files it left behind, stored but not recorded yet. */
    List<Artifact> artifacts();

    /** What it left for people to read, without secrets; null where it left nothing. */
    default @Nullable String summary() {
        return null;
    }

    record Succeeded(
            ObjectNode outputs,
            @Nullable JsonNode value,
            List<Artifact> artifacts,
            @Nullable String summary) implements AttemptResult {}

    /**
     * @param exitCode what its process ended with; null where it did not end by itself
     */
    record Failed(
            Failure failure,
            @Nullable Integer exitCode,
            List<Artifact> artifacts,
            @Nullable String summary) implements AttemptResult {}

    /** It was ended on request. */
    record Stopped() implements AttemptResult {

        @Override
        public List<Artifact> artifacts() {
            return List.of();
        }
    }

    /** It never started and never will, so another one may. */
    record NeverStarted(String message) implements AttemptResult {

        @Override
        public List<Artifact> artifacts() {
            return List.of();
        }
    }
}
