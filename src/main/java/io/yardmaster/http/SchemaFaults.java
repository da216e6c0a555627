package io.yardmaster.http;

import com.networknt.schema.Error;
import com.networknt.schema.path.NodePath;
import io.yardmaster.problems.JsonPointers;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.SchemaNumbers;
import io.yardmaster.problems.SchemaWords;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Says in plain words what a schema found wrong. A message names the place and what is expected there, never the value
 * that was sent: it may be a secret.
 */
final class SchemaFaults {

    /** Nobody reads more. */
    private static final int MOST = 100;

    private SchemaFaults() {}

    /**
     * All faults of a body, each with a JSON Pointer.
     *
     * @param conditions whether those count that stem from a condition at the schema's top, such as {@code then}
     */
    static List<Fault> ofBody(ContractSchema schema, JsonNode body, boolean conditions) {
        return of(schema.schema().validate(SchemaNumbers.writtenOut(body)), null, conditions, schema.rules());
    }

    /** All faults of a query parameter; each points at its name. */
    static List<Fault> ofParameter(String name, ContractSchema schema, JsonNode value) {
        return of(schema.schema().validate(value), name, true, schema.rules());
    }

    private static List<Fault> of(
            List<Error> errors, @Nullable String parameter, boolean conditions, Map<String, String> rules) {
        if (errors.isEmpty()) {
            return List.of();
        }
        List<NodePath> choices = errors.stream()
                .filter(e -> e.getKeyword().equals("oneOf") || e.getKeyword().equals("anyOf"))
                .map(Error::getEvaluationPath)
                .toList();
        List<Fault> faults = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Error error : errors) {
            // Why each branch of a choice did not fit only confuses: the choice itself is the fault.
            boolean branch = choices.stream()
                    .anyMatch(c -> !c.equals(error.getEvaluationPath())
                            && error.getEvaluationPath().startsWith(c));
            if (branch || (!conditions && isConditional(error.getEvaluationPath())) || faults.size() == MOST) {
                continue;
            }
            Fault fault = fault(error, parameter, rules);
            if (seen.add(fault.pointer() + '\n' + fault.code())) {
                faults.add(fault);
            }
        }
        return faults;
    }

    private static boolean isConditional(NodePath path) {
        for (int i = 0; i < path.getNameCount(); i++) {
            switch (path.getName(i)) {
                case "$ref", "allOf", "0", "1", "2", "3" -> {}
                case "if", "then", "else", "oneOf", "anyOf", "not", "dependentSchemas", "dependentRequired" -> {
                    return true;
                }
                default -> {
                    return false;
                }
            }
        }
        return false;
    }

    private static Fault fault(Error error, @Nullable String parameter, Map<String, String> rules) {
        String at = JsonPointers.of(error.getInstanceLocation());
        String keyword = error.getKeyword();
        JsonNode wanted = error.getSchemaNode();
        String place = parameter != null ? parameter : at;
        String subject = parameter != null ? parameter : at.isEmpty() ? "The body" : at;
        String code = SchemaWords.code(keyword);
        String property = error.getProperty();
        if (code.equals("required") && property != null) {
            String pointer = place + '/' + JsonPointers.token(property);
            return new Fault(pointer, pointer + " is required.", code);
        }
        if (code.equals("unknown-property")) {
            String pointer = property == null ? place : place + '/' + JsonPointers.token(property);
            return new Fault(pointer, "There is no property " + pointer + " in the contract. Leave it out.", code);
        }
        String pattern = keyword.equals("propertyNames")
                ? wanted.path("pattern").asString("")
                : keyword.equals("pattern") ? wanted.asString("") : "";
        return new Fault(
                place, subject + " " + SchemaWords.expectation(keyword, wanted, rules.get(pattern)) + ".", code);
    }
}
