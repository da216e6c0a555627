package io.yardmaster.kernel;

import java.util.Locale;

/** The two streams a process writes its output to. */
public enum OutputStreamName {
    STDOUT,
    STDERR;

    /** As it is written in the API and in the database: {@code stdout}, {@code stderr}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads what {@link #text} wrote. */
    public static OutputStreamName of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
