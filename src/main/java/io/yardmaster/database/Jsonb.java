package io.yardmaster.database;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGobject;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/** JSON on its way into and out of {@code jsonb} columns. */
public final class Jsonb {

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            // jsonb writes a number out, however it was written when it was stored.
                            .maxNumberLength(200_000)
                            .build())
                    .build())
            .build();

    private Jsonb() {}

    /**
     * The text to store. Such a column cannot hold U+0000, which a program's output may well contain: it is stored as
     * U+FFFD, the character for what could not be represented.
     */
    public static String text(JsonNode json) {
        String text = json.toString();
        return text.contains("\\u0000") ? withoutNul(text) : text;
    }

    /** What the column gives back of this: properties in its own order, numbers written out. */
    public static JsonNode stored(JsonNode json) {
        if (json.isContainer() && json.isEmpty()) {
            return json;
        }
        StringBuilder text = new StringBuilder();
        write(json, text);
        return read(text.indexOf("\\u0000") >= 0 ? withoutNul(text.toString()) : text.toString());
    }

    private static void write(JsonNode json, StringBuilder text) {
        if (json.isObject()) {
            String before = "{";
            for (Map.Entry<String, JsonNode> property : inOrder(json)) {
                text.append(before)
                        .append(JsonNodeFactory.instance.stringNode(property.getKey()))
                        .append(':');
                write(property.getValue(), text);
                before = ",";
            }
            text.append(json.isEmpty() ? "{}" : "}");
        } else if (json.isArray()) {
            String before = "[";
            for (JsonNode element : json) {
                text.append(before);
                write(element, text);
                before = ",";
            }
            text.append(json.isEmpty() ? "[]" : "]");
        } else if (json.isNumber()) {
            text.append(new BigDecimal(json.toString()).toPlainString());
        } else {
            text.append(json);
        }
    }

    /** Short names first, then by their bytes. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private static List<Map.Entry<String, JsonNode>> inOrder(JsonNode object) {
        @SuppressWarnings("ArrayRecordComponent") // compared by its bytes
        record Named(byte[] name, Map.Entry<String, JsonNode> property) {}
        return object.properties().stream()
                .map(property -> new Named(property.getKey().getBytes(StandardCharsets.UTF_8), property))
                .sorted(Comparator.<Named>comparingInt(named -> named.name().length)
                        .thenComparing(Named::name, Arrays::compareUnsigned))
                .map(Named::property)
                .toList();
    }

    /** A parameter for a statement; a null stays null. */
    public static @Nullable PGobject parameter(@Nullable JsonNode json) {
        if (json == null) {
            return null;
        }
        PGobject parameter = new PGobject();
        parameter.setType("jsonb");
        try {
            parameter.setValue(text(json));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return parameter;
    }

    /** Reads what a column holds. */
    public static JsonNode read(String text) {
        return MAPPER.readTree(text);
    }

    /** Reads what a nullable column holds. */
    public static @Nullable JsonNode readNullable(@Nullable String text) {
        return text == null ? null : read(text);
    }

    private static String withoutNul(String json) {
        StringBuilder clean = new StringBuilder(json.length());
        int from = 0;
        for (int at = json.indexOf('\\'); at >= 0; at = json.indexOf('\\', from)) {
            boolean nul = json.startsWith("u0000", at + 1);
            clean.append(json, from, at).append(nul ? "\\ufffd" : json.substring(at, at + 2));
            from = at + (nul ? 6 : 2);
        }
        return clean.append(json, from, json.length()).toString();
    }
}
