package io.yardmaster.database;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGobject;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

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
