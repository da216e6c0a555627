package io.yardmaster.jobs;

import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import io.yardmaster.jobs.ExpressionContext.StepShape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Where a step is written, and what must be known of it before any is read. */
record StepPlace(ConfigNode node, String id, String type, List<String> needs) {

    /** The type of the step that {@code policy: approval} adds; nobody can write it. */
    static final String GATE = "policy";

    boolean isGate() {
        return type.equals(GATE);
    }

    /** What expressions may count on of the step's outputs. */
    StepShape shape() {
        boolean open =
                !Set.of("run", "eval", "sleep", "approval", "signal", GATE).contains(type);
        Map<String, CelType> outputs = new LinkedHashMap<>();
        if (type.equals("eval") && node.at("values").json().isObject()) {
            node.at("values").json().propertyNames().forEach(name -> outputs.put(name, SimpleType.DYN));
        }
        if (type.equals("run") && node.at("outputs").json().isObject()) {
            node.at("outputs").json().forEachEntry((name, schema) -> outputs.put(name, CelTypes.of(schema)));
        }
        JsonNode form = type.equals("signal")
                ? node.at("signal").json().path("schema")
                : node.at("approval").json().path("form");
        if (type.equals("approval") || type.equals("signal") || isGate()) {
            form.path("properties").forEachEntry((name, schema) -> outputs.put(name, CelTypes.of(schema)));
            // What a message may hold beyond that, nobody knows before it is there.
            open |= type.equals("signal");
        }
        return new StepShape(outputs, open, node.at("matrix").isPresent() && !isGate());
    }
}
