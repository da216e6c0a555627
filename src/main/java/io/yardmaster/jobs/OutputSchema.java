package io.yardmaster.jobs;

import com.networknt.schema.Schema;
import io.yardmaster.jobs.JsonSchemas.Mismatch;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/** What a step declares one of its outputs to be. */
public final class OutputSchema {

    /** Numbers of any size are read as they are, and none becomes infinite. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** PostgreSQL keeps larger numbers, but few programs read them. */
    private static final int MAX_DIGITS = 1000;

    private final JsonNode schema;
    private final Schema compiled;

    OutputSchema(JsonNode schema) {
        this.schema = schema;
        this.compiled = JsonSchemas.compile(schema);
    }

    /** JSON Schema 2020-12; must not be changed. */
    public JsonNode schema() {
        return schema;
    }

    /**
     * Reads what a step wrote: JSON, or the text itself where the schema asks for a string.
     *
     * @throws OutputMismatchException where it is not what the schema asks for
     */
    public JsonNode read(String written) {
        JsonNode value = value(written);
        List<Mismatch> mismatches = JsonSchemas.validate(compiled, value);
        if (!mismatches.isEmpty()) {
            throw new OutputMismatchException(mismatches.stream()
                    .map(mismatch ->
                            (mismatch.pointer().isEmpty() ? "it " : mismatch.pointer() + " ") + mismatch.message())
                    .collect(Collectors.joining("; ")));
        }
        return value;
    }

    @Override
    public String toString() {
        return schema.toString();
    }

    private JsonNode value(String written) {
        JsonNode text = JsonNodeFactory.instance.stringNode(written);
        if (schema.path("type").asString("").equals("string")) {
            return text;
        }
        try {
            JsonNode value = JSON.readTree(written);
            return value.isMissingNode() || holdsHugeNumber(value) ? text : value;
        } catch (JacksonException e) {
            return text;
        }
    }

    private static boolean holdsHugeNumber(JsonNode value) {
        if (value.isNumber()) {
            BigDecimal number = value.decimalValue();
            return number.precision() > MAX_DIGITS || Math.abs((long) number.scale()) > MAX_DIGITS;
        }
        return value.valueStream().anyMatch(OutputSchema::holdsHugeNumber);
    }

    /** What a step wrote is not what it declares. The message is for people and does not hold the value. */
    public static final class OutputMismatchException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        OutputMismatchException(String message) {
            super(message);
        }
    }
}
