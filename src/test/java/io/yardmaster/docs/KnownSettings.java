package io.yardmaster.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The settings that {@code docs/configuration.md} lists, which a test writes from the code. */
record KnownSettings(Set<String> keys, Set<String> tables) {

    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(?<key>yardmaster\\.[^`]+)` \\| (?<type>[^|]*) \\|");
    /** What the page calls the types whose settings have nothing below them. */
    private static final Pattern PLAIN = Pattern.compile("text|number|duration|size|path|`true`.*|list.*");

    static KnownSettings read() {
        try {
            List<MatchResult> rows = ROW.matcher(Files.readString(Path.of("docs/configuration.md")))
                    .results()
                    .toList();
            return new KnownSettings(
                    rows.stream().map(row -> row.group("key")).collect(Collectors.toSet()),
                    rows.stream()
                            .filter(row -> !PLAIN.matcher(row.group("type")).matches())
                            .map(row -> row.group("key"))
                            .collect(Collectors.toSet()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether there is this key, with {@code []} for any place in a list. Below some keys are names of the user's own. */
    boolean has(String key) {
        return keys.contains(key)
                || tables.stream().anyMatch(table -> key.startsWith(table + "."))
                || (key.endsWith("[]") && keys.contains(key.substring(0, key.length() - 2)));
    }

    /** Whether there is this key, or one that begins with it up to a dot. */
    boolean hasBeginning(String key) {
        return has(key) || keys.stream().anyMatch(known -> known.startsWith(key + ".") || known.startsWith(key + "[]"));
    }

    /** Whether an environment variable of this name, or of one that goes on from it, is a setting. */
    boolean hasVariable(String name) {
        return keys.stream()
                .map(key -> key.toUpperCase(Locale.ROOT)
                        .replace("-", "")
                        .replace("[]", "_[0-9]+")
                        .replace(".", "_"))
                .anyMatch(known -> name.matches(known + "(_[0-9]+)?") || known.startsWith(name + "_"));
    }
}
