package io.yardmaster.problems;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Says what a JSON Schema asks for in plain words, the same wherever a value is checked. No text of a validator, no
 * regular expression, and nothing of the value itself: it may be a secret.
 */
public final class SchemaWords {

    private static final int LONGEST_VALUE = 80;
    private static final int MOST_VALUES = 30;
    private static final Pattern HUMP = Pattern.compile("(?<=[a-z])(?=[A-Z])");

    private SchemaWords() {}

    /**
     * What a value that does not match has to be, such as {@code must be text}.
     *
     * @param keyword of JSON Schema 2020-12
     * @param wanted what stands behind the keyword in the schema
     * @param rule for {@code pattern} and {@code propertyNames}: in words what they ask for, such as {@code a duration};
     *     null where nobody wrote it down
     */
    public static String expectation(String keyword, JsonNode wanted, @Nullable String rule) {
        return switch (keyword) {
            case "required", "dependentRequired" -> "is required";
            case "additionalProperties", "unevaluatedProperties" -> "is not a property that is taken here";
            case "unevaluatedItems" -> "has more items than are taken here";
            case "propertyNames" ->
                "has a property whose name is not allowed" + (rule == null ? "" : ": a name has to be " + rule);
            case "type" -> "must be " + types(wanted);
            case "enum" -> wanted.size() == 1 ? "must be " + values(wanted) : "must be one of " + values(wanted);
            case "const" -> "must be " + word(wanted);
            case "pattern" -> rule == null ? "is not in the form that is asked for" : "must be " + rule;
            case "format" -> "must be " + format(wanted.asString(""));
            case "minLength" -> "must have at least " + count(wanted, "character");
            case "maxLength" -> "must have at most " + count(wanted, "character");
            case "minimum" -> "must be at least " + word(wanted);
            case "maximum" -> "must be at most " + word(wanted);
            case "exclusiveMinimum" -> "must be more than " + word(wanted);
            case "exclusiveMaximum" -> "must be less than " + word(wanted);
            case "multipleOf" -> "must be a multiple of " + word(wanted);
            case "minItems" -> "must have at least " + count(wanted, "item");
            case "maxItems" -> "must have at most " + count(wanted, "item");
            case "uniqueItems" -> "must not hold the same item twice";
            case "contains", "minContains" -> "does not hold an item that is asked for";
            case "maxContains" -> "holds too many items of one kind";
            case "minProperties" -> "must have at least " + count(wanted, "property");
            case "maxProperties" -> "must have at most " + count(wanted, "property");
            case "oneOf", "anyOf" -> "has none of the forms that are allowed";
            case "not", "false" -> "is not allowed here";
            default -> "is not as the schema says";
        };
    }

    /** A stable word for programs, such as {@code max-length}. */
    public static String code(String keyword) {
        return switch (keyword) {
            case "dependentRequired" -> "required";
            case "additionalProperties", "unevaluatedProperties" -> "unknown-property";
            case "propertyNames" -> "property-name";
            case "const" -> "enum";
            case "exclusiveMinimum" -> "minimum";
            case "exclusiveMaximum" -> "maximum";
            case "oneOf", "anyOf" -> "form";
            case "not", "false" -> "not-allowed";
            default -> HUMP.matcher(keyword).replaceAll("-").toLowerCase(Locale.ROOT);
        };
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

    private static String format(String format) {
        return switch (format) {
            case "date-time" -> "a time as in RFC 3339, such as 2026-01-31T08:00:00Z";
            case "date" -> "a date such as 2026-01-31";
            case "time" -> "a time of day such as 08:00:00Z";
            case "duration" -> "a duration as in ISO 8601, such as PT15M";
            case "email" -> "an e-mail address";
            case "hostname" -> "a host's name";
            case "ipv4" -> "an IPv4 address";
            case "ipv6" -> "an IPv6 address";
            case "uri" -> "a URI";
            case "uuid" -> "a UUID";
            default -> "of the format " + format;
        };
    }

    private static String values(JsonNode values) {
        List<String> words = new ArrayList<>();
        for (JsonNode value : values) {
            if (words.size() == MOST_VALUES) {
                words.add("…");
                break;
            }
            words.add(word(value));
        }
        return String.join(", ", words);
    }

    private static String word(JsonNode value) {
        String text = value.isString() ? value.stringValue() : value.toString();
        return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…";
    }

    private static String count(JsonNode number, String thing) {
        String text = word(number);
        String plural = thing.endsWith("y") ? thing.substring(0, thing.length() - 1) + "ies" : thing + "s";
        return text + " " + (text.equals("1") ? thing : plural);
    }
}
