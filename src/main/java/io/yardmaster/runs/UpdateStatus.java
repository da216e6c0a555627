package io.yardmaster.runs;

import java.util.Locale;

/** How it stands with an update. */
public enum UpdateStatus {
    /** It is kept until a step handles it, or is in the hands of one. */
    PENDING,
    /** The step that handled it has said so. */
    ANSWERED,
    /** The step that was asked would not do it. */
    REFUSED,
    /** Nobody will answer any more. */
    UNANSWERED;

    /** As it is written in the API. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static UpdateStatus of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
