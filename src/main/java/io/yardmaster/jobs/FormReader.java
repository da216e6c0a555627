package io.yardmaster.jobs;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Reads what people and other systems are asked for: objects, whose members can become a step's outputs. */
final class FormReader {

    private static final Pattern OUTPUT_NAME = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]{0,62}");

    private FormReader() {}

    /** Null where there is none, or one with errors. */
    static @Nullable Form read(ConfigNode node) {
        if (!node.isPresent()) {
            return null;
        }
        List<Map.Entry<String, String>> faults = JsonSchemas.faults(node.json());
        faults.forEach(fault -> node.error(fault.getValue()));
        if (!faults.isEmpty() || !node.isObject()) {
            return null;
        }
        if (!node.json().path("type").asString("").equals("object")) {
            node.error("describes an object: type: object");
            return null;
        }
        node.at("properties").members().forEach(FormReader::outputName);
        return Form.of((ObjectNode) node.json());
    }

    /** Notes where a name cannot be that of an output. */
    static void outputName(String name, ConfigNode node) {
        if (!OUTPUT_NAME.matcher(name).matches()) {
            node.error(
                    "'" + name + "' cannot be an output's name: letters, digits and '_', not beginning with a digit");
        }
    }
}
