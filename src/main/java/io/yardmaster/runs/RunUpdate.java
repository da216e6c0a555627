package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.UpdateId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Something that a run was asked for.
 *
 * @param stepId the step that it was laid before; null: none yet
 * @param end null while it is pending
 */
public record RunUpdate(
        UpdateId id,
        RunId runId,
        String name,
        String sentBy,
        Instant createdAt,
        @Nullable String stepId,
        @Nullable End end) {

    /** How it stands with it. */
    public UpdateStatus status() {
        return end == null ? UpdateStatus.PENDING : end.status();
    }

    /**
     * How an update ended.
     *
     * @param result what the step has answered; null where it has not
     * @param failure why there is no result; null where there is one
     */
    public record End(
            UpdateStatus status,
            Instant at,
            @Nullable JsonNode result,
            @Nullable Reason failure) {

        /** The step has handled it. */
        public static End answered(Instant at, JsonNode result) {
            return new End(UpdateStatus.ANSWERED, at, result, null);
        }

        /** The step would not do it. */
        public static End refused(Instant at, String message) {
            return new End(UpdateStatus.REFUSED, at, null, new Reason("refused", message));
        }

        /** Nobody will answer any more. */
        public static End unanswered(Instant at, String code, String message) {
            return new End(UpdateStatus.UNANSWERED, at, null, new Reason(code, message));
        }
    }

    /**
     * Why there is no result.
     *
     * @param code a stable word
     * @param message for people
     */
    public record Reason(String code, String message) {}
}
