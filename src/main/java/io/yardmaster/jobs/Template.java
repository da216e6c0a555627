package io.yardmaster.jobs;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A value of a job in which <code>${{ … }}</code> stands for expressions; a tree of them where the value is an object or
 * a list. Immutable, and shared between threads.
 */
public final class Template {

    private static final String OPEN = "${{";
    private static final String CLOSE = "}}";

    private final JsonNode source;
    private final Part root;

    private Template(JsonNode source, Part root) {
        this.source = source;
        this.root = root;
    }

    /** Compiles a value; each text in it may hold templates. */
    static Template compile(JsonNode source, ExpressionCompiler compiler) throws ExpressionFault {
        return new Template(source.deepCopy(), part(source, compiler));
    }

    /** A text that is the same each time. */
    static Template text(String text) {
        Part.Constant constant = constant(text);
        return new Template(constant.value(), constant);
    }

    /** Whether this text holds a template. */
    static boolean isIn(String text) {
        return text.contains(OPEN);
    }

    /** As it is written in the job. */
    public JsonNode source() {
        return source;
    }

    /** Whether the value is the same each time. */
    public boolean isConstant() {
        return root instanceof Part.Constant;
    }

    /**
     * The value. Text that is one template keeps the type of its expression; in other text the values are inserted as
     * text.
     *
     * @throws ExpressionException where an expression has no value
     */
    public JsonNode expand(ExpressionScope scope) {
        return root.expand(scope);
    }

    /**
     * The value as text: strings as they are, null as nothing, all else as JSON.
     *
     * @throws ExpressionException where an expression has no value
     */
    public String expandText(ExpressionScope scope) {
        return text(root.expand(scope));
    }

    @Override
    public String toString() {
        return source.toString();
    }

    private static String text(JsonNode value) {
        if (value.isNull()) {
            return "";
        }
        return value.isString() ? value.stringValue() : value.toString();
    }

    private static Part part(JsonNode source, ExpressionCompiler compiler) throws ExpressionFault {
        if (source.isString()) {
            return parts(source.stringValue(), compiler);
        }
        if (source.isArray()) {
            List<Part> elements = new ArrayList<>();
            for (JsonNode element : source) {
                elements.add(part(element, compiler));
            }
            return isConstant(elements) ? new Part.Constant(source) : new Part.Elements(elements);
        }
        if (source.isObject()) {
            Map<String, Part> members = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> member : source.properties()) {
                members.put(member.getKey(), part(member.getValue(), compiler));
            }
            return isConstant(members.values()) ? new Part.Constant(source) : new Part.Members(members);
        }
        return new Part.Constant(source);
    }

    private static boolean isConstant(Collection<Part> parts) {
        return parts.stream().allMatch(Part.Constant.class::isInstance);
    }

    private static Part parts(String text, ExpressionCompiler compiler) throws ExpressionFault {
        List<Part> pieces = new ArrayList<>();
        int at = 0;
        for (int open = text.indexOf(OPEN); open >= 0; open = text.indexOf(OPEN, at)) {
            if (open > at) {
                pieces.add(constant(text.substring(at, open)));
            }
            int close = end(text, open + OPEN.length());
            pieces.add(new Part.Value(
                    compiler.compile(text.substring(open + OPEN.length(), close).strip())));
            at = close + CLOSE.length();
        }
        if (at < text.length()) {
            pieces.add(constant(text.substring(at)));
        }
        return switch (pieces.size()) {
            case 0 -> constant("");
            case 1 -> pieces.getFirst();
            default -> new Part.Text(pieces);
        };
    }

    /** Where the template ends that begins here: braces and quotes of the expression itself do not end it. */
    private static int end(String text, int from) throws ExpressionFault {
        int depth = 0;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\'') {
                i = endOfQuote(text, i);
            } else if (c == '{') {
                depth++;
            } else if (c == '}' && depth > 0) {
                depth--;
            } else if (text.startsWith(CLOSE, i)) {
                return i;
            }
        }
        throw new ExpressionFault("a template that begins with ${{ does not end with }}");
    }

    private static int endOfQuote(String text, int from) {
        for (int i = from + 1; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == text.charAt(from)) {
                return i;
            }
        }
        return text.length();
    }

    private static Part.Constant constant(String text) {
        return new Part.Constant(JsonNodeFactory.instance.stringNode(text));
    }

    private sealed interface Part {

        JsonNode expand(ExpressionScope scope);

        record Constant(JsonNode value) implements Part {
            @Override
            public JsonNode expand(ExpressionScope scope) {
                return value.deepCopy();
            }
        }

        record Value(Expression expression) implements Part {
            @Override
            public JsonNode expand(ExpressionScope scope) {
                return expression.evaluate(scope);
            }
        }

        record Text(List<Part> pieces) implements Part {
            @Override
            public JsonNode expand(ExpressionScope scope) {
                StringBuilder text = new StringBuilder();
                pieces.forEach(piece -> text.append(Template.text(piece.expand(scope))));
                return JsonNodeFactory.instance.stringNode(text.toString());
            }
        }

        record Elements(List<Part> parts) implements Part {
            @Override
            public JsonNode expand(ExpressionScope scope) {
                ArrayNode array = JsonNodeFactory.instance.arrayNode();
                parts.forEach(part -> array.add(part.expand(scope)));
                return array;
            }
        }

        record Members(Map<String, Part> parts) implements Part {
            @Override
            public JsonNode expand(ExpressionScope scope) {
                ObjectNode object = JsonNodeFactory.instance.objectNode();
                parts.forEach((name, part) -> object.set(name, part.expand(scope)));
                return object;
            }
        }
    }
}
