package io.yardmaster.events;

import io.yardmaster.kernel.OutputLine;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Many lines as the bytes of one row. The first byte is the form: 1 is DEFLATE over, for each line, its time as
 * milliseconds since the line before (since the epoch for the first), the length of its UTF-8 bytes, and the bytes.
 */
final class LineCodec {

    private static final int DEFLATED = 1;
    private static final int LONGEST_VARINT = 10;

    private LineCodec() {}

    /** The lines one after the other, which {@link LineCursor} reads. */
    static byte[] plain(List<OutputLine> lines) {
        byte[] plain = new byte[64 + lines.size() * 64];
        int at = 0;
        long before = 0;
        for (OutputLine line : lines) {
            byte[] text = line.text().getBytes(StandardCharsets.UTF_8);
            int room = at + text.length + 2 * LONGEST_VARINT;
            if (room > plain.length) {
                plain = Arrays.copyOf(plain, Math.max(room, plain.length * 2));
            }
            long time = line.at().toEpochMilli();
            at = putVarint(plain, at, zigzag(time - before));
            at = putVarint(plain, at, text.length);
            System.arraycopy(text, 0, plain, at, text.length);
            at += text.length;
            before = time;
        }
        return Arrays.copyOf(plain, at);
    }

    static byte[] pack(byte[] plain) {
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try {
            deflater.setInput(plain);
            deflater.finish();
            byte[] packed = new byte[256 + plain.length / 4];
            packed[0] = DEFLATED;
            int length = 1;
            while (true) {
                length += deflater.deflate(packed, length, packed.length - length);
                if (deflater.finished()) {
                    return Arrays.copyOf(packed, length);
                }
                packed = Arrays.copyOf(packed, packed.length * 2);
            }
        } finally {
            deflater.end();
        }
    }

    static byte[] unpack(byte[] packed) {
        if (packed[0] != DEFLATED) {
            throw new IllegalStateException("a log chunk of an unknown form: " + packed[0]);
        }
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(packed, 1, packed.length - 1);
            byte[] plain = new byte[Math.max(256, packed.length * 4)];
            int length = 0;
            while (true) {
                length += inflater.inflate(plain, length, plain.length - length);
                if (inflater.finished()) {
                    return Arrays.copyOf(plain, length);
                }
                if (length < plain.length) {
                    throw new IllegalStateException("a log chunk that breaks off");
                }
                plain = Arrays.copyOf(plain, plain.length * 2);
            }
        } catch (DataFormatException e) {
            throw new IllegalStateException("a log chunk that cannot be unpacked", e);
        } finally {
            inflater.end();
        }
    }

    /** Small numbers of either sign become small numbers without one: a clock may be set back between two lines. */
    private static long zigzag(long value) {
        return (value << 1) ^ (value >> 63);
    }

    private static int putVarint(byte[] bytes, int from, long value) {
        int at = from;
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[at++] = (byte) ((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        bytes[at++] = (byte) rest;
        return at;
    }
}
