package io.yardmaster.jobs;

import com.networknt.schema.Schema;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What people are asked to fill in: a JSON Schema of an object. Immutable, and shared between threads. */
public final class Form {

    private final ObjectNode schema;
    private final Schema compiled;

    private Form(ObjectNode schema) {
        this.schema = schema;
        this.compiled = JsonSchemas.compile(schema);
    }

    /** A form of a schema that was checked when its job was read. */
    public static Form of(ObjectNode schema) {
        return new Form(schema);
    }

    /** JSON Schema 2020-12; must not be changed. */
    public ObjectNode schema() {
        return schema;
    }

    /** What the schema says where nobody answers. */
    public ObjectNode defaults() {
        ObjectNode values = schema.objectNode();
        Arguments.applyDefaults(schema, values);
        return values;
    }

    /**
     * Fills in defaults and checks.
     *
     * @param pointer where the answers are in the request, such as {@code /inputs}
     * @throws ProblemException {@code validation-error} with every fault
     */
    public ObjectNode check(JsonNode given, String pointer) {
        ObjectNode all = given instanceof ObjectNode object ? object.deepCopy() : schema.objectNode();
        Arguments.applyDefaults(schema, all);
        List<Fault> faults = JsonSchemas.validate(compiled, all).stream()
                .map(mismatch -> new Fault(
                        pointer + mismatch.pointer(),
                        pointer + mismatch.pointer() + " " + mismatch.message() + ".",
                        mismatch.code()))
                .toList();
        if (!faults.isEmpty()) {
            throw ProblemException.validation(faults);
        }
        return all;
    }
}
