import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.representer.StandardRepresenter;

/**
 * Makes one contract of the many files it is written in, as the build's first step.
 *
 * <p>Arguments: the root file, the folder for {@code openapi.yaml} and {@code openapi.json}, the file for the code
 * generator, and what else the generated code depends on, so that it is generated again only if something changed. The
 * first two say the same and all that was written: a reference to a file becomes a reference to a component named after
 * that file, or the text itself where it is a path. The third says what controllers are made of and no more; see {@link #forCodeGeneration}.
 */
final class Bundle {

    /** A file in a folder of this name becomes a component of this kind. */
    private static final List<String> KINDS = List.of("schemas", "parameters", "responses", "headers", "examples");

    private static final Set<String> METHODS =
            Set.of("get", "put", "post", "delete", "options", "head", "patch", "trace");

    private final Map<Path, Object> files = new HashMap<>();
    private final Map<String, Map<String, Object>> components = new TreeMap<>();
    private final Map<String, Path> origins = new HashMap<>();

    public static void main(String[] arguments) throws IOException {
        Path root = Path.of(arguments[0]).toAbsolutePath().normalize();
        Path folder = Path.of(arguments[1]);
        Path codeGeneration = Path.of(arguments[2]);
        Map<String, Object> contract = new Bundle().bundle(root);
        write(folder.resolve("openapi.yaml"), yaml(contract));
        write(folder.resolve("openapi.json"), json(contract));
        Map<String, Object> reduced = forCodeGeneration(contract);
        map(reduced.get("info")).put("x-generated-with", digest(arguments, 3));
        write(codeGeneration, json(reduced));
    }

    /** The digest of the files and folders named from {@code first} on: what else decides how the code looks. */
    private static String digest(String[] arguments, int first) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String argument : List.of(arguments).subList(first, arguments.length)) {
            try (Stream<Path> walk = Files.walk(Path.of(argument))) {
                walk.filter(Files::isRegularFile).sorted().forEach(found::add);
            }
        }
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        for (Path file : found) {
            digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
            digest.update(Files.readAllBytes(file));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private Map<String, Object> bundle(Path root) throws IOException {
        Map<String, Object> contract = new LinkedHashMap<>(map(resolve(read(root), root)));
        Map<String, Object> all = new LinkedHashMap<>(map(contract.getOrDefault("components", Map.of())));
        components.forEach((kind, entries) -> all.put(kind, new LinkedHashMap<>(new TreeMap<>(entries))));
        contract.put("components", all);
        return contract;
    }

    private Object resolve(Object node, Path file) throws IOException {
        if (node instanceof List<?> list) {
            List<Object> resolved = new ArrayList<>();
            for (Object item : list) {
                resolved.add(resolve(item, file));
            }
            return resolved;
        }
        if (!(node instanceof Map<?, ?>)) {
            return node;
        }
        Map<String, Object> object = map(node);
        if (object.get("$ref") instanceof String reference && !reference.startsWith("#")) {
            return refer(reference, object, file);
        }
        Map<String, Object> resolved = new LinkedHashMap<>();
        for (Map.Entry<String, Object> entry : object.entrySet()) {
            resolved.put(entry.getKey(), resolve(entry.getValue(), file));
        }
        return resolved;
    }

    private Object refer(String reference, Map<String, Object> siblings, Path from) throws IOException {
        Path file = from.resolveSibling(reference).normalize();
        String kind = file.getParent().getFileName().toString();
        if (!KINDS.contains(kind)) {
            return resolve(read(file), file);
        }
        String name = file.getFileName().toString().replaceFirst("\\.yaml$", "");
        Path known = origins.putIfAbsent(kind + "/" + name, file);
        if (known == null) {
            components.computeIfAbsent(kind, k -> new HashMap<>()).put(name, resolve(read(file), file));
        } else if (!known.equals(file)) {
            throw new IllegalStateException("two files would be the component " + name + ": " + known + " and " + file);
        }
        Map<String, Object> resolved = new LinkedHashMap<>();
        resolved.put("$ref", "#/components/" + kind + "/" + name);
        for (Map.Entry<String, Object> entry : siblings.entrySet()) {
            if (!entry.getKey().equals("$ref")) {
                resolved.put(entry.getKey(), resolve(entry.getValue(), from));
            }
        }
        return resolved;
    }

    private Object read(Path file) throws IOException {
        Object known = files.get(file);
        if (known == null) {
            LoadSettings settings =
                    LoadSettings.builder().setLabel(file.toString()).build();
            known = new Load(settings).loadFromString(Files.readString(file));
            files.put(file, known);
        }
        return known;
    }

    /**
     * What the code generator reads: answers that are not successes are left out, for problems are thrown; so are
     * parameters that the server itself acts on ({@code x-transport}), constraints between properties, which a class
     * cannot say, and every component then unused. The scopes become an expression, for a template cannot tell an empty
     * list from none. Paths become whole ones, for a path may have another server than the others.
     */
    private static Map<String, Object> forCodeGeneration(Map<String, Object> contract) {
        Map<String, Object> copy = map(copy(contract));
        Map<String, Object> allComponents = map(copy.get("components"));
        Map<String, Object> parameters = map(allComponents.get("parameters"));
        for (Object path : map(copy.get("paths")).values()) {
            map(path).forEach((method, operation) -> {
                if (METHODS.contains(method)) {
                    reduce(map(operation), parameters);
                }
            });
        }
        for (Object schema : map(allComponents.get("schemas")).values()) {
            for (String keyword : List.of("if", "then", "else", "propertyNames", "examples")) {
                map(schema).remove(keyword);
            }
        }
        prune(copy, allComponents);
        copy.put("paths", whole(copy));
        copy.put("servers", List.of(Map.of("url", "/")));
        return copy;
    }

    private static Map<String, Object> whole(Map<String, Object> contract) {
        Map<String, Object> whole = new LinkedHashMap<>();
        map(contract.get("paths")).forEach((path, item) -> {
            Object own = map(item).remove("servers");
            List<?> servers = (List<?>) (own == null ? contract.get("servers") : own);
            String base = map(servers.getFirst()).get("url").toString();
            whole.put((base.equals("/") ? "" : base) + path, item);
        });
        return whole;
    }

    private static void reduce(Map<String, Object> operation, Map<String, Object> parameters) {
        map(operation.get("responses")).keySet().removeIf(status -> !status.startsWith("2"));
        if (operation.get("parameters") instanceof List<?> list) {
            operation.put(
                    "parameters",
                    list.stream().filter(p -> !isTransport(p, parameters)).toList());
        }
        operation.put("x-negotiated", isNegotiated(operation));
        if (operation.get("x-default-media-type") instanceof String preferred) {
            map(operation.get("responses")).values().forEach(response -> putFirst(map(response), preferred));
        }
        if (operation.get("x-required-scope") instanceof List<?> scopes) {
            String expression = scopes.isEmpty()
                    ? "isAuthenticated()"
                    : String.join(
                            " and ",
                            scopes.stream()
                                    .map("hasAuthority('SCOPE_%s')"::formatted)
                                    .toList());
            operation.put("x-authorization", expression);
        } else if (!Boolean.TRUE.equals(operation.get("x-public"))) {
            throw new IllegalStateException(
                    operation.get("operationId") + " states neither x-required-scope nor x-public: true");
        }
    }

    /**
     * The server offers first what it answers to a caller who does not care. The contract's own order is for generated
     * clients, which make the type of an answer of the first media type.
     */
    private static void putFirst(Map<String, Object> response, String preferred) {
        if (response.get("content") instanceof Map<?, ?> content && content.containsKey(preferred)) {
            Map<String, Object> ordered = new LinkedHashMap<>();
            ordered.put(preferred, content.get(preferred));
            ordered.putAll(map(content));
            response.put("content", ordered);
        }
    }

    /** Whether the delegate has to be told which of several media types the caller wants. */
    private static boolean isNegotiated(Map<String, Object> operation) {
        return Boolean.TRUE.equals(operation.get("x-streaming"))
                && map(operation.get("responses")).values().stream()
                        .anyMatch(response -> map(response).get("content") instanceof Map<?, ?> m && m.size() > 1);
    }

    private static boolean isTransport(Object parameter, Map<String, Object> parameters) {
        Map<String, Object> definition = map(parameter);
        if (definition.get("$ref") instanceof String reference) {
            definition = map(parameters.get(reference.substring(reference.lastIndexOf('/') + 1)));
        }
        return Boolean.TRUE.equals(definition.get("x-transport"));
    }

    private static void prune(Map<String, Object> contract, Map<String, Object> allComponents) {
        Set<String> used = new LinkedHashSet<>();
        Deque<Object> open = new ArrayDeque<>(List.of(contract.get("paths")));
        while (!open.isEmpty()) {
            Object node = open.pop();
            if (node instanceof Collection<?> list) {
                list.stream().filter(Objects::nonNull).forEach(open::add);
            } else if (node instanceof Map<?, ?> object) {
                // An example may have null as a value.
                object.values().stream().filter(Objects::nonNull).forEach(open::add);
                if (object.get("$ref") instanceof String reference && used.add(reference)) {
                    String[] parts = reference.split("/");
                    open.add(map(allComponents.get(parts[2])).get(parts[3]));
                }
            }
        }
        for (String kind : KINDS) {
            if (allComponents.containsKey(kind)) {
                map(allComponents.get(kind)).keySet().removeIf(n -> !used.contains("#/components/" + kind + "/" + n));
            }
        }
    }

    private static Object copy(Object node) {
        if (node instanceof List<?> list) {
            return new ArrayList<>(list.stream().map(Bundle::copy).toList());
        }
        if (node instanceof Map<?, ?>) {
            Map<String, Object> copy = new LinkedHashMap<>();
            map(node).forEach((key, value) -> copy.put(key, copy(value)));
            return copy;
        }
        return node;
    }

    @SuppressWarnings("unchecked") // what a YAML file of this kind holds
    private static Map<String, Object> map(Object node) {
        return (Map<String, Object>) node;
    }

    private static String yaml(Map<String, Object> contract) {
        DumpSettings settings = DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setDereferenceAliases(true)
                .setWidth(120)
                .setSplitLines(false)
                .setIndicatorIndent(2)
                .setIndentWithIndicator(true)
                .build();
        return new Dump(settings, new BlockTextRepresenter(settings)).dumpToString(contract);
    }

    private static String json(Object node) {
        StringBuilder out = new StringBuilder();
        json(node, "\n", out);
        return out.append('\n').toString();
    }

    private static void json(Object node, String indent, StringBuilder out) {
        String inner = indent + "  ";
        switch (node) {
            case null -> out.append("null");
            case Map<?, ?> object -> {
                out.append('{');
                String separator = "";
                for (Map.Entry<String, Object> entry : map(object).entrySet()) {
                    out.append(separator).append(inner);
                    quote(entry.getKey(), out);
                    out.append(": ");
                    json(entry.getValue(), inner, out);
                    separator = ",";
                }
                out.append(object.isEmpty() ? "" : indent).append('}');
            }
            case List<?> list -> {
                out.append('[');
                String separator = "";
                for (Object item : list) {
                    out.append(separator).append(inner);
                    json(item, inner, out);
                    separator = ",";
                }
                out.append(list.isEmpty() ? "" : indent).append(']');
            }
            case Number number -> out.append(number);
            case Boolean bool -> out.append(bool);
            case String text -> quote(text, out);
            default -> throw new IllegalStateException("not a JSON value: " + node);
        }
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (char c : text.toCharArray()) {
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                default -> out.append(c < ' ' ? "\\u%04x".formatted((int) c) : String.valueOf(c));
            }
        }
        out.append('"');
    }

    /** Writes only what changed, so that a build with nothing new to do does nothing. */
    private static void write(Path file, String text) throws IOException {
        if (!Files.exists(file) || !Files.readString(file).equals(text)) {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, text);
        }
    }

    /** Text of several lines stays readable. */
    private static final class BlockTextRepresenter extends StandardRepresenter {

        BlockTextRepresenter(DumpSettings settings) {
            super(settings);
        }

        @Override
        protected Node representScalar(Tag tag, String value, ScalarStyle style) {
            boolean block = style == ScalarStyle.PLAIN && value.contains("\n");
            return super.representScalar(tag, value, block ? ScalarStyle.LITERAL : style);
        }
    }
}
