package io.yardmaster.events;

import io.yardmaster.kernel.OutputStreamName;
import java.util.Locale;

/**
 * How much a line wants to be looked at. It follows from the stream alone: what a program writes to its error stream is
 * worth a look, though often no error.
 */
public enum LineLevel {
    INFO,
    WARN;

    /** The level of what is written to a stream. */
    static LineLevel of(OutputStreamName stream) {
        return switch (stream) {
            case STDOUT -> INFO;
            case STDERR -> WARN;
        };
    }

    /** As it is written in the API: {@code info}, {@code warn}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads what {@link #text} wrote. */
    public static LineLevel of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
