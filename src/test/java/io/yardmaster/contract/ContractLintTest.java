package io.yardmaster.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.contract.BundledContract.Operation;
import io.yardmaster.problems.ProblemType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ContractLintTest {

    /** What an operation can do. A new verb is welcome; two for one thing are not. */
    private static final Set<String> VERBS = Set.of(
            "list",
            "get",
            "aggregate",
            "stream",
            "export",
            "create",
            "update",
            "delete",
            "cancel",
            "pause",
            "resume",
            "rerun",
            "send",
            "approve",
            "deny",
            "upload",
            "sync",
            "rotate",
            "verify");

    /** Words that a language keeps for itself, and that its generator does not escape everywhere. */
    private static final Set<String> RESERVED = Set.of("this", "self", "super", "func", "class", "import", "from");

    private static final Set<String> NOT_SCHEMA = Set.of("example", "examples", "default", "enum", "value");

    private final BundledContract contract = BundledContract.load();
    private final List<String> faults = new ArrayList<>();

    @Test
    void yaml_and_json_say_the_same() throws IOException {
        try (InputStream in = BundledContract.open("openapi.yaml")) {
            Object yaml = new Load(LoadSettings.builder().build()).loadFromInputStream(in);
            assertThat(JsonMapper.shared().<JsonNode>valueToTree(yaml)).isEqualTo(contract.root());
        }
    }

    @Test
    void no_reference_leaves_the_bundle_and_each_leads_somewhere() {
        walk(contract.root(), "#", (where, node) -> {
            if (node.path("$ref").isString()) {
                String reference = node.get("$ref").asString();
                require(reference.startsWith("#/"), where + " refers to " + reference);
                require(contract.root().at(reference.substring(1)).isObject(), where + " leads nowhere: " + reference);
            }
        });
        assertThat(faults).isEmpty();
    }

    @Test
    void every_operation_says_what_it_is() {
        Set<String> ids = new HashSet<>();
        Set<String> tags = new HashSet<>();
        Set<String> tagsInUse = new HashSet<>();
        contract.root().path("tags").forEach(tag -> tags.add(tag.path("name").asString()));
        for (Operation operation : contract.operations()) {
            require(operation.id().matches("[a-z]+([A-Z][a-z]+)+"), operation + ": operationId is not camelCase");
            require(
                    VERBS.contains(operation.id().replaceAll("[A-Z].*", "")),
                    operation + ": operationId " + operation.id() + " does not begin with one of " + VERBS);
            require(ids.add(operation.id()), operation + ": operationId is taken");
            JsonNode node = operation.node();
            require(node.path("tags").size() == 1, operation + ": needs one tag");
            require(tags.contains(node.path("tags").path(0).asString("")), operation + ": its tag is not described");
            require(node.path("summary").asString("").matches(".{5,60}[^.]"), operation + ": needs a short summary");
            require(
                    node.path("description").asString("").strip().matches("(?s).{20,}\\."),
                    operation + ": needs a description, of sentences");
            tagsInUse.add(node.path("tags").path(0).asString(""));
        }
        contract.root()
                .path("tags")
                .forEach(tag -> require(tag.path("description").isString(), "the tag " + tag + " needs a description"));
        assertThat(tagsInUse).isEqualTo(tags);
        assertThat(ids).hasSizeGreaterThan(20);
        assertThat(faults).isEmpty();
    }

    @Test
    void the_scope_in_security_is_the_scope_that_the_code_checks() {
        for (Operation operation : contract.operations()) {
            JsonNode security = operation.node().path("security");
            JsonNode scopes = operation.node().path("x-required-scope");
            if (operation.isPublic()) {
                require(security.isArray() && security.isEmpty(), operation + ": is public and asks for security");
                require(scopes.isMissingNode(), operation + ": is public and asks for a scope");
            } else {
                require(scopes.isArray(), operation + ": states no x-required-scope");
                require(
                        security.size() == 1 && security.path(0).path("bearer").equals(scopes),
                        operation + ": security " + security + " differs from x-required-scope " + scopes);
                scopes.forEach(scope -> require(
                        scope.asString().matches("[a-z]+:(read|write|admin)"), operation + ": odd scope " + scope));
            }
        }
        assertThat(faults).isEmpty();
    }

    @Test
    void only_the_health_of_the_server_is_public() {
        assertThat(contract.operations().stream().filter(Operation::isPublic).map(Operation::id))
                .containsExactlyInAnyOrder("getHealth", "getLiveness", "getReadiness", "getStartup");
    }

    @Test
    void every_pattern_is_also_said_in_words() {
        walk(contract.root(), "#", (where, node) -> {
            if (node.path("pattern").isString() && !where.contains("example")) {
                String rule = node.path("x-rule").asString("");
                require(rule.length() > 10 && !rule.endsWith("."), where + ": a pattern needs an x-rule in words");
            }
        });
        assertThat(faults).isEmpty();
    }

    @Test
    void paths_are_kebab_case_and_names_are_snake_case() {
        for (Operation operation : contract.operations()) {
            require(
                    operation.path().matches("(/[a-z]+(-[a-z]+)*|/\\{[a-z]+(_[a-z]+)*})+"),
                    operation + ": the path is not kebab-case");
            for (JsonNode parameter : operation.parameters()) {
                String name = parameter.path("name").asString();
                boolean header = parameter.path("in").asString().equals("header");
                require(header || name.matches("[a-z]+(_[a-z]+)*"), operation + ": parameter " + name);
                require(parameter.path("description").isString(), operation + ": " + name + " needs a description");
            }
        }
        walk(
                contract.root().path("components").path("schemas"),
                "schemas",
                (where, node) -> node.path("properties")
                        .propertyNames()
                        .forEach(name -> require(
                                name.matches("[a-z]+[a-z0-9]*(_[a-z0-9]+)*") && !RESERVED.contains(name),
                                where + ": property " + name)));
        assertThat(faults).isEmpty();
    }

    @Test
    void a_path_declares_the_parameters_that_stand_in_it() {
        for (Operation operation : contract.operations()) {
            Set<String> declared = new HashSet<>();
            operation.parameters().stream()
                    .filter(parameter -> parameter.path("in").asString().equals("path"))
                    .forEach(parameter ->
                            declared.add("{" + parameter.path("name").asString() + "}"));
            Set<String> written = new HashSet<>(Stream.of(operation.path().split("/"))
                    .filter(s -> s.startsWith("{"))
                    .toList());
            require(declared.equals(written), operation + ": declares " + declared);
        }
        assertThat(faults).isEmpty();
    }

    @Test
    void every_operation_lists_the_problems_it_answers() {
        for (Operation operation : contract.operations()) {
            Set<String> statuses = operation.responses().keySet();
            require(statuses.contains("default"), operation + ": needs a default");
            require(statuses.contains("400"), operation + ": needs 400, for an unknown parameter at least");
            if (!operation.isPublic()) {
                require(statuses.containsAll(Set.of("401", "403")), operation + ": needs 401 and 403");
            }
            if (operation.path().contains("{")) {
                require(statuses.contains("404"), operation + ": needs 404");
            }
            if (operation.node().has("requestBody")) {
                require(statuses.containsAll(Set.of("413", "415")), operation + ": has a body, needs 413 and 415");
            }
            // Whatever has only one form refuses other ones; bytes have their own, and what has no content has none.
            require(
                    statuses.contains("406")
                            || statuses.contains("204")
                            || operation.node().toString().contains("\"*/*\""),
                    operation + ": needs 406");
            boolean conditional = operation.parameters().stream()
                    .anyMatch(p -> p.path("name").asString().equals("If-None-Match"));
            require(conditional == statuses.contains("304"), operation + ": If-None-Match and 304 go together");
        }
        assertThat(faults).isEmpty();
    }

    @Test
    void whatever_changes_something_can_be_sent_again() {
        for (Operation operation : contract.operations()) {
            boolean changes = !operation.method().equalsIgnoreCase("get");
            boolean keyed = operation.parameters().stream()
                    .anyMatch(p -> p.path("name").asString().equals("Idempotency-Key"));
            require(
                    changes == keyed,
                    operation + ": what changes something, and nothing else, takes an Idempotency-Key");
            if (changes) {
                Set<String> problems = new HashSet<>();
                operation
                        .responses()
                        .forEach((status, response) -> problems.addAll(response.path("content")
                                .path("application/problem+json")
                                .path("examples")
                                .propertyNames()));
                require(
                        problems.containsAll(Set.of("idempotency-mismatch", "idempotency-in-flight")),
                        operation + ": needs the problems of an Idempotency-Key");
                operation
                        .responses()
                        .forEach((status, response) -> require(
                                !status.startsWith("2")
                                        || response.path("headers").has("Idempotency-Replayed"),
                                operation + " " + status + ": may be given again"));
            }
        }
        assertThat(faults).isEmpty();
    }

    @Test
    void every_problem_in_an_example_is_a_row_of_the_problem_table() {
        for (Operation operation : contract.operations()) {
            operation.responses().forEach((status, response) -> {
                if (!status.equals("default") && Integer.parseInt(status) < 400) {
                    return;
                }
                JsonNode content = response.path("content");
                require(content.size() == 1 && content.has("application/problem+json"), operation + " " + status);
                JsonNode examples = content.path("application/problem+json").path("examples");
                require(!examples.isEmpty(), operation + " " + status + ": needs an example");
                examples.forEachEntry((slug, example) -> checkProblem(operation + " " + status, slug, example));
                examples.forEach(example -> require(
                        status.equals("default")
                                || example.at("/value/status").asString().equals(status),
                        operation + " " + status + ": an example has another status"));
            });
        }
        assertThat(faults).isEmpty();
    }

    private void checkProblem(String where, String slug, JsonNode example) {
        Optional<ProblemType> type = Stream.of(ProblemType.values())
                .filter(t -> t.slug().equals(slug))
                .findFirst();
        require(type.isPresent(), where + ": there is no problem " + slug);
        JsonNode value = example.path("value");
        type.ifPresent(t -> require(
                value.path("type").asString().equals(t.uri().toString())
                        && value.path("title").asString().equals(t.title())
                        && value.path("status").asInt() == t.status(),
                where + ": the example of " + slug + " differs from the problem table"));
    }

    @Test
    void every_body_has_an_example() {
        for (Operation operation : contract.operations()) {
            require(
                    !operation.responses().keySet().stream()
                            .filter(s -> s.startsWith("2"))
                            .toList()
                            .isEmpty(),
                    operation + ": never succeeds");
            operation
                    .node()
                    .path("requestBody")
                    .path("content")
                    .forEachEntry((type, content) -> require(
                            !content.path("examples").isEmpty(), operation + ": " + type + " needs an example"));
            operation
                    .responses()
                    .forEach((status, response) -> response.path("content")
                            .forEachEntry((type, content) -> require(
                                    type.equals("*/*")
                                            || !content.path("examples").isEmpty(),
                                    operation + " " + status + ": " + type + " needs an example")));
        }
        assertThat(faults).isEmpty();
    }

    /**
     * An {@code example} of a parameter is what Swagger UI sends unless it is told otherwise. That is right for what must be
     * sent; where it would be a filter that nobody asked for, the example stands within the schema, where it is only read.
     */
    @Test
    void every_parameter_shows_a_value() {
        for (Operation operation : contract.operations()) {
            for (JsonNode parameter : operation.parameters()) {
                String where = operation + ": " + parameter.path("name").asString();
                JsonNode schema = contract.follow(parameter.path("schema"));
                boolean required = parameter.path("required").asBoolean(false);
                JsonNode values = schema.path("type").asString("").equals("array")
                        ? contract.follow(schema.path("items"))
                        : schema;
                boolean shown = values.has("enum")
                        || values.path("type").asString("").equals("boolean")
                        || schema.path("examples").isArray();
                require(required ? parameter.has("example") : shown, where + " needs an example");
                require(required || !parameter.has("example"), where + ": its example belongs within the schema");
            }
        }
        assertThat(faults).isEmpty();
    }

    @Test
    void every_header_that_is_sent_is_declared() {
        for (Operation operation : contract.operations()) {
            List<String> parameters = operation.parameters().stream()
                    .map(parameter -> parameter.path("name").asString())
                    .toList();
            operation.responses().forEach((status, response) -> {
                Set<String> needed = new HashSet<>();
                switch (status) {
                    case "200" -> {
                        if (parameters.contains("page_token")) {
                            needed.add("Link");
                        }
                        if (parameters.contains("If-None-Match")) {
                            needed.add("ETag");
                        }
                    }
                    case "201" -> needed.add("Location");
                    case "206" -> needed.addAll(Set.of("Content-Range", "ETag"));
                    case "304" -> needed.add("ETag");
                    case "401" -> needed.add("WWW-Authenticate");
                    case "429", "503" -> needed.add("Retry-After");
                    default -> {}
                }
                needed.removeAll(List.copyOf(response.path("headers").propertyNames()));
                require(needed.isEmpty(), operation + " " + status + ": declares no " + needed);
                response.path("headers")
                        .forEachEntry((name, header) ->
                                require(contract.follow(header).has("example"), name + " needs an example: " + header));
            });
        }
        assertThat(faults).isEmpty();
    }

    /** What a generator finds without a name it calls {@code InlineObject1}. */
    @Test
    void every_object_has_a_name() {
        BiConsumer<String, JsonNode> check = (where, node) ->
                require(!node.has("properties"), where + ": an object of its own is a file of its own");
        for (Operation operation : contract.operations()) {
            walk(operation.node().path("requestBody"), operation + " body", check);
            operation.responses().forEach((status, response) -> walk(response, operation + " " + status, check));
            operation.parameters().forEach(parameter -> walk(parameter, operation.toString(), check));
        }
        contract.schemas().forEach((name, schema) -> {
            walk(schema.path("properties"), name + "/properties", check);
            walk(schema.path("items"), name + "/items", check);
            walk(schema.path("additionalProperties"), name + "/additionalProperties", check);
        });
        assertThat(faults).isEmpty();
    }

    @Test
    void every_property_is_described() {
        contract.schemas()
                .forEach((name, schema) -> schema.path("properties").forEachEntry((property, definition) -> {
                    String described = definition
                            .path("description")
                            .asString(contract.follow(definition)
                                    .path("description")
                                    .asString(""));
                    require(described.strip().endsWith("."), name + "." + property + " needs a description");
                }));
        assertThat(faults).isEmpty();
    }

    @Test
    void nothing_is_there_that_nothing_uses() throws IOException {
        String text = contract.root().toString();
        Set<String> components = new HashSet<>();
        for (Map.Entry<String, JsonNode> kind :
                contract.root().path("components").properties()) {
            kind.getValue().propertyNames().forEach(name -> {
                String reference = "#/components/" + kind.getKey() + "/" + name;
                require(
                        kind.getKey().equals("securitySchemes") || text.contains("\"" + reference + "\""),
                        reference + " is not used");
                components.add(kind.getKey() + "/" + name + ".yaml");
            });
        }
        Set<String> kinds = Set.of("schemas", "parameters", "responses", "headers", "examples");
        try (Stream<Path> files = Files.walk(Path.of("openapi"))) {
            files.filter(Files::isRegularFile).forEach(file -> {
                String kind = file.getName(file.getNameCount() - 2).toString();
                if (kinds.contains(kind)) {
                    require(components.contains(kind + "/" + file.getFileName()), file + " is not used");
                }
            });
        }
        assertThat(faults).isEmpty();
    }

    @Test
    void a_request_body_says_whether_it_may_hold_more() {
        for (Operation operation : contract.operations()) {
            operation.node().path("requestBody").path("content").forEachEntry((type, content) -> {
                if (type.equals("*/*")) {
                    return;
                }
                JsonNode schema = contract.follow(content.path("schema"));
                require(
                        schema.path("additionalProperties").isBoolean()
                                && !schema.path("additionalProperties").booleanValue(),
                        operation + ": its body must not take unknown properties");
                reachable(schema, new HashSet<>())
                        .filter(s -> s.path("type").asString("").equals("object"))
                        .forEach(s -> require(
                                s.has("additionalProperties"),
                                operation + ": an object in its body leaves additionalProperties open: " + s));
            });
        }
        assertThat(faults).isEmpty();
    }

    @Test
    void everything_is_bounded() {
        BiConsumer<String, JsonNode> check = (where, schema) -> {
            switch (schema.path("type").asString("")) {
                case "string" ->
                    require(
                            schema.has("maxLength")
                                    || schema.has("enum")
                                    || schema.path("format").asString("").equals("date-time"),
                            where + ": a string without maxLength");
                case "array" -> require(schema.has("maxItems"), where + ": an array without maxItems");
                case "integer", "number" ->
                    require(schema.has("minimum") && schema.has("maximum"), where + ": a number without bounds");
                case "object" ->
                    require(
                            schema.has("properties") || schema.has("maxProperties"),
                            where + ": a map without maxProperties");
                default -> {}
            }
        };
        for (String kind : List.of("schemas", "parameters", "headers")) {
            walk(contract.root().path("components").path(kind), kind, check);
        }
        for (Operation operation : contract.operations()) {
            operation.parameters().forEach(parameter -> walk(parameter.path("schema"), operation.toString(), check));
        }
        assertThat(faults).isEmpty();
    }

    @Test
    void every_schema_is_described_and_the_generator_can_make_a_class_of_it() {
        contract.schemas().forEach((name, schema) -> {
            require(schema.path("description").isString(), name + ": needs a description");
            walk(
                    schema,
                    name,
                    (where, node) -> require(
                            !node.has("oneOf")
                                    && !node.has("anyOf")
                                    && !node.has("allOf")
                                    && !node.path("type").isArray(),
                            where + ": clients generated from this become awkward"));
            schema.path("properties")
                    .forEachEntry((property, definition) -> require(
                            !definition.has("enum"), name + "." + property + ": an enum is a schema of its own"));
        });
        assertThat(faults).isEmpty();
    }

    private Stream<JsonNode> reachable(JsonNode schema, Set<JsonNode> seen) {
        JsonNode target = contract.follow(schema);
        if (!target.isObject() || !seen.add(target)) {
            return Stream.empty();
        }
        return Stream.concat(
                Stream.of(target),
                Stream.of("properties", "items")
                        .flatMap(keyword -> keyword.equals("items")
                                ? Stream.of(target.path(keyword))
                                : target.path(keyword).valueStream())
                        .flatMap(child -> reachable(child, seen)));
    }

    /** Visits every object that is not an example. */
    private static void walk(JsonNode node, String where, BiConsumer<String, JsonNode> visitor) {
        if (node.isObject()) {
            visitor.accept(where, node);
            for (Map.Entry<String, JsonNode> entry : node.properties()) {
                boolean schemaMap = where.endsWith("/properties");
                if (schemaMap || !NOT_SCHEMA.contains(entry.getKey())) {
                    walk(entry.getValue(), where + "/" + entry.getKey(), visitor);
                }
            }
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                walk(node.get(i), where + "/" + i, visitor);
            }
        }
    }

    private void require(boolean condition, String otherwise) {
        if (!condition) {
            faults.add(otherwise);
        }
    }
}
