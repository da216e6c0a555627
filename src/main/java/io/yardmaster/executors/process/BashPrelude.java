package io.yardmaster.executors.process;

import java.util.Collection;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What Bash reads before a step's script: strict mode, and the arguments and secrets as variables. */
final class BashPrelude {

    private BashPrelude() {}

    static String of(ObjectNode args, Collection<String> secrets) {
        StringBuilder text = new StringBuilder("""
            unset BASH_ENV
            set -euo pipefail
            """);
        args.properties().forEach(arg -> text.append(declaration(arg.getKey(), arg.getValue())));
        for (String secret : new TreeSet<>(secrets)) {
            // Read to a NUL, which no file of ours holds: so to the end, with each trailing newline.
            text.append("IFS= read -r -d '' ")
                    .append(secret)
                    .append(" <\"$YM_SECRETS_DIR\"/")
                    .append(secret)
                    .append(" || :\n");
        }
        return text.toString();
    }

    private static String declaration(String name, JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> array(name, value);
            case OBJECT -> associativeArray(name, value);
            case NUMBER ->
                value.isIntegralNumber() && value.canConvertToLong()
                        ? "declare -i " + name + "=" + value.longValue() + "\n"
                        : name + "=" + quoted(value) + "\n";
            case BINARY, BOOLEAN, MISSING, NULL, POJO, STRING -> name + "=" + quoted(value) + "\n";
        };
    }

    private static String array(String name, JsonNode values) {
        StringBuilder text = new StringBuilder("declare -a ").append(name).append("=(");
        values.forEach(value -> text.append(quoted(value)).append(' '));
        return text.append(")\n").toString();
    }

    private static String associativeArray(String name, JsonNode values) {
        StringBuilder text = new StringBuilder("declare -A ").append(name).append("=(");
        for (Map.Entry<String, JsonNode> entry : values.properties()) {
            // Bash knows no empty key; such an entry is in $YM_ARGS_FILE only.
            if (!entry.getKey().isEmpty()) {
                text.append('[').append(quoted(entry.getKey())).append("]=");
                text.append(quoted(entry.getValue())).append(' ');
            }
        }
        return text.append(")\n").toString();
    }

    private static String quoted(JsonNode value) {
        return quoted(StepEnvironment.text(value));
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
