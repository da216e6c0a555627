package io.yardmaster.jobs;

import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reads which values a step is run for: each combination of them is an instance. */
final class MatrixReader {

    /** More would be a job for a loop of its own, and each is a step with events of its own. */
    static final int MAX_INSTANCES = 256;

    private static final Set<String> TYPES = Set.of("run", "eval", "job");
    private static final int MAX_VALUE_LENGTH = 1_000;
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    private MatrixReader() {}

    /**
     * The matrix of a step.
     *
     * @param type of the step
     * @return null where it has none, or one with errors
     */
    static @Nullable Matrix read(ConfigNode step, String type, boolean single) {
        ConfigNode node = step.at("matrix");
        if (!node.isPresent()) {
            for (String key : List.of("max_parallel", "fail_fast")) {
                if (step.at(key).isPresent()) {
                    step.at(key).warning("has no effect without matrix");
                }
            }
            return null;
        }
        if (single) {
            node.error("needs composition: steps, and belongs to one of the steps");
            return null;
        }
        if (!TYPES.contains(type)) {
            node.error("a step of type " + type + " happens once; run, eval and job steps can have a matrix");
            return null;
        }
        List<ObjectNode> cells = cells(node);
        if (cells.isEmpty()) {
            return null;
        }
        int maxParallel = step.at("max_parallel").integer(cells.size(), 1, 1_000);
        return new Matrix(cells, maxParallel, step.at("fail_fast").truth(true));
    }

    /** How many instances there will be, as far as it can be told before the matrix is read. */
    static int count(ConfigNode step) {
        if (!step.at("matrix").isPresent()) {
            return 0;
        }
        long count = 1;
        for (JsonNode values : step.at("matrix").json()) {
            count = Math.min(MAX_INSTANCES, count * Math.max(1, values.size()));
        }
        return (int) count;
    }

    /** The types of the values, as far as they are all of one. */
    static Map<String, CelType> types(ConfigNode step) {
        Map<String, CelType> types = new LinkedHashMap<>();
        step.at("matrix").json().forEachEntry((name, values) -> {
            CelType type = null;
            for (JsonNode value : values) {
                CelType own = type(value);
                type = type == null || type.equals(own) ? own : SimpleType.DYN;
            }
            types.put(name, type == null ? SimpleType.DYN : type);
        });
        return types;
    }

    private static CelType type(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> SimpleType.STRING;
            case BOOLEAN -> SimpleType.BOOL;
            case NUMBER -> value.isIntegralNumber() ? SimpleType.INT : SimpleType.DYN;
            default -> SimpleType.DYN;
        };
    }

    /** The names in their order, the last one changing fastest; empty where something is wrong. */
    private static List<ObjectNode> cells(ConfigNode node) {
        List<ObjectNode> cells = List.of(JsonNodeFactory.instance.objectNode());
        if (!node.isObject()) {
            return List.of();
        }
        if (node.json().isEmpty()) {
            node.error("has no values: matrix: {suite: [unit, integration]}");
            return List.of();
        }
        boolean sound = true;
        for (Map.Entry<String, ConfigNode> axis : node.members().entrySet()) {
            sound &= isSound(axis.getKey(), axis.getValue());
            List<ObjectNode> more = new ArrayList<>();
            for (ObjectNode cell : cells) {
                for (JsonNode value : axis.getValue().json()) {
                    if (more.size() <= MAX_INSTANCES) {
                        more.add(cell.deepCopy().set(axis.getKey(), value));
                    }
                }
            }
            cells = more;
        }
        if (sound && cells.size() > MAX_INSTANCES) {
            node.error("makes more than " + MAX_INSTANCES + " instances");
            sound = false;
        }
        return sound ? cells : List.of();
    }

    private static boolean isSound(String name, ConfigNode axis) {
        boolean sound = true;
        if (!NAME.matcher(name).matches()) {
            axis.error("a name of a matrix begins with a lower-case letter and goes on with lower-case letters, digits"
                    + " and '_', at most 63 of them");
            sound = false;
        }
        List<ConfigNode> values = axis.elements();
        if (axis.json().isArray() && values.isEmpty()) {
            axis.error("has no values");
        }
        for (ConfigNode value : values) {
            JsonNode json = value.json();
            if (json.isString() && Template.isIn(json.stringValue())) {
                value.error("templates are not expanded here: the instances are known before anything runs");
                sound = false;
            } else if (json.isString() && json.stringValue().indexOf('\0') >= 0) {
                value.error("holds a NUL character, which no process can be given");
                sound = false;
            } else if (json.isContainer() || json.isNull()) {
                value.error("is not of the right type, expected text, a number or true or false");
                sound = false;
            } else if (json.toString().length() > MAX_VALUE_LENGTH) {
                value.error("is longer than " + MAX_VALUE_LENGTH + " characters");
                sound = false;
            }
        }
        return sound && !values.isEmpty();
    }
}
