package io.yardmaster.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.TestServer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class JsonbTest {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final JdbcClient database = TestServer.shared().bean(JdbcClient.class);

    @Test
    void what_will_be_read_is_known_before_it_is_stored() {
        JsonNode json = JsonMapper.shared().readTree("""
            {"b": 1, "aa": {"ü": null, "zz": true, "y": []}, "a": 1e2, "n": [1.50, -0.0, 1E-7, 123456789012345678901234567890,
             1.7976931348623157e308, 5e-324], "": "", "q": "\\u0000 \\"\\\\ \\ud83d\\ude00 \\u0001 ü", "ä": {}, "zy": "x"}
            """);

        assertThat(Jsonb.stored(json).toString()).isEqualTo(roundTrip(json));
    }

    @Test
    void whatever_it_is() {
        Random random = new Random(4);
        for (int i = 0; i < 300; i++) {
            JsonNode json = object(random, 0);
            assertThat(Jsonb.stored(json).toString())
                    .as("number %d: %s", i, json)
                    .isEqualTo(roundTrip(json));
        }
    }

    private String roundTrip(JsonNode json) {
        String stored = database.sql("SELECT (:json::jsonb)::text")
                .param("json", Jsonb.text(json))
                .query(String.class)
                .single();
        return Jsonb.read(stored).toString();
    }

    private static ObjectNode object(Random random, int depth) {
        ObjectNode object = JSON.objectNode();
        for (int i = random.nextInt(6); i > 0; i--) {
            object.set(text(random), value(random, depth + 1));
        }
        return object;
    }

    private static JsonNode value(Random random, int depth) {
        return switch (random.nextInt(depth > 3 ? 6 : 8)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.booleanNode(random.nextBoolean());
            case 2 -> JSON.numberNode(random.nextLong() >> random.nextInt(60));
            case 3 -> JSON.numberNode(random.nextGaussian() * Math.pow(10, random.nextInt(60) - 30));
            case 4 ->
                JSON.numberNode(List.of(new java.math.BigDecimal("1.00"), new java.math.BigDecimal("1E+3"))
                        .get(random.nextInt(2)));
            case 5 -> JSON.stringNode(text(random));
            case 6 -> {
                ArrayNode array = JSON.arrayNode();
                for (int i = random.nextInt(4); i > 0; i--) {
                    array.add(value(random, depth + 1));
                }
                yield array;
            }
            default -> object(random, depth);
        };
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            text.appendCodePoint(List.of((int) 'a', (int) 'B', 0xfc, 0x20ac, 0x1f600, (int) '"', (int) '\\', 0x1f, 0x7f)
                    .get(random.nextInt(9)));
        }
        return text.toString();
    }
}
