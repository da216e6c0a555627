package io.yardmaster.secrets;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The ways in which programs write a character where some characters have a meaning of their own. */
enum Spelling {
    /** In URLs and forms: {@code %C3%A9}, {@code %c3%a9}, {@code +}. What is encoded at all differs between encoders. */
    PERCENT('%') {
        @Override
        void add(int character, Set<String> ways) {
            if (isLetterOrDigit(character)) {
                return;
            }
            String encoded = upperHex(bytes(character, "%", 16, 2));
            ways.add(encoded);
            ways.add(encoded.toLowerCase(Locale.ROOT));
            if (character == ' ') {
                ways.add("+");
            }
        }
    },

    /** In JSON, JavaScript, Python, Go, C and Bash: {@code \n}, {@code \u00e9}, {@code \xc3\xa9}, {@code \/}. */
    BACKSLASH('\\') {
        @Override
        void add(int character, Set<String> ways) {
            if (isLetterOrDigit(character)) {
                return;
            }
            StringBuilder units = new StringBuilder();
            for (char unit : Character.toChars(character)) {
                units.append("\\u").append(digits(unit, 16, 4));
            }
            for (String hex : List.of(
                    "\\U" + digits(character, 16, 8),
                    "\\u{" + digits(character, 16, 1) + "}",
                    units.toString(),
                    bytes(character, "\\x", 16, 2))) {
                ways.add(hex);
                ways.add(upperHex(hex));
            }
            ways.add(bytes(character, "\\", 8, 3));
            if (character < 0x100) {
                ways.add("\\x" + digits(character, 16, 2));
                ways.add("\\x" + digits(character, 16, 2).toUpperCase(Locale.ROOT));
            }
            int letter = "\u0007\b\t\n\u000b\f\r\u001b".indexOf(character);
            if (letter >= 0) {
                ways.add("\\" + "abtnvfre".charAt(letter));
                ways.add(character == ESCAPE ? "\\E" : "\\" + "abtnvfre".charAt(letter));
            } else if (character >= ' ' && character < 0x7f) {
                ways.add("\\" + (char) character);
            }
        }
    },

    /** In XML and HTML: entities by name, and by number in decimal and hexadecimal. */
    ENTITY('&') {
        @Override
        void add(int character, Set<String> ways) {
            if (isLetterOrDigit(character)) {
                return;
            }
            String name = NAMES.get(character);
            if (name != null) {
                ways.add(name);
            }
            for (int length = 1; length <= 4; length++) {
                String hex = digits(character, 16, length);
                ways.add("&#" + digits(character, 10, length) + ";");
                ways.add("&#x" + hex + ";");
                ways.add("&#x" + hex.toUpperCase(Locale.ROOT) + ";");
            }
        }
    },

    /** Between single quotes, in shells, SQL and YAML: {@code '\\''}, {@code '"'"'}, {@code ''}. */
    IN_SINGLE_QUOTES('\'') {
        @Override
        void add(int character, Set<String> ways) {
            if (character == '\'') {
                ways.addAll(List.of("'\"'\"'", "'\\''", "''"));
            }
        }
    },

    /** Between double quotes, in CSV: {@code ""}. */
    IN_DOUBLE_QUOTES('"') {
        @Override
        void add(int character, Set<String> ways) {
            if (character == '"') {
                ways.add("\"\"");
            }
        }
    };

    private static final char ESCAPE = 0x1b;

    private static final Map<Integer, String> NAMES =
            Map.of((int) '&', "&amp;", (int) '<', "&lt;", (int) '>', "&gt;", (int) '"', "&quot;", (int) '\'', "&apos;");

    /** What begins each other spelling, and so is never written as it is. */
    private final char escape;

    Spelling(char escape) {
        this.escape = escape;
    }

    @SuppressWarnings("ImmutableEnumChecker") // what was worked out is kept; it is the same for ever
    private final String[][] ascii = new String[0x80][];

    /**
     * The ways to write a character; of two ways where one begins with the other, the longer one is first.
     *
     * @param others what was worked out about characters beyond ASCII, to be used again
     */
    String[] ways(int character, Map<Integer, String[]> others) {
        if (character >= ascii.length) {
            return others.computeIfAbsent(character, this::ways);
        }
        String[] ways = ascii[character];
        if (ways == null) {
            // At worst worked out by several threads at a time, with the same outcome.
            ways = ways(character);
            ascii[character] = ways;
        }
        return ways;
    }

    /** Whether a text has a character that is not always written as it is. */
    boolean changes(String text, Map<Integer, String[]> others) {
        return text.codePoints()
                .anyMatch(character -> ways(character, others)[0].length() > Character.charCount(character));
    }

    abstract void add(int character, Set<String> ways);

    private String[] ways(int character) {
        Set<String> ways = new LinkedHashSet<>();
        add(character, ways);
        if (character != escape) {
            ways.add(Character.toString(character));
        }
        List<String> longestFirst = new ArrayList<>(ways);
        longestFirst.sort((one, other) -> other.length() - one.length());
        return longestFirst.toArray(String[]::new);
    }

    private static boolean isLetterOrDigit(int character) {
        return character < 0x80 && Character.isLetterOrDigit(character);
    }

    /** The bytes of a character in UTF-8, each with something before it. */
    private static String bytes(int character, String before, int radix, int length) {
        StringBuilder text = new StringBuilder();
        for (byte one : Character.toString(character).getBytes(StandardCharsets.UTF_8)) {
            text.append(before).append(digits(one & 0xFF, radix, length));
        }
        return text.toString();
    }

    private static String digits(int number, int radix, int length) {
        String digits = Integer.toString(number, radix);
        return "0".repeat(Math.max(0, length - digits.length())) + digits;
    }

    /** The escape with its digits as capitals, its letter as it is. */
    private static String upperHex(String escapes) {
        char letter = escapes.charAt(1);
        String upper = escapes.toUpperCase(Locale.ROOT);
        return Character.isLetter(letter) && escapes.charAt(0) == '\\'
                ? upper.replace("\\" + Character.toUpperCase(letter), "\\" + letter)
                : upper;
    }
}
