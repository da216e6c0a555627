package io.yardmaster.runs;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What keeps a pending run from being claimed, besides its turn. */
enum HeldBack {
    /** It may not start yet. */
    TIME,
    /** It has to have a slot of a concurrency key first. */
    SLOT;

    /** As it is written in the database. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads what {@link #text} wrote; null is nothing. */
    static @Nullable HeldBack of(@Nullable String text) {
        return text == null ? null : valueOf(text.toUpperCase(Locale.ROOT));
    }
}
