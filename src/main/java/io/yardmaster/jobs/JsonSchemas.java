package io.yardmaster.jobs;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.ValidationLimitExceededException;
import com.networknt.schema.path.PathType;
import com.networknt.schema.regex.RegularExpression;
import io.yardmaster.problems.JsonPointers;
import io.yardmaster.problems.SchemaNumbers;
import io.yardmaster.problems.SchemaWords;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * JSON Schema 2020-12 for schemas that come with jobs: nothing is fetched, references stay inside the document, and the
 * time of a check is bounded (regular expressions run in linear time, recursion and steps are counted).
 */
final class JsonSchemas {

    private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";
    private static final String PATTERN_NOT_SUPPORTED = "the pattern is not valid or not supported here: patterns are "
            + "matched in linear time, without look-around and back-references";
    private static final int MAX_DEPTH = 200;

    /** A longer one tells nobody what to write. */
    private static final int LONGEST_PATTERN = 80;

    private static final long MAX_STEPS = 500_000;

    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemaCacheEnabled(false)
                    .schemaLoader(loader -> loader.fetchRemoteResources(false)
                            .block(iri -> !iri.toString().startsWith("classpath:")
                                    && !iri.toString().startsWith("https://json-schema.org/draft/2020-12/")))
                    .schemaRegistryConfig(SchemaRegistryConfig.builder()
                            .formatAssertionsEnabled(true)
                            .pathType(PathType.JSON_POINTER)
                            .regularExpressionFactory(JsonSchemas::linearTime)
                            .build()));

    private static final Schema META_SCHEMA = REGISTRY.getSchema(SchemaLocation.of(DIALECT));

    private JsonSchemas() {}

    /**
     * Everything that keeps this from being a schema that can be used here.
     *
     * @return for JSON Pointers into the schema, what is wrong there
     */
    static List<Map.Entry<String, String>> faults(JsonNode schema) {
        List<Map.Entry<String, String>> faults = new ArrayList<>();
        if (!schema.isObject() && !schema.isBoolean()) {
            return List.of(Map.entry("", "a JSON Schema is an object"));
        }
        for (Error error : META_SCHEMA.validate(schema)) {
            boolean pattern = error.getKeyword().equals("format")
                    && JsonPointers.of(error.getInstanceLocation()).endsWith("/pattern");
            faults.add(Map.entry(
                    JsonPointers.of(error.getInstanceLocation()),
                    pattern ? PATTERN_NOT_SUPPORTED : error.getMessage()));
        }
        foreign(schema, "", faults);
        if (faults.isEmpty()) {
            try {
                compile(schema).initializeValidators();
            } catch (SchemaException e) {
                faults.add(Map.entry("", "is not a usable schema: " + e.getMessage()));
            } catch (PatternSyntaxException e) {
                faults.add(Map.entry("", PATTERN_NOT_SUPPORTED + ": " + e.getPattern()));
            }
        }
        return faults;
    }

    static Schema compile(JsonNode schema) {
        return REGISTRY.getSchema(schema);
    }

    /** What in the value does not match; for JSON Pointers into the value. */
    static List<Mismatch> validate(Schema schema, JsonNode value) {
        try {
            return schema
                    .validate(
                            SchemaNumbers.writtenOut(value),
                            context -> context.executionConfig(config ->
                                    config.maxEvaluationSteps(MAX_STEPS).maxEvaluationDepth(MAX_DEPTH)))
                    .stream()
                    .map(error -> mismatch(schema, error))
                    .toList();
        } catch (ValidationLimitExceededException e) {
            return List.of(new Mismatch("", "is too large or too deep to be checked against its schema", "limit"));
        }
    }

    /**
     * What does not match.
     *
     * @param message what has to be there, such as {@code must be text}
     * @param code a stable word for programs, such as {@code max-length}
     */
    record Mismatch(String pointer, String message, String code) {}

    private static Mismatch mismatch(Schema schema, Error error) {
        String keyword = error.getKeyword();
        String pointer = JsonPointers.of(error.getInstanceLocation());
        @Nullable String property = error.getProperty();
        boolean names = property != null && (keyword.equals("required") || keyword.equals("additionalProperties"));
        return new Mismatch(
                names ? pointer + "/" + JsonPointers.token(String.valueOf(property)) : pointer,
                SchemaWords.expectation(keyword, error.getSchemaNode(), rule(schema, error)),
                SchemaWords.code(keyword));
    }

    /** What the author of the schema wrote about the place where a pattern stands; where that is nothing, the pattern. */
    private static @Nullable String rule(Schema schema, Error error) {
        if (!error.getKeyword().equals("pattern")) {
            return null;
        }
        String keyword = error.getSchemaLocation().getFragment().toString();
        JsonNode place = schema.getSchemaNode().at(keyword.substring(0, Math.max(0, keyword.lastIndexOf('/'))));
        for (String words : List.of("x-rule", "description", "title")) {
            if (place.path(words).isString() && !place.path(words).stringValue().isBlank()) {
                String text = place.path(words).stringValue().strip();
                return words.equals("x-rule")
                        ? text
                        : "as described: " + (text.endsWith(".") ? text.substring(0, text.length() - 1) : text);
            }
        }
        String pattern = error.getSchemaNode().asString("");
        return pattern.isEmpty() || pattern.length() > LONGEST_PATTERN ? null : "text that matches " + pattern;
    }

    /** References that leave the document, and names by which it could be left. */
    private static void foreign(JsonNode node, String pointer, List<Map.Entry<String, String>> faults) {
        node.forEachEntry((key, value) -> {
            String at = pointer + "/" + JsonPointers.token(key);
            if (value.isString()) {
                String text = value.stringValue();
                if ((key.equals("$ref") || key.equals("$dynamicRef")) && !text.startsWith("#")) {
                    faults.add(Map.entry(at, "a reference stays inside the document: #/$defs/…"));
                } else if (key.equals("$id")) {
                    faults.add(Map.entry(at, "'$id' is not supported"));
                } else if (key.equals("$schema") && !text.equals(DIALECT)) {
                    faults.add(Map.entry(at, "only " + DIALECT + " is supported"));
                }
            }
            foreign(value, at, faults);
        });
        if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                foreign(node.get(i), pointer + "/" + i, faults);
            }
        }
    }

    private static RegularExpression linearTime(String pattern) {
        Pattern compiled = Pattern.compile(pattern.replaceAll("\\\\u([0-9a-fA-F]{4})", "\\\\x{$1}"));
        return text -> compiled.matcher(text).find();
    }
}
