package io.yardmaster.contract;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The bundled contract as tests read it. */
public record BundledContract(JsonNode root) {

    private static final List<String> METHODS = List.of("get", "put", "post", "delete", "head", "patch");

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
    JsonNode follow(JsonNode node) {
        if (!node.has("$ref")) {
            return node;
        }
        JsonNode target = root.at(node.get("$ref").asString().substring(1));
        if (target.isMissingNode()) {
            throw new AssertionError("leads nowhere: " + node);
        }
        return follow(target);
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

        List<JsonNode> parameters() {
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
