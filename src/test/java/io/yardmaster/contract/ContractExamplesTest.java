package io.yardmaster.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every value that the contract shows is one that it allows. */
class ContractExamplesTest {

    /** Frames about the stream itself: they are no items of it. */
    private static final Set<String> ABOUT_THE_STREAM = Set.of("stream.end", "server.draining");

    private final BundledContract contract = BundledContract.load();
    private final List<String> faults = new ArrayList<>();
    private int checked;

    @Test
    void every_example_of_a_body_parameter_or_header_is_valid_by_its_schema() {
        walk(contract.root(), "#", (where, node) -> {
            JsonNode schema = node.path("schema");
            if (schema.isObject()) {
                node.path("examples")
                        .forEachEntry((name, example) -> check(
                                where + " " + name,
                                schema,
                                contract.follow(example).path("value")));
                checkIfThere(where, schema, node.path("example"));
                checkIfThere(where, schema, contract.follow(schema).path("default"));
            }
        });
        assertThat(checked).isGreaterThan(80);
        assertThat(faults).isEmpty();
    }

    @Test
    void every_example_within_a_schema_is_valid_by_it() {
        walk(contract.root(), "#", (where, node) -> {
            if (node.path("examples").isArray()) {
                node.path("examples").forEach(example -> check(where, node, example));
            }
        });
        assertThat(checked).isGreaterThan(15);
        assertThat(faults).isEmpty();
    }

    @Test
    void every_item_of_a_streams_example_is_valid_by_the_items_schema() {
        walk(contract.root(), "#", (where, node) -> {
            for (Map.Entry<String, JsonNode> media : node.path("content").properties()) {
                JsonNode itemSchema = media.getValue().path("x-item-schema");
                String type = media.getKey();
                boolean stream = type.equals("text/event-stream") || type.equals("application/x-ndjson");
                if (stream != itemSchema.isObject()) {
                    faults.add(where + " " + type + ": a stream, and nothing else, has an x-item-schema");
                }
                media.getValue().path("examples").forEach(example -> {
                    String text = contract.follow(example).path("value").asString("");
                    if (type.equals("application/x-ndjson")) {
                        text.lines().forEach(line -> check(where, itemSchema, read(line)));
                    } else if (stream) {
                        checkFrames(where, itemSchema, text);
                    }
                });
            }
        });
        assertThat(checked).isGreaterThan(5);
        assertThat(faults).isEmpty();
    }

    @Test
    void an_example_that_is_wrong_is_found() {
        JsonNode schema = Objects.requireNonNull(contract.schemas().get("RunCancellation"));
        String run = "run_01JD3M5ZK8Q2W4X6Y7A9B0C1DE";
        assertThat(contract.faults(schema, read("{'run_id': '" + run + "', 'status': 'cancelled'}")))
                .isEmpty();
        assertThat(contract.faults(schema, read("{'run_id': '" + run + "'}"))).hasSize(1);
        assertThat(contract.faults(schema, read("{'run_id': '" + run + "', 'status': 'gone'}")))
                .hasSize(1);
        assertThat(contract.faults(schema, read("{'run_id': 'run_1', 'status': 'cancelled'}")))
                .hasSize(1);
        assertThat(contract.faults(schema, read("{'run_id': '" + run + "', 'status': 'cancelled', 'state': 'x'}")))
                .containsExactly("/state is not declared");
    }

    private void checkFrames(String where, JsonNode itemSchema, String stream) {
        if (!stream.startsWith("retry: 2000\n\n")) {
            faults.add(where + ": a stream begins with retry");
        }
        for (String frame : stream.split("\n\n", -1)) {
            String name = field(frame, "event: ");
            String data = field(frame, "data: ");
            boolean about = ABOUT_THE_STREAM.contains(name);
            if (!data.isEmpty()) {
                if (about == frame.contains("id: ")) {
                    faults.add(where + ": items have an id, " + ABOUT_THE_STREAM + " have none: " + frame);
                }
                JsonNode item = read(data);
                if (!about) {
                    check(where, itemSchema, item);
                }
                if (!name.equals(item.path("type").asString("log"))) {
                    faults.add(where + ": the event's name is its type: " + frame);
                }
            }
        }
    }

    private static String field(String frame, String name) {
        return frame.lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()))
                .findFirst()
                .orElse("");
    }

    private void checkIfThere(String where, JsonNode schema, JsonNode value) {
        if (!value.isMissingNode()) {
            check(where, schema, value);
        }
    }

    private void check(String where, JsonNode schema, JsonNode value) {
        checked++;
        contract.faults(schema, value).forEach(fault -> faults.add(where + ": " + fault));
    }

    private static JsonNode read(String json) {
        return JsonMapper.shared().readTree(json.startsWith("{'") ? json.replace('\'', '"') : json);
    }

    /** Visits every object that is not a value itself. */
    private static void walk(JsonNode node, String where, BiConsumer<String, JsonNode> visitor) {
        if (node.isObject()) {
            visitor.accept(where, node);
            node.forEachEntry((name, child) -> {
                if (!name.equals("value") && !name.equals("example") && !(name.equals("examples") && child.isArray())) {
                    walk(child, where + "/" + name, visitor);
                }
            });
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                walk(node.get(i), where + "/" + i, visitor);
            }
        }
    }
}
