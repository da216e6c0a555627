package io.yardmaster.contract;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The bundled contract as tests read it. */
public record BundledContract(JsonNode root) {

    private static final List<String> METHODS = List.of("get", "put", "post", "delete", "head", "patch");

    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemaRegistryConfig(
                    SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));

    public static BundledContract load() {
        try (InputStream in = Objects.requireNonNull(open("openapi.json"))) {
            return new BundledContract(JsonMapper.shared().readTree(in));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static InputStream open(String name) {
        return Objects.requireNonNull(BundledContract.class.getResourceAsStream("/openapi/" + name), name);
    }

    /** Every operation, in the order of the contract. */
    public List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        root.path("paths")
                .forEachEntry((path, item) -> item.forEachEntry((method, operation) -> {
                    if (METHODS.contains(method)) {
                        operations.add(new Operation(path, method, operation, this));
                    }
                }));
        return operations;
    }

    /** What a reference of this contract leads to; the node itself if it is none. */
    public JsonNode follow(JsonNode node) {
        if (!node.has("$ref")) {
            return node;
        }
        JsonNode target = root.at(node.get("$ref").asString().substring(1));
        if (target.isMissingNode()) {
            throw new AssertionError("leads nowhere: " + node);
        }
        return follow(target);
    }

    /**
     * What is wrong with a value by a schema of this contract. A property that an object's schema does not name is a fault
     * too, unless the schema says that there are others: here nobody is a client of tomorrow.
     */
    public List<String> faults(JsonNode schema, JsonNode value) {
        List<String> faults = new ArrayList<>();
        ObjectNode document = schema.deepCopy().asObject();
        document.set("components", root.path("components"));
        SCHEMAS.getSchema(document).validate(value).forEach(error -> faults.add(error.toString()));
        addUndeclared(schema, value, "", faults);
        return faults;
    }

    private void addUndeclared(JsonNode reference, JsonNode value, String where, List<String> faults) {
        JsonNode schema = follow(reference);
        JsonNode rest = schema.path("additionalProperties");
        value.forEachEntry((name, member) -> {
            if (schema.path("properties").has(name)) {
                addUndeclared(schema.path("properties").path(name), member, where + "/" + name, faults);
            } else if (rest.isObject()) {
                addUndeclared(rest, member, where + "/" + name, faults);
            } else if (schema.has("properties") && !rest.booleanValue(false)) {
                faults.add(where + "/" + name + " is not declared");
            }
        });
        if (value.isArray()) {
            value.forEach(item -> addUndeclared(schema.path("items"), item, where + "/*", faults));
        }
    }

    Map<String, JsonNode> schemas() {
        return entries(root.path("components").path("schemas"));
    }

    public static Map<String, JsonNode> entries(JsonNode object) {
        Map<String, JsonNode> entries = new LinkedHashMap<>();
        object.forEachEntry(entries::put);
        return entries;
    }

    public record Operation(String path, String method, JsonNode node, BundledContract contract) {

        public String id() {
            return node.path("operationId").asString("");
        }

        public boolean isPublic() {
            return node.path("x-public").asBoolean(false);
        }

        public List<JsonNode> parameters() {
            return node.path("parameters").valueStream().map(contract::follow).toList();
        }

        /** By status. */
        public Map<String, JsonNode> responses() {
            Map<String, JsonNode> responses = entries(node.path("responses"));
            responses.replaceAll((status, response) -> contract.follow(response));
            return responses;
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }
}
