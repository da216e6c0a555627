package io.yardmaster.jobs;

import com.networknt.schema.Schema;
import dev.cel.common.types.CelType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The arguments a job takes: a JSON Schema that was checked and compiled when the job was read. */
final class Argspec {

    private final ObjectNode schema;
    private final Schema compiled;
    private final Set<String> secrets;

    Argspec(ObjectNode schema, Schema compiled, Set<String> secrets) {
        this.schema = schema;
        this.compiled = compiled;
        this.secrets = Set.copyOf(secrets);
    }

    /** JSON Schema 2020-12; must not be changed. */
    public ObjectNode schema() {
        return schema;
    }

    /** The names of the arguments that are secrets ({@code format: secret}). */
    public Set<String> secrets() {
        return secrets;
    }

    /** The schema of one argument; null where there is no such argument. */
    public @Nullable JsonNode argument(String name) {
        return schema.path("properties").get(name);
    }

    /** Whether arguments may be given that {@code properties} does not name. */
    boolean isOpen() {
        return schema.has("patternProperties")
                || schema.has("unevaluatedProperties")
                || (schema.has("additionalProperties")
                        && !schema.path("additionalProperties").isBoolean())
                || schema.path("additionalProperties").asBoolean(false);
    }

    Schema compiled() {
        return compiled;
    }

    /** The names of all arguments it declares. */
    Set<String> names() {
        Set<String> names = new TreeSet<>();
        schema.path("properties").propertyNames().forEach(names::add);
        return names;
    }

    /** The types expressions see; secrets are not among them. */
    Map<String, CelType> types() {
        Map<String, CelType> types = new LinkedHashMap<>();
        schema.path("properties").forEachEntry((name, property) -> {
            if (!secrets.contains(name)) {
                types.put(name, CelTypes.of(property));
            }
        });
        return types;
    }

    @Override
    public String toString() {
        return schema.toString();
    }
}
