package io.yardmaster.events;

import io.yardmaster.kernel.OutputLine;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Consecutive output lines as bytes: a million objects of a chatty step would fill the memory. */
public final class LineBlock {

    private final int size;
    private final Instant firstAt;
    private final Instant lastAt;
    private final byte[] packed;
    private final byte @Nullable [] plain;

    private LineBlock(int size, Instant firstAt, Instant lastAt, byte[] packed, byte @Nullable [] plain) {
        this.size = size;
        this.firstAt = firstAt;
        this.lastAt = lastAt;
        this.packed = packed;
        this.plain = plain;
    }

    /** Lines that were just written. Packs them, on the caller's thread. */
    public static LineBlock of(List<OutputLine> lines) {
        if (lines.isEmpty()) {
            throw new IllegalArgumentException("no lines");
        }
        Instant first = lines.getFirst().at();
        Instant last = first;
        for (OutputLine line : lines) {
            // A clock may be set back between two lines.
            first = line.at().isBefore(first) ? line.at() : first;
            last = line.at().isAfter(last) ? line.at() : last;
        }
        byte[] plain = LineCodec.plain(lines);
        return new LineBlock(lines.size(), first, last, LineCodec.pack(plain), plain);
    }

    /** Lines as they were stored. They are unpacked anew for each use. */
    static LineBlock stored(byte[] packed, int size, Instant firstAt, Instant lastAt) {
        return new LineBlock(size, firstAt, lastAt, packed, null);
    }

    public int size() {
        return size;
    }

    /** The earliest time of a line. */
    Instant firstAt() {
        return firstAt;
    }

    /** The latest time of a line. */
    Instant lastAt() {
        return lastAt;
    }

    /** The bytes to store. */
    byte[] packed() {
        return packed;
    }

    /** About how much memory this takes, in bytes. */
    int weight() {
        return packed.length + (plain == null ? 0 : plain.length);
    }

    /** How many bytes the lines are as text, each with its line end. */
    long textBytes() {
        long bytes = 0;
        LineCursor lines = lines();
        while (lines.next()) {
            bytes += lines.to() - lines.from() + 1;
        }
        return bytes;
    }

    /** Goes through the lines. */
    LineCursor lines() {
        return new LineCursor(plain == null ? LineCodec.unpack(packed) : plain, size);
    }

    /** The lines as objects. */
    public List<OutputLine> toList() {
        List<OutputLine> all = new ArrayList<>(size);
        LineCursor lines = lines();
        while (lines.next()) {
            all.add(new OutputLine(Instant.ofEpochMilli(lines.at()), lines.text()));
        }
        return all;
    }
}
