package io.yardmaster.contract;

import io.yardmaster.contract.BundledContract.Operation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a client that was written, or generated, for one contract would stumble over in another: what it calls and finds
 * gone, what it sends and is refused, what it reads and does not know. Whatever is only added is none of these.
 */
final class BreakingChanges {

    private final BundledContract before;
    private final BundledContract after;
    private final List<String> found = new ArrayList<>();

    private BreakingChanges(BundledContract before, BundledContract after) {
        this.before = before;
        this.after = after;
    }

    /** In words, one for each change. */
    static List<String> between(BundledContract released, BundledContract current) {
        BreakingChanges changes = new BreakingChanges(released, current);
        changes.compare();
        return List.copyOf(changes.found);
    }

    private void compare() {
        String base = base(before);
        if (!base.equals(base(after))) {
            found.add("all paths began with " + base + " and begin with " + base(after));
        }
        Map<String, Operation> now = after.operations().stream().collect(Collectors.toMap(Operation::toString, o -> o));
        for (Operation was : before.operations()) {
            Operation is = now.get(was.toString());
            if (is == null) {
                found.add(was + " is gone");
            } else {
                compare(was, is);
            }
        }
    }

    private static String base(BundledContract contract) {
        return contract.root().at("/servers/0/url").asString("");
    }

    private void compare(Operation was, Operation is) {
        String where = was.toString();
        requireSame(where + ": its operationId, a method's name in clients,", was.id(), is.id());
        requireSame(where + ": its tag, a class's name in clients,", tag(was), tag(is));
        if (was.isPublic() && !is.isPublic()) {
            found.add(where + " needs a token and did not");
        }
        for (JsonNode scope : is.node().path("x-required-scope")) {
            if (!was.isPublic()
                    && was.node().path("x-required-scope").valueStream().noneMatch(scope::equals)) {
                found.add(where + " needs the scope " + scope.asString() + " and did not");
            }
        }
        compareParameters(where, was, is);
        compareBodies(where + " body", was, is);
        was.responses().forEach((status, response) -> {
            if (status.startsWith("2") || status.equals("default")) {
                JsonNode now = is.responses().get(status);
                if (now == null) {
                    found.add(where + ": the answer " + status + " is gone");
                } else {
                    compareAnswers(where + " " + status, response, now);
                }
            }
        });
    }

    private static String tag(Operation operation) {
        return operation.node().path("tags").path(0).asString("");
    }

    private void compareParameters(String where, Operation was, Operation is) {
        Function<JsonNode, String> name = parameter -> parameter.path("in").asString() + " parameter "
                + parameter.path("name").asString();
        Map<String, JsonNode> now = byName(is.parameters(), name);
        Map<String, JsonNode> then = byName(was.parameters(), name);
        then.forEach((called, parameter) -> {
            JsonNode same = now.get(called);
            if (same == null) {
                found.add(where + ": the " + called + " is gone");
                return;
            }
            if (isRequired(same) && !isRequired(parameter)) {
                found.add(where + ": the " + called + " must be given and could be left out");
            }
            requireSame(
                    where + ": the default of the " + called,
                    before.follow(parameter.path("schema")).path("default").toString(),
                    after.follow(same.path("schema")).path("default").toString());
            new Schemas(true).compare(where + ": the " + called, parameter.path("schema"), same.path("schema"));
        });
        now.forEach((called, parameter) -> {
            if (!then.containsKey(called) && isRequired(parameter)) {
                found.add(where + ": the " + called + " is new and must be given");
            }
        });
    }

    private static Map<String, JsonNode> byName(List<JsonNode> nodes, Function<JsonNode, String> name) {
        Map<String, JsonNode> named = new LinkedHashMap<>();
        nodes.forEach(node -> named.put(name.apply(node), node));
        return named;
    }

    private static boolean isRequired(JsonNode node) {
        return node.path("required").asBoolean(false);
    }

    private void compareBodies(String where, Operation was, Operation is) {
        JsonNode then = before.follow(was.node().path("requestBody"));
        JsonNode now = after.follow(is.node().path("requestBody"));
        if (isRequired(now) && !isRequired(then)) {
            found.add(where + " must be given and could be left out");
        }
        then.path("content").forEachEntry((type, content) -> {
            JsonNode same = now.path("content").path(type);
            if (same.isMissingNode()) {
                found.add(where + " is not taken as " + type + " any more");
            } else {
                new Schemas(true).compare(where, content.path("schema"), same.path("schema"));
            }
        });
    }

    private void compareAnswers(String where, JsonNode was, JsonNode is) {
        was.path("headers").propertyNames().forEach(header -> {
            if (!is.path("headers").has(header)) {
                found.add(where + ": the header " + header + " is gone");
            }
        });
        List<String> types = List.copyOf(was.path("content").propertyNames());
        List<String> now = List.copyOf(is.path("content").propertyNames());
        if (!types.isEmpty()
                && now.contains(types.getFirst())
                && !now.getFirst().equals(types.getFirst())) {
            found.add(where + ": " + now.getFirst() + " comes first, of which clients make the answer's type; it was "
                    + types.getFirst());
        }
        was.path("content").forEachEntry((type, content) -> {
            JsonNode same = is.path("content").path(type);
            if (same.isMissingNode()) {
                found.add(where + " is not given as " + type + " any more");
                return;
            }
            Schemas schemas = new Schemas(false);
            schemas.compare(where, content.path("schema"), same.path("schema"));
            schemas.compare(where + " items", content.path("x-item-schema"), same.path("x-item-schema"));
        });
    }

    private void requireSame(String what, String was, String is) {
        if (!was.equals(is)) {
            found.add(what + " is " + is + " and was " + was);
        }
    }

    /** Compares schemas of what clients send, which must not become narrower, or read, which must not become wider. */
    private final class Schemas {

        private static final Set<String> UPPER_BOUNDS =
                Set.of("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties");
        private static final Set<String> LOWER_BOUNDS =
                Set.of("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties");

        private final boolean sent;
        private final Set<String> seen = new HashSet<>();

        Schemas(boolean sent) {
            this.sent = sent;
        }

        void compare(String where, JsonNode wasReference, JsonNode isReference) {
            String was = wasReference.path("$ref").asString("");
            String is = isReference.path("$ref").asString("");
            if (!was.isEmpty() && !is.isEmpty()) {
                requireSame(where + ": its type, a class's name in clients,", lastOf(was), lastOf(is));
                if (!seen.add(was + " " + is)) {
                    return;
                }
            }
            compareResolved(where, before.follow(wasReference), after.follow(isReference));
        }

        private static String lastOf(String reference) {
            return reference.substring(reference.lastIndexOf('/') + 1);
        }

        private void compareResolved(String where, JsonNode was, JsonNode is) {
            String type = was.path("type").asString("anything");
            String typeNow = is.path("type").asString("anything");
            boolean wider = type.equals(sent ? "integer" : "number") && typeNow.equals(sent ? "number" : "integer");
            if (!type.equals(typeNow) && !wider) {
                found.add(where + " is of type " + typeNow + " and was of type " + type);
                return;
            }
            compareValues(where, was, is);
            UPPER_BOUNDS.forEach(bound -> compareBound(where, bound, was, is, 1));
            LOWER_BOUNDS.forEach(bound -> compareBound(where, bound, was, is, -1));
            for (String keyword : List.of("pattern", "format", "if", "then", "else")) {
                compareConstraint(where, keyword, was.path(keyword), is.path(keyword));
            }
            compareProperties(where, was, is);
            if (was.has("items") || is.has("items")) {
                compare(where + "/*", was.path("items"), is.path("items"));
            }
            if (was.has("propertyNames") || is.has("propertyNames")) {
                compare(where + ": a property's name", was.path("propertyNames"), is.path("propertyNames"));
            }
        }

        private void compareValues(String where, JsonNode was, JsonNode is) {
            Set<String> then = values(was);
            Set<String> now = values(is);
            if (sent && !now.isEmpty()) {
                if (then.isEmpty()) {
                    found.add(where + " must be one of " + now + " and could be anything");
                }
                then.stream()
                        .filter(value -> !now.contains(value))
                        .forEach(value -> found.add(where + " cannot be " + value + " any more"));
            } else if (!sent && !then.isEmpty() && !is.path("x-extensible-enum").asBoolean(false)) {
                if (now.isEmpty()) {
                    found.add(where + " can be anything and was one of " + then);
                }
                now.stream()
                        .filter(value -> !then.contains(value))
                        .forEach(value -> found.add(where + " can be " + value + ", which clients do not know"));
            }
        }

        private static Set<String> values(JsonNode schema) {
            return schema.path("enum").valueStream().map(JsonNode::asString).collect(Collectors.toSet());
        }

        /** The direction is 1 where a greater number allows more, and -1 where a smaller one does. */
        private void compareBound(String where, String bound, JsonNode was, JsonNode is, int direction) {
            double open = direction * Double.POSITIVE_INFINITY;
            double then = was.path(bound).asDouble(open);
            double now = is.path(bound).asDouble(open);
            double moreAllowed = direction * Double.compare(now, then);
            if (sent ? moreAllowed < 0 : moreAllowed > 0) {
                found.add(where + ": " + bound + " is " + shown(is.path(bound)) + " and was " + shown(was.path(bound)));
            }
        }

        private void compareConstraint(String where, String keyword, JsonNode was, JsonNode is) {
            JsonNode thatFrees = sent ? is : was;
            JsonNode other = sent ? was : is;
            if (!was.equals(is) && !(thatFrees.isMissingNode() && !other.isMissingNode())) {
                found.add(where + ": " + keyword + " is " + shown(is) + " and was " + shown(was));
            }
        }

        private static String shown(@Nullable JsonNode node) {
            return node == null || node.isMissingNode() ? "absent" : node.toString();
        }

        private void compareProperties(String where, JsonNode was, JsonNode is) {
            Map<String, JsonNode> now = BundledContract.entries(is.path("properties"));
            was.path("properties").forEachEntry((name, definition) -> {
                String property = where + "/" + name;
                if (!now.containsKey(name)) {
                    found.add(property + " is gone");
                    return;
                }
                boolean then = requires(was, name);
                if (sent && requires(is, name) && !then) {
                    found.add(property + " must be given and could be left out");
                } else if (!sent && !requires(is, name) && then) {
                    found.add(property + " can be absent and was always there");
                }
                compare(property, definition, Objects.requireNonNull(now.get(name)));
            });
            now.forEach((name, definition) -> {
                if (sent && requires(is, name) && !was.path("properties").has(name)) {
                    found.add(where + "/" + name + " is new and must be given");
                }
            });
            JsonNode rest = was.path("additionalProperties");
            JsonNode restNow = is.path("additionalProperties");
            if (sent && restNow.isBoolean() && !restNow.booleanValue() && rest.booleanValue(true)) {
                found.add(where + " takes no further properties and did");
            } else if (rest.isObject() && restNow.isObject()) {
                compare(where + "/*", rest, restNow);
            }
        }

        private static boolean requires(JsonNode schema, String property) {
            return schema.path("required")
                    .valueStream()
                    .anyMatch(name -> name.asString("").equals(property));
        }
    }
}
