package io.yardmaster.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The settings that {@code docs/configuration.md} lists, which a test writes from the code. */
record KnownSettings(Set<String> keys) {

    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(?<key>yardmaster\\.[^`]+)`");

    static KnownSettings read() {
        try {
            return new KnownSettings(ROW.matcher(Files.readString(Path.of("docs/configuration.md")))
                    .results()
                    .map(row -> row.group("key"))
                    .collect(Collectors.toSet()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether there is this key, with {@code []} for any place in a list. */
    boolean has(String key) {
        return keys.contains(key) || key.endsWith("[]") && keys.contains(key.substring(0, key.length() - 2));
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
