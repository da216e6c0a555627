package io.yardmaster.http;

import io.yardmaster.http.Operation.Body;
import io.yardmaster.problems.JsonPointers;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.ProblemType;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads JSON bodies: strictly as RFC 8259 says, in the contract's one form after other documented forms were brought
 * to it, and checked as a tree so that all faults are told at once.
 */
final class JsonBody {

    /** Beyond it a number is none that the database or a program could hold. */
    private static final int LARGEST_EXPONENT = 400;

    private static final int LONGEST_NUMBER = 100;
    private static final int LONGEST_NAME = 1_000;

    private final JsonMapper json;
    private final int maxNesting;

    JsonBody(HttpSettings settings) {
        this.maxNesting = settings.maxNesting();
        JsonFactory factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(maxNesting)
                        .maxNumberLength(LONGEST_NUMBER)
                        .maxNameLength(LONGEST_NAME)
                        .maxStringLength(Math.toIntExact(settings.maxBody().toBytes()))
                        .build())
                .build();
        this.json = JsonMapper.builder(factory)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .build();
    }

    /**
     * A body that was read.
     *
     * @param rewritten the body in the contract's form; null where it came in that form
     * @param faults everything in which it differs from what the contract says
     * @param waits whether the caller asked to wait for the outcome with {@code async: false}
     */
    record Checked(@Nullable JsonNode rewritten, List<Fault> faults, boolean waits) {}

    /**
     * Reads and checks a body.
     *
     * @throws ProblemException when it is not JSON
     */
    Checked read(byte[] bytes, Body body) {
        JsonNode tree = parse(bytes);
        List<Fault> faults = new ArrayList<>();
        Synonyms synonyms =
                tree instanceof ObjectNode object ? Synonyms.replace(object, body.properties(), faults) : Synonyms.NONE;
        List<Fault> unkeepable = new ArrayList<>();
        checkContent(tree, "", unkeepable);
        faults.addAll(unkeepable);
        // A number without end is not to be computed with.
        if (unkeepable.isEmpty() && body.json() != null) {
            boolean submission = tree.isObject() && RunTarget.appliesTo(body.properties());
            faults.addAll(SchemaFaults.ofBody(body.json().get(), tree, !submission));
            faults.addAll(submission ? RunTarget.faults(tree) : List.of());
        }
        return new Checked(synonyms.replaced() ? tree : null, faults, synonyms.waits());
    }

    /** Whether this is the JSON text {@code null}. */
    static boolean isNull(byte[] bytes) {
        return bytes.length <= 64
                && new String(bytes, StandardCharsets.UTF_8).strip().equals("null");
    }

    byte[] write(JsonNode tree) {
        return json.writeValueAsBytes(tree);
    }

    private JsonNode parse(byte[] bytes) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw ProblemException.of(ProblemType.MALFORMED_JSON, "The body is not valid UTF-8. Send JSON in UTF-8.");
        }
        if (text.startsWith("\ufeff")) {
            throw ProblemException.of(
                    ProblemType.MALFORMED_JSON,
                    "The body begins with a byte order mark, which JSON does not have. Send it without.");
        }
        try {
            JsonNode tree = json.readTree(text);
            if (tree.isMissingNode()) {
                throw ProblemException.of(
                        ProblemType.MALFORMED_JSON, "The body holds no JSON, only white space. Send an object.");
            }
            return tree;
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    private static final String CORRECT = "Send one JSON text as RFC 8259 says.";

    /** Which bound was met; the library says so in its words only. */
    private String tooMuch(String message) {
        if (message.contains("nesting depth")) {
            return "The body is nested more than " + maxNesting + " deep";
        }
        if (message.contains("Number value")) {
            return "The body has a number of more than " + LONGEST_NUMBER + " characters";
        }
        return message.contains("Name") || message.contains("name")
                ? "The body has a property with a name of more than " + LONGEST_NAME + " characters"
                : "The body has more than can be read";
    }

    private ProblemException malformed(JacksonException e) {
        String what = switch (e) {
            case StreamConstraintsException tooMuch -> tooMuch(String.valueOf(tooMuch.getOriginalMessage()));
            case UnexpectedEndOfInputException end -> "The body ends before its JSON does";
            default -> {
                String message = String.valueOf(e.getOriginalMessage());
                yield message.startsWith("Duplicate")
                        ? "The body has an object that names the same property twice"
                        : message.startsWith("Trailing")
                                ? "The body goes on after its JSON has ended"
                                : "The body is not valid JSON";
            }
        };
        TokenStreamLocation at = e.getLocation();
        if (at == null) {
            return ProblemException.of(ProblemType.MALFORMED_JSON, what + ". " + CORRECT);
        }
        return ProblemException.of(
                        ProblemType.MALFORMED_JSON,
                        what + " (line " + at.getLineNr() + ", column " + at.getColumnNr() + "). " + CORRECT)
                .with("line", at.getLineNr())
                .with("column", at.getColumnNr());
    }

    /** What JSON can say but no database can keep. */
    private static void checkContent(JsonNode node, String pointer, List<Fault> faults) {
        if (node.isObject()) {
            for (Map.Entry<String, JsonNode> member : node.properties()) {
                String at = pointer + '/' + JsonPointers.token(member.getKey());
                if (isNotText(member.getKey())) {
                    faults.add(new Fault(pointer, "A property's name " + NOT_TEXT, "character"));
                } else {
                    checkContent(member.getValue(), at, faults);
                }
            }
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                checkContent(node.get(i), pointer + '/' + i, faults);
            }
        } else if (node.isString() && isNotText(node.stringValue())) {
            faults.add(new Fault(pointer, pointer + " " + NOT_TEXT, "character"));
        } else if (node.isBigDecimal()) {
            var number = node.decimalValue();
            if (Math.abs((long) number.precision() - number.scale()) > LARGEST_EXPONENT) {
                faults.add(new Fault(
                        pointer,
                        pointer + " is too large or too small a number. It must have less than 400 digits.",
                        "number"));
            }
        }
    }

    private static final String NOT_TEXT = "must not hold U+0000 or half of a surrogate pair.";

    private static boolean isNotText(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0 || Character.isLowSurrogate(c)) {
                return true;
            }
            if (Character.isHighSurrogate(c)) {
                i++;
                if (i == text.length() || !Character.isLowSurrogate(text.charAt(i))) {
                    return true;
                }
            }
        }
        return false;
    }
}
