package io.yardmaster.engine;

import io.yardmaster.artifacts.Artifact;
import io.yardmaster.executors.StepFiles;
import io.yardmaster.runs.Failure;
import io.yardmaster.secrets.SecretMask;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What an attempt came to. */
sealed interface AttemptResult {

    /** Files it left behind, stored but not recorded yet. */
    List<Artifact> artifacts();

    /** Attributes that it set of its run. */
    default ObjectNode attributes() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** What it left for people to read; null where it left nothing. */
    default @Nullable String summary() {
        return null;
    }

    /** The same without secrets. */
    AttemptResult masked(SecretMask mask);

    private static @Nullable String masked(@Nullable String summary, SecretMask mask) {
        if (summary == null) {
            return null;
        }
        // A secret at the place of the cut may have lost its end.
        return summary.endsWith(StepFiles.SUMMARY_CUT)
                ? mask.maskBeginning(summary.substring(0, summary.length() - StepFiles.SUMMARY_CUT.length()))
                        + StepFiles.SUMMARY_CUT
                : mask.mask(summary);
    }

    record Succeeded(
            ObjectNode outputs,
            @Nullable JsonNode value,
            ObjectNode attributes,
            List<Artifact> artifacts,
            @Nullable String summary)
            implements AttemptResult {

        @Override
        public Succeeded masked(SecretMask mask) {
            return new Succeeded(
                    (ObjectNode) mask.mask(outputs),
                    value == null ? null : mask.mask(value),
                    attributes,
                    artifacts,
                    AttemptResult.masked(summary, mask));
        }
    }

    /**
     * @param exitCode what its process ended with; null where it did not end by itself
     */
    record Failed(
            Failure failure,
            @Nullable Integer exitCode,
            ObjectNode attributes,
            List<Artifact> artifacts,
            @Nullable String summary)
            implements AttemptResult {

        @Override
        public Failed masked(SecretMask mask) {
            Failure shown = new Failure(
                    failure.category(),
                    failure.code(),
                    mask.mask(failure.message()),
                    failure.retryable(),
                    failure.stepId());
            return new Failed(shown, exitCode, attributes, artifacts, AttemptResult.masked(summary, mask));
        }
    }

    /** It was ended on request. */
    record Stopped() implements AttemptResult {

        @Override
        public Stopped masked(SecretMask mask) {
            return this;
        }

        @Override
        public List<Artifact> artifacts() {
            return List.of();
        }
    }

    /**
     * It never started and never will, so another one may.
     *
     * @param withheld whether that is no matter of the step, and another one takes its place at once
     */
    record NeverStarted(String message, boolean withheld) implements AttemptResult {

        @Override
        public NeverStarted masked(SecretMask mask) {
            return new NeverStarted(mask.mask(message), withheld);
        }

        @Override
        public List<Artifact> artifacts() {
            return List.of();
        }
    }
}
