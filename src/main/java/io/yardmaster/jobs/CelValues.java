package io.yardmaster.jobs;

import com.google.protobuf.NullValue;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Turns JSON into the values CEL computes with, and back. */
final class CelValues {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private CelValues() {}

    /** The CEL value of this JSON; a whole number becomes a double where the type asks for one. */
    static Object fromJson(JsonNode json, CelType type) {
        return switch (json.getNodeType()) {
            case STRING -> json.stringValue();
            case BOOLEAN -> json.booleanValue();
            case NUMBER -> number(json, type);
            case ARRAY -> list(json, type instanceof ListType list ? list.elemType() : SimpleType.DYN);
            case OBJECT -> map(json);
            case NULL, MISSING -> dev.cel.common.values.NullValue.NULL_VALUE;
            case BINARY, POJO -> throw new IllegalArgumentException("not JSON: " + json.getNodeType());
        };
    }

    /**
     * The JSON of a CEL value.
     *
     * @throws ExpressionException where JSON has nothing for it, such as a duration
     */
    static JsonNode toJson(Object value) {
        return switch (value) {
            case String text -> JSON.stringNode(text);
            case Boolean truth -> JSON.booleanNode(truth);
            case Long number -> whole(number);
            case Double number -> decimal(number);
            case NullValue _ -> JSON.nullNode();
            case dev.cel.common.values.NullValue _ -> JSON.nullNode();
            case Collection<?> elements -> {
                ArrayNode array = JSON.arrayNode(elements.size());
                elements.forEach(element -> array.add(toJson(element)));
                yield array;
            }
            case Map<?, ?> entries -> {
                ObjectNode object = JSON.objectNode();
                entries.forEach((key, entry) -> object.set(name(key), toJson(entry)));
                yield object;
            }
            default ->
                throw new ExpressionException(
                        "the value is neither text, number, truth value, null, list nor object; write string(…) around"
                                + " it");
        };
    }

    private static Object number(JsonNode json, CelType type) {
        if (type.equals(SimpleType.DOUBLE) || !json.isIntegralNumber()) {
            return json.doubleValue();
        }
        if (!json.canConvertToLong()) {
            throw new ExpressionException("the number " + json + " is too large to compute with");
        }
        return json.longValue();
    }

    private static List<Object> list(JsonNode json, CelType elementType) {
        List<Object> list = new ArrayList<>(json.size());
        json.forEach(element -> list.add(fromJson(element, elementType)));
        return list;
    }

    private static Map<String, Object> map(JsonNode json) {
        Map<String, Object> map = new LinkedHashMap<>();
        json.forEachEntry((name, value) -> map.put(name, fromJson(value, SimpleType.DYN)));
        return map;
    }

    /** As small as a parser would read it, so that equal JSON is equal. */
    private static JsonNode whole(Long number) {
        return number == number.intValue() ? JSON.numberNode(number.intValue()) : JSON.numberNode(number);
    }

    private static JsonNode decimal(Double number) {
        if (!Double.isFinite(number)) {
            throw new ExpressionException("the value is not a finite number");
        }
        return JSON.numberNode(number);
    }

    private static String name(Object key) {
        if (key instanceof String name) {
            return name;
        }
        throw new ExpressionException("the keys of an object are text, this one is " + key);
    }
}
