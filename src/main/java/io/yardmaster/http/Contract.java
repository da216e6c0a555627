package io.yardmaster.http;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import io.yardmaster.http.Operation.Body;
import io.yardmaster.http.Operation.HeaderParameter;
import io.yardmaster.http.Operation.Kind;
import io.yardmaster.http.Operation.QueryParameter;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The bundled OpenAPI 3.1 document, made ready once: a table of routes, and a schema for all that is checked. */
final class Contract {

    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");

    private final JsonNode document;
    private final SchemaRegistry registry = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemaRegistryConfig(SchemaRegistryConfig.builder()
                    .formatAssertionsEnabled(true)
                    .locale(Locale.ROOT)
                    .build()));
    private final ObjectNode definitions;
    private final List<LazySchema> schemas = new ArrayList<>();
    private final Map<String, String> rules;
    private final RouteTable routes;
    private final String prefix;

    private Contract(JsonNode document) {
        this.document = document;
        this.prefix = prefix(document);
        this.definitions = SchemaDialect.named(document.at("/components/schemas"));
        this.rules = rules(document);
        RouteTable.Builder table = new RouteTable.Builder();
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            JsonNode item = resolve(path.getValue());
            String before = item.has("servers") ? prefix(item) : prefix;
            for (Map.Entry<String, JsonNode> member : item.properties()) {
                if (METHODS.contains(member.getKey())) {
                    table.add(
                            member.getKey().toUpperCase(Locale.ROOT),
                            before + path.getKey(),
                            operation(member.getValue(), item));
                }
            }
        }
        this.routes = table.build();
    }

    /**
     * Reads a bundled document.
     *
     * @throws IllegalArgumentException when it is not one
     */
    static Contract read(InputStream json) {
        JsonNode document = JsonMapper.shared().readTree(json);
        if (!document.path("openapi").asString("").startsWith("3.1")) {
            throw new IllegalArgumentException("the contract is not an OpenAPI 3.1 document");
        }
        return new Contract(document);
    }

    /** Compiles every schema that no request has asked for yet. */
    void compileAll() {
        schemas.forEach(LazySchema::get);
    }

    RouteTable routes() {
        return routes;
    }

    /** Whether only what the contract names may exist at this path. */
    boolean covers(String path) {
        return path.startsWith(prefix) && (path.length() == prefix.length() || path.charAt(prefix.length()) == '/');
    }

    /** The path that comes before each path of the document that has no server of its own; without a slash at its end. */
    String prefix() {
        return prefix;
    }

    private static String prefix(JsonNode withServers) {
        return URI.create(withServers.at("/servers/0/url").asString(""))
                .getPath()
                .replaceFirst("/+$", "");
    }

    /** What each pattern of the contract means, in the words of the {@code x-rule} beside it. */
    private static Map<String, String> rules(JsonNode document) {
        Map<String, String> rules = new LinkedHashMap<>();
        for (JsonNode schema : document.findParents("pattern")) {
            if (schema.path("pattern").isString() && schema.path("x-rule").isString()) {
                rules.put(
                        schema.path("pattern").stringValue(),
                        schema.path("x-rule").stringValue());
            }
        }
        return Map.copyOf(rules);
    }

    private Operation operation(JsonNode operation, JsonNode item) {
        Map<String, QueryParameter> query = new LinkedHashMap<>();
        Map<String, HeaderParameter> headers = new LinkedHashMap<>();
        for (JsonNode place : List.of(item, operation)) {
            for (JsonNode parameter : place.path("parameters")) {
                addQuery(resolve(parameter), query);
                addHeader(resolve(parameter), headers);
            }
        }
        List<String> scopes = new ArrayList<>();
        JsonNode required = operation.path("x-required-scope");
        if (required.isString()) {
            scopes.add(required.asString());
        }
        for (JsonNode scope : required) {
            scopes.add(scope.asString());
        }
        return new Operation(
                operation.path("operationId").asString(""),
                operation.path("x-public").asBoolean(false),
                List.copyOf(scopes),
                Map.copyOf(query),
                List.copyOf(headers.values()),
                body(operation));
    }

    private void addQuery(JsonNode parameter, Map<String, QueryParameter> query) {
        if (!"query".equals(parameter.path("in").asString(""))) {
            return;
        }
        String name = parameter.path("name").asString("");
        JsonNode schema = parameter.path("schema");
        JsonNode resolved = resolve(schema);
        boolean repeatable = hasType(resolved, "array");
        JsonNode single = repeatable ? resolve(resolved.path("items")) : resolved;
        query.put(
                name,
                new QueryParameter(
                        name, parameter.path("required").asBoolean(false), repeatable, kind(single), lazily(schema)));
    }

    private void addHeader(JsonNode parameter, Map<String, HeaderParameter> headers) {
        if ("header".equals(parameter.path("in").asString(""))) {
            String name = parameter.path("name").asString("");
            boolean required = parameter.path("required").asBoolean(false);
            headers.put(name, new HeaderParameter(name, required, lazily(parameter.path("schema"))));
        }
    }

    private static Kind kind(JsonNode schema) {
        if (hasType(schema, "integer")) {
            return Kind.INTEGER;
        }
        if (hasType(schema, "number")) {
            return Kind.NUMBER;
        }
        return hasType(schema, "boolean") ? Kind.BOOLEAN : Kind.TEXT;
    }

    private static boolean hasType(JsonNode schema, String type) {
        return type.equals(schema.path("type").asString(""));
    }

    private @Nullable Body body(JsonNode operation) {
        JsonNode body = resolve(operation.path("requestBody"));
        if (body.isMissingNode()) {
            return null;
        }
        List<MediaType> types = new ArrayList<>();
        LazySchema json = null;
        Set<String> properties = new LinkedHashSet<>();
        for (Map.Entry<String, JsonNode> content : body.path("content").properties()) {
            MediaType type = MediaType.parseMediaType(content.getKey());
            types.add(type);
            if (isJson(type)) {
                JsonNode schema = content.getValue().path("schema");
                json = lazily(schema);
                addProperties(resolve(schema), properties);
            }
        }
        return new Body(body.path("required").asBoolean(false), List.copyOf(types), json, Set.copyOf(properties));
    }

    private void addProperties(JsonNode schema, Set<String> properties) {
        properties.addAll(schema.path("properties").propertyNames());
        for (JsonNode part : schema.path("allOf")) {
            addProperties(resolve(part), properties);
        }
    }

    private static boolean isJson(MediaType type) {
        return "json".equals(type.getSubtype()) || "json".equals(type.getSubtypeSuffix());
    }

    private LazySchema lazily(JsonNode schema) {
        LazySchema lazy = new LazySchema(() -> compile(schema));
        schemas.add(lazy);
        return lazy;
    }

    private ContractSchema compile(JsonNode schema) {
        ObjectNode root = SchemaDialect.plain(schema);
        root.set("$defs", definitions);
        Schema compiled = registry.getSchema(root);
        compiled.initializeValidators();
        return new ContractSchema(compiled, rules);
    }

    private JsonNode resolve(JsonNode node) {
        JsonNode resolved = node;
        // A chain of references is short; one that is not runs in a circle.
        for (int links = 0; links < 8 && resolved.path("$ref").isString(); links++) {
            resolved = document.at(resolved.path("$ref").asString().substring(1));
        }
        return resolved;
    }
}
