package io.yardmaster.jobs;

import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import tools.jackson.databind.JsonNode;

/** What a JSON Schema promises about a value, as far as a CEL type can say it. */
final class CelTypes {

    static final CelType OBJECT = MapType.create(SimpleType.STRING, SimpleType.DYN);

    private CelTypes() {}

    /** The type of values that satisfy this schema; the dynamic type where it leaves several open. */
    static CelType of(JsonNode schema) {
        JsonNode type = schema.path("type");
        if (!type.isString()) {
            return SimpleType.DYN;
        }
        return switch (type.stringValue()) {
            case "string" -> SimpleType.STRING;
            case "integer" -> SimpleType.INT;
            case "number" -> SimpleType.DOUBLE;
            case "boolean" -> SimpleType.BOOL;
            case "array" -> ListType.create(of(schema.path("items")));
            case "object" -> OBJECT;
            default -> SimpleType.DYN;
        };
    }
}
