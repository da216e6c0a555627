package io.yardmaster.events;

import java.util.Locale;

/** Why a stream ends while its reader still listens. */
enum StreamEnd {
    RUN_FINISHED,
    TOKEN_EXPIRED,
    /** What follows is not kept any more. */
    LOG_REMOVED,
    SERVER_DRAINING;

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** A stopping server says so in an event of its own: the reader should come back, to another replica. */
    String eventType() {
        return switch (this) {
            case RUN_FINISHED, TOKEN_EXPIRED, LOG_REMOVED -> "stream.end";
            case SERVER_DRAINING -> "server.draining";
        };
    }
}
