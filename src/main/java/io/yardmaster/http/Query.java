package io.yardmaster.http;

import io.yardmaster.http.Operation.Kind;
import io.yardmaster.http.Operation.QueryParameter;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.ProblemType;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The parameters of a request's query, read strictly.
 *
 * @param values by name, in the order they came
 * @param rewritten whether a synonym was replaced, so that the query is no longer as it was sent
 */
record Query(Map<String, List<String>> values, boolean rewritten) {

    static final Query NONE = new Query(Map.of(), false);

    private static final String DOTTED_LABEL = "label.";
    private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9][0-9]{0,17})");
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?");

    /**
     * Reads the query of a request for this operation. {@code label.team=core} is read as {@code label=team=core} where
     * the operation has labels.
     *
     * @throws ProblemException where it cannot be decoded
     */
    static Query read(@Nullable String raw, Operation operation) {
        if (raw == null || raw.isEmpty()) {
            return NONE;
        }
        Map<String, List<String>> values = new LinkedHashMap<>();
        boolean rewritten = false;
        for (String pair : raw.split("&", -1)) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals));
            String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
            if (name.startsWith(DOTTED_LABEL) && operation.query().containsKey("label")) {
                value = name.substring(DOTTED_LABEL.length()) + "=" + value;
                name = "label";
                rewritten = true;
            }
            values.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
        }
        return new Query(values, rewritten);
    }

    /** Everything in which this query differs from what the operation takes. */
    List<Fault> faults(Operation operation) {
        List<Fault> faults = new ArrayList<>();
        values.forEach((name, texts) -> {
            QueryParameter parameter = operation.query().get(name);
            if (parameter == null) {
                faults.add(unknown(name, operation));
            } else {
                faults.addAll(faults(parameter, texts));
            }
        });
        for (QueryParameter parameter : operation.query().values()) {
            if (parameter.required() && !values.containsKey(parameter.name())) {
                faults.add(new Fault(parameter.name(), parameter.name() + " is required.", "required"));
            }
        }
        return faults;
    }

    /** The query in the form that the contract gives it. */
    String text() {
        StringBuilder text = new StringBuilder();
        values.forEach((name, list) -> {
            for (String value : list) {
                text.append(text.isEmpty() ? "" : "&")
                        .append(URLEncoder.encode(name, StandardCharsets.UTF_8))
                        .append('=')
                        .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
            }
        });
        return text.toString();
    }

    private static Fault unknown(String name, Operation operation) {
        String known = operation.query().isEmpty()
                ? "This operation has no query parameters."
                : "The parameters are "
                        + String.join(", ", new TreeSet<>(operation.query().keySet())) + ".";
        return new Fault(name, "There is no parameter " + name + ". " + known, "unknown-parameter");
    }

    private static List<Fault> faults(QueryParameter parameter, List<String> texts) {
        String name = parameter.name();
        if (!parameter.repeatable() && texts.size() > 1) {
            return List.of(new Fault(name, name + " may be given only once.", "repeated"));
        }
        ArrayNode list = JsonNodeFactory.instance.arrayNode(texts.size());
        for (String text : texts) {
            if (text.indexOf('\0') >= 0) {
                return List.of(new Fault(name, name + " must not hold the character U+0000.", "character"));
            }
            JsonNode value = value(parameter.kind(), text);
            if (value == null) {
                return List.of(new Fault(name, name + " must be " + noun(parameter.kind()) + ".", "type"));
            }
            list.add(value);
        }
        return SchemaFaults.ofParameter(name, parameter.schema().get(), parameter.repeatable() ? list : list.get(0));
    }

    private static @Nullable JsonNode value(Kind kind, String text) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (kind) {
            case TEXT -> nodes.stringNode(text);
            case INTEGER -> INTEGER.matcher(text).matches() ? nodes.numberNode(Long.parseLong(text)) : null;
            case NUMBER -> NUMBER.matcher(text).matches() ? nodes.numberNode(new java.math.BigDecimal(text)) : null;
            case BOOLEAN ->
                switch (text) {
                    case "true" -> nodes.booleanNode(true);
                    case "false" -> nodes.booleanNode(false);
                    default -> null;
                };
        };
    }

    private static String noun(Kind kind) {
        return switch (kind) {
            case TEXT -> "text";
            case INTEGER -> "a whole number";
            case NUMBER -> "a number";
            case BOOLEAN -> "true or false";
        };
    }

    private static String decode(String text) {
        if (text.indexOf('%') < 0 && text.indexOf('+') < 0 && isAscii(text)) {
            return text;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < raw.length; i++) {
            if (raw[i] == '+') {
                bytes.write(' ');
            } else if (raw[i] == '%') {
                int high = i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
                int low = i + 2 < raw.length ? Character.digit(raw[i + 2], 16) : -1;
                if (high < 0 || low < 0) {
                    throw undecodable();
                }
                bytes.write(high << 4 | low);
                i += 2;
            } else {
                bytes.write(raw[i]);
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw undecodable();
        }
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 128);
    }

    private static ProblemException undecodable() {
        return ProblemException.of(
                ProblemType.BAD_REQUEST, "The query is not percent-encoded UTF-8. Encode it as RFC 3986 says.");
    }
}
