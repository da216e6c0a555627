package io.yardmaster.events;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Writes times in RFC 3339, UTC, with milliseconds. Many lines have the same one, so the last is kept. */
final class Timestamps {

    private static final DateTimeFormatter MILLISECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private long last = Long.MIN_VALUE;
    private byte[] text = {};

    byte[] of(long epochMilli) {
        if (epochMilli != last) {
            last = epochMilli;
            text = text(Instant.ofEpochMilli(epochMilli)).getBytes(StandardCharsets.US_ASCII);
        }
        return text;
    }

    static String text(Instant at) {
        return MILLISECONDS.format(at);
    }
}
