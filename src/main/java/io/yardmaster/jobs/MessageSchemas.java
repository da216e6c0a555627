package io.yardmaster.jobs;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Sees to it that steps which take the same message ask for the same content. A message is checked when it comes, and which
 * of several steps will get it is not known then.
 */
final class MessageSchemas {

    private final Map<String, Optional<JsonNode>> known = new LinkedHashMap<>();
    private final ConfigNode steps;
    private final String taking;

    /** @param taking what a step does with such a message, as it is told to who has written the job */
    private MessageSchemas(ConfigNode steps, String taking) {
        this.steps = steps;
        this.taking = taking;
    }

    /**
     * Notes each step that asks for something else than one before it.
     *
     * @param node where the steps are written
     */
    static void check(List<StepDefinition> steps, ConfigNode node) {
        MessageSchemas signals = new MessageSchemas(node, "waits for the signal");
        for (StepDefinition step : steps) {
            if (step instanceof StepDefinition.Signal signal) {
                signals.takes(signal.id(), signal.name(), signal.schema());
            }
        }
        MessageSchemas updates = new MessageSchemas(node, "handles the update");
        for (StepDefinition step : StepSecrets.withInstances(steps).toList()) {
            if (step instanceof StepDefinition.Run run) {
                run.updates().forEach((name, terms) -> updates.takes(run.id(), name, terms.schema()));
            }
        }
    }

    private void takes(String stepId, String name, @Nullable Form form) {
        Optional<JsonNode> schema = Optional.ofNullable(form).map(Form::schema);
        Optional<JsonNode> other = known.putIfAbsent(name, schema);
        if (other != null && !other.equals(schema)) {
            steps.error(
                    "step '" + stepId + "' " + taking + " '" + name + "' with another schema than a step before it");
        }
    }
}
