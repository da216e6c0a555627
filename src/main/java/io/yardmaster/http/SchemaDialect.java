package io.yardmaster.http;

import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes plain JSON Schema 2020-12 of OpenAPI's schemas: references lead to {@code $defs}, keywords that check nothing
 * are left out, and the bounds that a number's format implies are written down.
 */
final class SchemaDialect {

    private static final String COMPONENTS = "#/components/schemas/";
    private static final Set<String> OF_SCHEMAS_BY_NAME =
            Set.of("properties", "patternProperties", "dependentSchemas", "$defs");
    private static final Set<String> OF_SCHEMAS = Set.of("allOf", "anyOf", "oneOf", "prefixItems");
    private static final Set<String> OF_A_SCHEMA = Set.of(
            "items",
            "additionalProperties",
            "unevaluatedProperties",
            "unevaluatedItems",
            "propertyNames",
            "contains",
            "not",
            "if",
            "then",
            "else");
    private static final Set<String> OF_A_VALUE = Set.of(
            "type",
            "enum",
            "const",
            "format",
            "pattern",
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "minItems",
            "maxItems",
            "uniqueItems",
            "minContains",
            "maxContains",
            "minProperties",
            "maxProperties",
            "required",
            "dependentRequired");

    private SchemaDialect() {}

    static ObjectNode named(JsonNode schemas) {
        ObjectNode plain = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, JsonNode> schema : schemas.properties()) {
            plain.set(schema.getKey(), schemaOrBoolean(schema.getValue()));
        }
        return plain;
    }

    static ObjectNode plain(JsonNode schema) {
        ObjectNode plain = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, JsonNode> member : schema.properties()) {
            String keyword = member.getKey();
            JsonNode value = member.getValue();
            if (keyword.equals("$ref")) {
                plain.put(keyword, value.asString().replace(COMPONENTS, "#/$defs/"));
            } else if (OF_SCHEMAS_BY_NAME.contains(keyword)) {
                plain.set(keyword, named(value));
            } else if (OF_SCHEMAS.contains(keyword)) {
                ArrayNode list = plain.putArray(keyword);
                value.forEach(item -> list.add(schemaOrBoolean(item)));
            } else if (OF_A_SCHEMA.contains(keyword)) {
                plain.set(keyword, schemaOrBoolean(value));
            } else if (OF_A_VALUE.contains(keyword)) {
                plain.set(keyword, value);
            }
        }
        switch (schema.path("format").asString("")) {
            case "int32" -> bound(plain, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case "int64" -> bound(plain, Long.MIN_VALUE, Long.MAX_VALUE);
            default -> {}
        }
        return plain;
    }

    private static JsonNode schemaOrBoolean(JsonNode schema) {
        return schema.isObject() ? plain(schema) : schema;
    }

    private static void bound(ObjectNode schema, long least, long most) {
        schema.remove("format");
        if (!schema.has("minimum")) {
            schema.put("minimum", least);
        }
        if (!schema.has("maximum")) {
            schema.put("maximum", most);
        }
    }
}
