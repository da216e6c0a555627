package io.yardmaster.events;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** UTF-8 text that grows at its end. Log lines go from the database to the network in it, without becoming characters. */
final class TextBuffer {

    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

    private static final int LONGEST_ESCAPE = 6;
    private static final boolean[] ESCAPED = new boolean[256];

    static {
        Arrays.fill(ESCAPED, 0, ' ', true);
        ESCAPED['"'] = true;
        ESCAPED['\\'] = true;
    }

    private byte[] bytes;
    private int length;

    TextBuffer(int room) {
        bytes = new byte[room];
    }

    int length() {
        return length;
    }

    void clear() {
        length = 0;
    }

    /** Takes the last byte back, if there is one. */
    void withoutLast() {
        length = Math.max(0, length - 1);
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    TextBuffer append(String text) {
        return append(text.getBytes(StandardCharsets.UTF_8));
    }

    TextBuffer append(byte[] text) {
        return append(text, 0, text.length);
    }

    TextBuffer append(byte[] text, int from, int to) {
        reserve(to - from);
        System.arraycopy(text, from, bytes, length, to - from);
        length += to - from;
        return this;
    }

    TextBuffer append(char ascii) {
        reserve(1);
        bytes[length++] = (byte) ascii;
        return this;
    }

    TextBuffer append(long number) {
        if (number < 0) {
            return append(Long.toString(number));
        }
        int digits = 1;
        for (long rest = number / 10; rest != 0; rest /= 10) {
            digits++;
        }
        reserve(digits);
        long rest = number;
        for (int at = length + digits - 1; at >= length; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
        return this;
    }

    /** Appends UTF-8 text as the inside of a JSON string. */
    TextBuffer appendJson(byte[] text, int from, int to) {
        int start = from;
        for (int i = from; i < to; i++) {
            byte next = text[i];
            if (ESCAPED[next & 0xff]) {
                append(text, start, i);
                reserve(LONGEST_ESCAPE);
                bytes[length++] = '\\';
                length = escape(next, bytes, length);
                start = i + 1;
            }
        }
        return append(text, start, to);
    }

    /** Appends a text as a JSON string with its quotes. */
    TextBuffer appendJsonString(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return append('"').appendJson(utf8, 0, utf8.length).append('"');
    }

    private static int escape(byte next, byte[] target, int from) {
        int at = from;
        switch (next) {
            case '"', '\\' -> target[at++] = next;
            case '\b' -> target[at++] = 'b';
            case '\t' -> target[at++] = 't';
            case '\n' -> target[at++] = 'n';
            case '\f' -> target[at++] = 'f';
            case '\r' -> target[at++] = 'r';
            default -> {
                target[at++] = 'u';
                target[at++] = '0';
                target[at++] = '0';
                target[at++] = HEX[next >> 4];
                target[at++] = HEX[next & 0xf];
            }
        }
        return at;
    }

    private void reserve(int more) {
        if (more > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length + (bytes.length >> 1)));
        }
    }
}
