package io.yardmaster.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which operation answers a path and a method. A literal segment goes before a variable one, from left to right. */
final class RouteTable {

    /** The value of an {@code Allow} header where no path is meant. */
    static final String EVERY_METHOD = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    private static final List<String> ALLOW_ORDER = List.of(EVERY_METHOD.split(", "));

    private final Segment root;

    private RouteTable(Segment root) {
        this.root = root;
    }

    /**
     * The operations at this path, by method.
     *
     * @param path as it was sent, still encoded
     */
    @Nullable
    Route find(String path) {
        return find(root, path, 0);
    }

    private static @Nullable Route find(Segment node, String path, int from) {
        if (from >= path.length()) {
            return node.route;
        }
        // from is at a slash
        int end = path.indexOf('/', from + 1);
        int stop = end < 0 ? path.length() : end;
        if (stop == from + 1) {
            return null;
        }
        String segment = path.substring(from + 1, stop);
        Segment literal = node.literals.get(segment);
        Route found = literal == null ? null : find(literal, path, stop);
        if (found == null && node.variable != null) {
            found = find(node.variable, path, stop);
        }
        return found;
    }

    /**
     * The operations of one path.
     *
     * @param template its path in the contract, such as {@code /api/v1/runs/{run_id}}
     * @param operations by method
     * @param allow the value of an {@code Allow} header
     */
    record Route(String template, Map<String, Operation> operations, String allow) {

        /** The operation that this method calls; HEAD calls what GET does. */
        @Nullable
        Operation operation(String method) {
            return operations.get(method.equals("HEAD") ? "GET" : method);
        }
    }

    private static final class Segment {

        private final Map<String, Segment> literals = new LinkedHashMap<>();
        private @Nullable Segment variable;
        private @Nullable Route route;
    }

    static final class Builder {

        private final Segment root = new Segment();
        private final Map<String, Map<String, Operation>> operations = new LinkedHashMap<>();

        void add(String method, String template, Operation operation) {
            operations.computeIfAbsent(template, t -> new LinkedHashMap<>()).put(method, operation);
        }

        RouteTable build() {
            operations.forEach((template, methods) -> {
                Segment node = root;
                for (String part : template.substring(1).split("/", -1)) {
                    node = part.startsWith("{")
                            ? variable(node)
                            : node.literals.computeIfAbsent(part, p -> new Segment());
                }
                node.route = new Route(template, Map.copyOf(methods), allow(methods));
            });
            return new RouteTable(root);
        }

        private static Segment variable(Segment node) {
            Segment variable = node.variable;
            if (variable == null) {
                variable = new Segment();
                node.variable = variable;
            }
            return variable;
        }

        private static String allow(Map<String, Operation> methods) {
            List<String> allowed = new ArrayList<>(new TreeSet<>(methods.keySet()));
            if (allowed.contains("GET")) {
                allowed.add("HEAD");
            }
            allowed.add("OPTIONS");
            allowed.sort((a, b) -> Integer.compare(ALLOW_ORDER.indexOf(a), ALLOW_ORDER.indexOf(b)));
            return String.join(", ", allowed);
        }
    }
}
