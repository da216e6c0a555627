package io.yardmaster.events;

import java.util.Locale;

/** Why a stream ends while its reader still listens. */
enum StreamEnd {
    RUN_FINISHED,
    TOKEN_EXPIRED,
    SERVER_DRAINING;

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** A stopping server says so in an event of its own: the reader should come back, to another replica. */
    String eventType() {
        return switch (this) {
            case RUN_FINISHED, TOKEN_EXPIRED -> "stream.end";
            case SERVER_DRAINING -> "server.draining";
        };
    }
}
