package io.yardmaster.jobs;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What expressions and templates of a run can see at one moment.
 *
 * @param args the resolved arguments, without secrets
 * @param steps by id; at least those the expression's own step needs, directly or through others
 */
public record ExpressionScope(ObjectNode args, Map<String, StepView> steps, RunView run) {

    public ExpressionScope {
        steps = Map.copyOf(steps);
    }

    /**
     * A step, as later ones see it.
     *
     * @param status {@code pending|running|waiting|success|failed|skipped|cancelled}
     * @param satisfied whether steps that need it go on: it succeeded, or was skipped by its own {@code when}
     * @param failureCode why it failed, such as {@code denied}; null where it did not
     * @param outputs an object; empty for a step that has none
     */
    public record StepView(
            String status, boolean satisfied, @Nullable String failureCode, JsonNode outputs) {}

    /** The run itself. */
    public record RunView(String id, String jobId, String tenant) {}
}
