package io.yardmaster.http;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.path.NodePath;
import io.yardmaster.problems.ProblemException.Fault;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Says in plain words what a schema found wrong. A message names the place and what is expected there, never the value
 * that was sent: it may be a secret.
 */
final class SchemaFaults {

    /** Nobody reads more. */
    private static final int MOST = 100;

    private static final Pattern HUMP = Pattern.compile("(?<=[a-z])(?=[A-Z])");

    private SchemaFaults() {}

    /**
     * All faults of a body, each with a JSON Pointer.
     *
     * @param conditions whether those count that stem from a condition at the schema's top, such as {@code then}
     */
    static List<Fault> ofBody(Schema schema, JsonNode body, boolean conditions) {
        return of(schema.validate(body), null, conditions);
    }

    /** All faults of a query parameter; each points at its name. */
    static List<Fault> ofParameter(String name, Schema schema, JsonNode value) {
        return of(schema.validate(value), name, true);
    }

    private static List<Fault> of(List<Error> errors, @Nullable String parameter, boolean conditions) {
        if (errors.isEmpty()) {
            return List.of();
        }
        List<NodePath> choices = errors.stream()
                .filter(e -> e.getKeyword().equals("oneOf") || e.getKeyword().equals("anyOf"))
                .map(Error::getEvaluationPath)
                .toList();
        List<Fault> faults = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Error error : errors) {
            // Why each branch of a choice did not fit only confuses: the choice itself is the fault.
            boolean branch = choices.stream()
                    .anyMatch(c -> !c.equals(error.getEvaluationPath())
                            && error.getEvaluationPath().startsWith(c));
            if (branch || (!conditions && isConditional(error.getEvaluationPath())) || faults.size() == MOST) {
                continue;
            }
            Fault fault = fault(error, parameter);
            if (seen.add(fault.pointer() + '\n' + fault.code())) {
                faults.add(fault);
            }
        }
        return faults;
    }

    private static boolean isConditional(NodePath path) {
        for (int i = 0; i < path.getNameCount(); i++) {
            switch (path.getName(i)) {
                case "$ref", "allOf", "0", "1", "2", "3" -> {}
                case "if", "then", "else", "oneOf", "anyOf", "not", "dependentSchemas", "dependentRequired" -> {
                    return true;
                }
                default -> {
                    return false;
                }
            }
        }
        return false;
    }

    private static Fault fault(Error error, @Nullable String parameter) {
        String at = error.getInstanceLocation().toString();
        String keyword = error.getKeyword();
        JsonNode wanted = error.getSchemaNode();
        String place = parameter != null ? parameter : at;
        String subject = parameter != null ? parameter : at.isEmpty() ? "The body" : at;
        return switch (keyword) {
            case "required", "dependentRequired" -> {
                String pointer = place + '/' + escape(error.getProperty());
                yield new Fault(pointer, pointer + " is required.", "required");
            }
            case "additionalProperties", "unevaluatedProperties" -> {
                String pointer = error.getProperty() == null ? place : place + '/' + escape(error.getProperty());
                yield new Fault(pointer, "There is no property " + pointer + " in the contract.", "unknown-property");
            }
            case "propertyNames" ->
                new Fault(place, subject + " has a property whose name is not allowed.", "property-name");
            case "type" -> new Fault(place, subject + " must be " + types(wanted) + ".", "type");
            case "enum" -> new Fault(place, subject + " must be one of " + values(wanted) + ".", "enum");
            case "const" -> new Fault(place, subject + " must be " + word(wanted) + ".", "enum");
            case "pattern" -> new Fault(place, subject + " must match " + word(wanted) + ".", "pattern");
            case "format" -> new Fault(place, subject + " must be " + format(wanted) + ".", "format");
            case "minLength" ->
                new Fault(place, subject + " must have at least " + count(wanted, "character") + ".", "min-length");
            case "maxLength" ->
                new Fault(place, subject + " must have at most " + count(wanted, "character") + ".", "max-length");
            case "minimum" -> new Fault(place, subject + " must be at least " + word(wanted) + ".", "minimum");
            case "maximum" -> new Fault(place, subject + " must be at most " + word(wanted) + ".", "maximum");
            case "exclusiveMinimum" ->
                new Fault(place, subject + " must be more than " + word(wanted) + ".", "minimum");
            case "exclusiveMaximum" ->
                new Fault(place, subject + " must be less than " + word(wanted) + ".", "maximum");
            case "multipleOf" ->
                new Fault(place, subject + " must be a multiple of " + word(wanted) + ".", "multiple-of");
            case "minItems" ->
                new Fault(place, subject + " must have at least " + count(wanted, "item") + ".", "min-items");
            case "maxItems" ->
                new Fault(place, subject + " must have at most " + count(wanted, "item") + ".", "max-items");
            case "uniqueItems" -> new Fault(place, subject + " must not hold the same item twice.", "unique-items");
            case "minProperties" ->
                new Fault(place, subject + " must have at least " + count(wanted, "property") + ".", "min-properties");
            case "maxProperties" ->
                new Fault(place, subject + " must have at most " + count(wanted, "property") + ".", "max-properties");
            case "oneOf", "anyOf" ->
                new Fault(place, subject + " has none of the forms that the contract allows.", "form");
            case "not", "false" -> new Fault(place, subject + " is not allowed here.", "not-allowed");
            default ->
                new Fault(
                        place,
                        subject + " is not as the contract says.",
                        HUMP.matcher(keyword).replaceAll("-").toLowerCase(Locale.ROOT));
        };
    }

    static String escape(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static String types(JsonNode wanted) {
        if (!wanted.isArray()) {
            return type(wanted.asString(""));
        }
        List<String> types = new ArrayList<>();
        wanted.forEach(type -> types.add(type(type.asString(""))));
        return String.join(" or ", types);
    }

    private static String type(String type) {
        return switch (type) {
            case "string" -> "text";
            case "integer" -> "a whole number";
            case "number" -> "a number";
            case "boolean" -> "true or false";
            case "array" -> "a list";
            case "object" -> "an object";
            default -> type;
        };
    }

    private static String format(JsonNode format) {
        return switch (format.asString("")) {
            case "date-time" -> "a time as in RFC 3339, such as 2026-01-31T08:00:00Z";
            case "date" -> "a date such as 2026-01-31";
            case "uri" -> "a URI";
            case "uuid" -> "a UUID";
            default -> "of the format " + format.asString("");
        };
    }

    private static String values(JsonNode values) {
        List<String> words = new ArrayList<>();
        values.forEach(value -> words.add(word(value)));
        return String.join(", ", words);
    }

    private static String word(JsonNode value) {
        return value.isString() ? value.asString() : value.toString();
    }

    private static String count(JsonNode number, String thing) {
        String text = word(number);
        String plural = thing.endsWith("y") ? thing.substring(0, thing.length() - 1) + "ies" : thing + "s";
        return text + " " + (text.equals("1") ? thing : plural);
    }
}
