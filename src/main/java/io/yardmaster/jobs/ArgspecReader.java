package io.yardmaster.jobs;

import com.google.common.base.Splitter;
import com.networknt.schema.Schema;
import io.yardmaster.jobs.JsonSchemas.Mismatch;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reads and checks {@code argspec}. */
final class ArgspecReader {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    /** Variables a step's program finds set already; a variable of an argument must not take their place. */
    private static final Set<String> TAKEN =
            Set.of("auto_resume", "histchars", "http_proxy", "https_proxy", "no_proxy");

    /** In PowerShell the case of a variable's name does not matter, and these have a meaning. */
    private static final Set<String> TAKEN_IN_POWERSHELL = Set.of(
            "args",
            "consolefilename",
            "enabledexperimentalfeatures",
            "error",
            "event",
            "eventargs",
            "eventsubscriber",
            "executioncontext",
            "false",
            "foreach",
            "home",
            "host",
            "input",
            "iscoreclr",
            "islinux",
            "ismacos",
            "iswindows",
            "lastexitcode",
            "matches",
            "myinvocation",
            "nestedpromptlevel",
            "null",
            "ofs",
            "pid",
            "profile",
            "psitem",
            "pwd",
            "sender",
            "shellid",
            "stacktrace",
            "switch",
            "this",
            "true");

    private ArgspecReader() {}

    /** The argspec, or one without arguments where the job has none or a broken one. */
    static Argspec read(ConfigNode node, boolean powershell) {
        if (!node.isPresent() || !node.isObject()) {
            return none();
        }
        List<Map.Entry<String, String>> faults = JsonSchemas.faults(node.json());
        if (!faults.isEmpty()) {
            faults.forEach(fault -> at(node, fault.getKey()).error(fault.getValue()));
            return none();
        }
        if (!node.json().path("type").asString("object").equals("object")) {
            node.at("type").error("the arguments are an object: type: object");
        }
        Set<String> secrets = new TreeSet<>();
        node.at("properties").members().forEach((name, property) -> {
            name(name, property, powershell);
            if (isSecret(property.json())) {
                secret(property);
                secrets.add(name);
            } else {
                nestedSecrets(property);
                defaultValue(property, node.json());
            }
        });
        ObjectNode schema = (ObjectNode) node.json().deepCopy();
        return new Argspec(schema, JsonSchemas.compile(schema), secrets);
    }

    private static Argspec none() {
        ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "object");
        schema.set("properties", JsonNodeFactory.instance.objectNode());
        return new Argspec(schema, JsonSchemas.compile(schema), Set.of());
    }

    private static ConfigNode at(ConfigNode node, String pointer) {
        ConfigNode at = node;
        for (String part : Splitter.on('/').omitEmptyStrings().split(pointer)) {
            at = at.at(part.replace("~1", "/").replace("~0", "~"));
        }
        return at;
    }

    private static void name(String name, ConfigNode property, boolean powershell) {
        if (!NAME.matcher(name).matches()) {
            property.error("an argument's name begins with a lower-case letter and goes on with lower-case letters, "
                    + "digits and '_', at most 63 of them");
        } else if (name.startsWith("ym_") || TAKEN.contains(name)) {
            property.error("'" + name + "' has a meaning of its own where steps run; name the argument otherwise");
        } else if (powershell && TAKEN_IN_POWERSHELL.contains(name)) {
            property.error("'$" + name + "' has a meaning of its own in PowerShell; name the argument otherwise");
        }
    }

    private static boolean isSecret(JsonNode property) {
        return property.path("format").asString("").equals("secret");
    }

    private static void secret(ConfigNode property) {
        if (!property.json().path("type").asString("").equals("string")) {
            property.error("a secret is of type string");
        }
        for (String key : List.of("default", "const", "enum", "examples")) {
            if (property.json().has(key)) {
                property.at(key).error("a secret's value does not belong into a job's file");
            }
        }
    }

    private static void nestedSecrets(ConfigNode node) {
        List<ConfigNode> below = node.json().isObject()
                ? List.copyOf(node.members().values())
                : node.json().isArray() ? node.elements() : List.of();
        for (ConfigNode child : below) {
            if (isSecret(child.json())) {
                child.error("only an argument as a whole can be a secret");
            } else {
                nestedSecrets(child);
            }
        }
    }

    private static void defaultValue(ConfigNode property, JsonNode argspec) {
        @Nullable JsonNode value = property.json().get("default");
        if (value == null) {
            return;
        }
        Schema schema = JsonSchemas.compile(within(property.json(), argspec));
        for (Mismatch mismatch : JsonSchemas.validate(schema, value)) {
            property.at("default").error("does not match the argument's own schema: " + mismatch.message());
        }
    }

    /** The argument's schema with the definitions it may refer to. */
    private static JsonNode within(JsonNode property, JsonNode argspec) {
        if (!property.isObject() || !argspec.has("$defs") || property.has("$defs")) {
            return property;
        }
        ObjectNode schema = (ObjectNode) property.deepCopy();
        schema.set("$defs", argspec.get("$defs"));
        return schema;
    }
}
