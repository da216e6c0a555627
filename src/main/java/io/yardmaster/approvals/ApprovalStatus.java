package io.yardmaster.approvals;

import java.util.Locale;

/** Where an approval stands. All but the first are final. */
public enum ApprovalStatus {
    /** People are asked. */
    PENDING,
    /** Enough people agreed, or silence meant that. */
    APPROVED,
    /** Enough people refused. */
    DENIED,
    /** Nobody decided in time. */
    EXPIRED,
    /** The run ended, or its gate was passed by, before anybody decided. */
    CANCELLED;

    /** As it is written in the API and in the database. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads what {@link #text} wrote. */
    public static ApprovalStatus of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
