package io.yardmaster.jobs;

import io.yardmaster.problems.JsonPointers;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.AnchorNode;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A YAML 1.2 document of the core schema, as JSON that remembers its lines. Bounded in size, depth and nodes, aliases
 * expanded within those bounds.
 *
 * @param lines for the JSON Pointer of each value, the line it begins at, from 1
 */
record YamlDocument(JsonNode root, Map<String, Integer> lines) {

    static final int MAX_BYTES = 1024 * 1024;
    private static final int MAX_DEPTH = 64;
    private static final int MAX_NODES = 50_000;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    static YamlDocument parse(byte[] bytes) throws YamlFault {
        if (bytes.length > MAX_BYTES) {
            throw new YamlFault(1, "the file is larger than 1 MiB");
        }
        String text = decode(bytes);
        LoadSettings settings = LoadSettings.builder()
                .setSchema(new CoreSchema())
                .setCodePointLimit(MAX_BYTES)
                .setUseMarks(true)
                .build();
        try {
            requireBounded(new Parse(settings).parseString(text));
            Node root =
                    new Compose(settings).composeString(text).orElseThrow(() -> new YamlFault(1, "the file is empty"));
            Conversion conversion = new Conversion();
            return new YamlDocument(conversion.json(root, "", 0), conversion.lines);
        } catch (MarkedYamlEngineException e) {
            throw new YamlFault(e.getProblemMark().map(Mark::getLine).orElse(0) + 1, e.getProblem());
        } catch (YamlEngineException e) {
            throw new YamlFault(1, String.valueOf(e.getMessage()));
        }
    }

    private static String decode(byte[] bytes) throws YamlFault {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new YamlFault(1, "the file is not UTF-8");
        }
    }

    /** Looks at the stream of events first: composing a tree goes as deep on the stack as the document does. */
    private static void requireBounded(Iterable<Event> events) throws YamlFault {
        int depth = 0;
        int documents = 0;
        int nodes = 0;
        for (Event event : events) {
            int line = event.getStartMark().map(Mark::getLine).orElse(0) + 1;
            switch (event) {
                case CollectionStartEvent _ -> depth++;
                case CollectionEndEvent _ -> depth--;
                case DocumentStartEvent _ -> documents++;
                default -> nodes++;
            }
            if (depth > MAX_DEPTH) {
                throw new YamlFault(line, "nested deeper than " + MAX_DEPTH + " levels");
            }
            if (nodes > MAX_NODES) {
                throw new YamlFault(line, "more than " + MAX_NODES + " values");
            }
            if (documents > 1) {
                throw new YamlFault(line, "more than one document in the file");
            }
        }
    }

    /** What is wrong with the file as YAML. */
    static final class YamlFault extends Exception {

        private static final long serialVersionUID = 1L;

        private final int line;

        YamlFault(int line, String message) {
            super(message);
            this.line = line;
        }

        int line() {
            return line;
        }
    }

    private static final class Conversion {

        private final Map<String, Integer> lines = new HashMap<>();
        private int nodes;

        JsonNode json(Node node, String pointer, int depth) throws YamlFault {
            // Counted again here, because an alias costs as much as what it stands for.
            if (++nodes > MAX_NODES || depth > MAX_DEPTH) {
                throw new YamlFault(
                        line(node),
                        "aliases make the document larger than " + MAX_NODES + " values or deeper than " + MAX_DEPTH
                                + " levels");
            }
            lines.put(pointer, line(node));
            return switch (node) {
                case ScalarNode scalar -> scalar(scalar);
                case SequenceNode sequence -> array(sequence, pointer, depth);
                case MappingNode mapping -> object(mapping, pointer, depth);
                case AnchorNode anchor -> json(anchor.getRealNode(), pointer, depth + 1);
                default -> throw new YamlFault(line(node), "this kind of value is not supported");
            };
        }

        private ArrayNode array(SequenceNode sequence, String pointer, int depth) throws YamlFault {
            ArrayNode array = JSON.arrayNode();
            for (Node element : sequence.getValue()) {
                array.add(json(element, pointer + "/" + array.size(), depth + 1));
            }
            return array;
        }

        private ObjectNode object(MappingNode mapping, String pointer, int depth) throws YamlFault {
            ObjectNode object = JSON.objectNode();
            for (NodeTuple member : mapping.getValue()) {
                if (!(member.getKeyNode() instanceof ScalarNode key)) {
                    throw new YamlFault(line(member.getKeyNode()), "a key is plain text");
                }
                String name = key.getValue();
                if (object.has(name)) {
                    throw new YamlFault(line(key), "the key '" + name + "' is there twice");
                }
                String at = pointer + "/" + JsonPointers.token(name);
                object.set(name, json(member.getValueNode(), at, depth + 1));
                lines.put(at, line(key));
            }
            return object;
        }

        private static JsonNode scalar(ScalarNode scalar) throws YamlFault {
            Tag tag = scalar.getTag();
            String value = scalar.getValue();
            try {
                if (tag.equals(Tag.STR)) {
                    return JSON.stringNode(value);
                }
                if (tag.equals(Tag.INT)) {
                    return integer(value);
                }
                if (tag.equals(Tag.FLOAT)) {
                    return JSON.numberNode(new BigDecimal(value).doubleValue());
                }
            } catch (NumberFormatException e) {
                throw new YamlFault(line(scalar), "'" + value + "' is not a number JSON knows");
            }
            if (tag.equals(Tag.BOOL)) {
                return JSON.booleanNode(value.equalsIgnoreCase("true"));
            }
            if (tag.equals(Tag.NULL)) {
                return JSON.nullNode();
            }
            throw new YamlFault(line(scalar), "the tag " + tag.getValue() + " is not supported");
        }

        private static JsonNode integer(String text) {
            if (text.length() > 40) {
                throw new NumberFormatException(text);
            }
            BigInteger value = text.startsWith("0x")
                    ? new BigInteger(text.substring(2), 16)
                    : text.startsWith("0o") ? new BigInteger(text.substring(2), 8) : new BigInteger(text);
            return value.bitLength() < Integer.SIZE
                    ? JSON.numberNode(value.intValue())
                    : value.bitLength() < Long.SIZE ? JSON.numberNode(value.longValue()) : JSON.numberNode(value);
        }

        private static int line(Node node) {
            return node.getStartMark().map(Mark::getLine).orElse(0) + 1;
        }
    }
}
