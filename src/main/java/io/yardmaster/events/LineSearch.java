package io.yardmaster.events;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Finds a text within lines, whatever the case of its letters. */
final class LineSearch {

    private final String text;
    private final byte[] lower;
    private final byte[] upper;
    private final boolean ascii;

    /** Searches for a text, which is not empty. */
    LineSearch(String text) {
        this.text = text;
        this.ascii = text.chars().allMatch(c -> c < 0x80);
        this.lower = text.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
        this.upper = text.toUpperCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
    }

    /** The text that is searched for. */
    String text() {
        return text;
    }

    boolean isIn(LineCursor line) {
        return ascii ? isInBytes(line.bytes(), line.from(), line.to()) : isIn(line.text());
    }

    private boolean isInBytes(byte[] bytes, int from, int to) {
        byte low = lower[0];
        byte up = upper[0];
        for (int i = from; i <= to - lower.length; i++) {
            byte first = bytes[i];
            if ((first == low || first == up) && isAt(bytes, i)) {
                return true;
            }
        }
        return false;
    }

    private boolean isAt(byte[] bytes, int start) {
        for (int i = 1; i < lower.length; i++) {
            byte next = bytes[start + i];
            if (next != lower[i] && next != upper[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean isIn(String line) {
        for (int i = 0; i <= line.length() - text.length(); i++) {
            if (line.regionMatches(true, i, text, 0, text.length())) {
                return true;
            }
        }
        return false;
    }
}
