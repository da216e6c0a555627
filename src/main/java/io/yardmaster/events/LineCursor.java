package io.yardmaster.events;

import java.nio.charset.StandardCharsets;

/** Stands on one line after the other of a block; the line itself stays in the block's bytes. */
final class LineCursor {

    private final byte[] bytes;
    private int left;
    private int position;
    private long at;
    private int from;
    private int to;

    LineCursor(byte[] bytes, int count) {
        this.bytes = bytes;
        this.left = count;
    }

    /** Goes to the next line; false at the end. */
    boolean next() {
        if (left == 0) {
            return false;
        }
        left--;
        long delta = varint();
        // Small numbers of either sign were made small numbers without one.
        at += (delta >>> 1) ^ -(delta & 1);
        int length = Math.toIntExact(varint());
        from = position;
        to = from + length;
        position = to;
        if (to > bytes.length) {
            throw new IllegalStateException("a log chunk that ends within a line");
        }
        return true;
    }

    /** When the line was read, in milliseconds since the epoch. */
    long at() {
        return at;
    }

    /** Holds the line, in UTF-8, between {@link #from} and {@link #to}. */
    byte[] bytes() {
        return bytes;
    }

    int from() {
        return from;
    }

    int to() {
        return to;
    }

    String text() {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    private long varint() {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = bytes[position++];
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}
