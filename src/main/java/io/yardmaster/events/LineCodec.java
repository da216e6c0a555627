package io.yardmaster.events;

import io.yardmaster.kernel.OutputLine;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * Many lines as the bytes of one row. The first byte is the form: 1 is DEFLATE over, for each line, its time as
 * milliseconds since the line before (since the epoch for the first), the length of its UTF-8 bytes, and the bytes.
 */
final class LineCodec {

    private static final int DEFLATED = 1;

    private LineCodec() {}

    static byte[] encode(List<OutputLine> lines) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 + lines.size() * 24);
        bytes.write(DEFLATED);
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(bytes, deflater, 8192))) {
            long before = 0;
            for (OutputLine line : lines) {
                byte[] text = line.text().getBytes(StandardCharsets.UTF_8);
                long at = line.at().toEpochMilli();
                writeVarint(out, zigzag(at - before));
                writeVarint(out, text.length);
                out.write(text);
                before = at;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            deflater.end();
        }
        return bytes.toByteArray();
    }

    static List<OutputLine> decode(byte[] bytes, int count) {
        if (bytes[0] != DEFLATED) {
            throw new IllegalStateException("a log chunk of an unknown form: " + bytes[0]);
        }
        List<OutputLine> lines = new ArrayList<>(count);
        try (DataInputStream in =
                new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(bytes, 1, bytes.length - 1)))) {
            long at = 0;
            for (int i = 0; i < count; i++) {
                long delta = readVarint(in);
                at += (delta >>> 1) ^ -(delta & 1);
                byte[] text = in.readNBytes((int) readVarint(in));
                lines.add(new OutputLine(Instant.ofEpochMilli(at), new String(text, StandardCharsets.UTF_8)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return lines;
    }

    /** Small numbers of either sign become small numbers without one: a clock may be set back between two lines. */
    private static long zigzag(long value) {
        return (value << 1) ^ (value >> 63);
    }

    private static void writeVarint(DataOutputStream out, long value) throws IOException {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.writeByte((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.writeByte((int) rest);
    }

    private static long readVarint(DataInputStream in) throws IOException {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            int next = in.readUnsignedByte();
            value |= (long) (next & 0x7f) << shift;
            if ((next & 0x80) == 0) {
                return value;
            }
        }
    }
}
