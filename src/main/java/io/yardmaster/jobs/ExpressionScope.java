package io.yardmaster.jobs;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What expressions and templates of a run can see at one moment.
 *
 * @param args the resolved arguments, without secrets
 * @param steps by id; at least those the expression's own step needs, directly or through others
 * @param matrix the values of the instance whose expression it is; empty: it is of none
 */
public record ExpressionScope(ObjectNode args, Map<String, StepView> steps, RunView run, ObjectNode matrix) {

    private static final ObjectNode NO_MATRIX = JsonNodeFactory.instance.objectNode();

    public ExpressionScope {
        steps = Map.copyOf(steps);
    }

    /** What is seen outside of instances. */
    public ExpressionScope(ObjectNode args, Map<String, StepView> steps, RunView run) {
        this(args, steps, run, NO_MATRIX);
    }

    /** What a step sees, which may be an instance. */
    public ExpressionScope of(StepDefinition step) {
        Matrix.Instance instance = step.instance();
        return instance == null ? this : new ExpressionScope(args, steps, run, instance.values());
    }

    /**
     * A step, as later ones see it.
     *
     * @param status {@code pending|running|waiting|success|failed|skipped|cancelled}
     * @param satisfied whether steps that need it go on: it succeeded, or was skipped by its own {@code when}
     * @param failureCode why it failed, such as {@code denied}; null where it did not
     * @param outputs an object, empty for a step that has none; of a repeated step a list of them
     */
    public record StepView(
            String status, boolean satisfied, @Nullable String failureCode, JsonNode outputs) {}

    /** The run itself. */
    public record RunView(String id, String jobId, String tenant) {}
}
