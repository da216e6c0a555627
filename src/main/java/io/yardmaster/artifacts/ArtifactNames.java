package io.yardmaster.artifacts;

import java.text.Normalizer;
import java.util.Optional;

/** What artifacts and their keys may be called. */
final class ArtifactNames {

    static final int LONGEST_NAME = 255;
    static final int LONGEST_KEY = 1024;

    private ArtifactNames() {}

    /** One spelling of what looks the same. */
    static String normalized(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFC);
    }

    /** What is wrong with a name that somebody gave; empty where nothing is. */
    static Optional<String> faultOfName(String name) {
        if (name.equals(".") || name.equals("..")) {
            return Optional.of("is only dots");
        }
        if (name.indexOf('/') >= 0 || name.indexOf('\\') >= 0) {
            return Optional.of("holds a slash");
        }
        return faultOfText(name, LONGEST_NAME);
    }

    /** What is wrong with a key; empty where nothing is. */
    static Optional<String> faultOfKey(String key) {
        return faultOfText(key, LONGEST_KEY);
    }

    private static Optional<String> faultOfText(String text, int longest) {
        if (text.isBlank() || !text.strip().equals(text)) {
            return Optional.of("is blank, or has white space at its ends");
        }
        if (text.length() > longest) {
            return Optional.of("has more than " + longest + " characters");
        }
        return text.codePoints().anyMatch(ArtifactNames::isInvisible)
                ? Optional.of("holds a control character")
                : Optional.empty();
    }

    private static boolean isInvisible(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }
}
