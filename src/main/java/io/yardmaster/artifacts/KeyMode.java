package io.yardmaster.artifacts;

import java.util.Locale;

/** What a second use of an artifact's key means. */
public enum KeyMode {
    /** It is refused: the key names one artifact for good. */
    IMMUTABLE,
    /** The key names the newer artifact from then on. */
    MUTABLE;

    /** The mode of this text, as {@link #text} writes it. */
    public static KeyMode of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    /** As it is stored and shown. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
