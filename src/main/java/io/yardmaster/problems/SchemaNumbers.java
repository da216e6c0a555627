package io.yardmaster.problems;

import java.math.BigDecimal;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes a value ready to be checked against a JSON Schema. To JSON Schema {@code 1e300} is a whole number, and a
 * validator that takes it for one asks for its 64 bits, which it does not have.
 */
public final class SchemaNumbers {

    /** Nothing that is kept has more digits. */
    private static final int MOST_DIGITS = 1_000;

    private SchemaNumbers() {}

    /** The value with each such number written out; the value itself where there is none. */
    public static JsonNode writtenOut(JsonNode value) {
        if (!isAnyHuge(value)) {
            return value;
        }
        JsonNode copy = value.deepCopy();
        return isHuge(copy) ? whole(copy) : replaced(copy);
    }

    private static JsonNode replaced(JsonNode node) {
        if (node instanceof ObjectNode object) {
            for (String name : object.propertyNames().toArray(String[]::new)) {
                JsonNode member = object.path(name);
                if (isHuge(member)) {
                    object.set(name, whole(member));
                } else {
                    replaced(member);
                }
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                if (isHuge(array.path(i))) {
                    array.set(i, whole(array.path(i)));
                } else {
                    replaced(array.path(i));
                }
            }
        }
        return node;
    }

    private static boolean isAnyHuge(JsonNode node) {
        return node.isContainer() ? node.valueStream().anyMatch(SchemaNumbers::isAnyHuge) : isHuge(node);
    }

    private static boolean isHuge(JsonNode node) {
        if (!node.isFloatingPointNumber()) {
            return false;
        }
        BigDecimal number = node.decimalValue(BigDecimal.ZERO);
        long digits = (long) number.precision() - number.scale();
        return digits > 18
                && digits <= MOST_DIGITS
                && number.stripTrailingZeros().scale() <= 0;
    }

    private static JsonNode whole(JsonNode number) {
        return JsonNodeFactory.instance.numberNode(
                number.decimalValue(BigDecimal.ZERO).toBigInteger());
    }
}
