package io.yardmaster.events;

import io.yardmaster.events.LineFilter.Part;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** One entry of a log on its way to readers. What several of them get alike is written once. */
final class Piece {

    private final LogEntry entry;
    private final boolean shared;
    private final Map<StreamFormat, byte[]> whole = new EnumMap<>(StreamFormat.class);

    private Piece(LogEntry entry, boolean shared) {
        this.entry = entry;
        this.shared = shared;
    }

    /** For all who read along. */
    static Piece forAll(LogEntry entry) {
        return new Piece(entry, true);
    }

    /** For one reader. */
    static Piece forOne(LogEntry entry) {
        return new Piece(entry, false);
    }

    LogEntry entry() {
        return entry;
    }

    /** About how much memory this takes, in bytes, with what is kept for readers. */
    int weight() {
        return switch (entry) {
            case LogEntry.Event event -> 256 + 3 * event.data().length();
            case LogEntry.Lines chunk -> 256 + 4 * chunk.lines().weight() + 300 * lines(chunk);
        };
    }

    /** A short line is much longer as a reader gets it. */
    private static int lines(LogEntry.Lines chunk) {
        return (int) (chunk.lastSeq() - chunk.firstSeq() + 1);
    }

    /**
     * Writes what a reader wants of this.
     *
     * @param after the reader has what comes up to here
     * @param atMost so many entries
     * @return how many entries were written, and the last that was looked at
     */
    Written write(StreamFormat format, EventFilter filter, long after, long atMost, TextBuffer out) {
        Part part = filter.of(entry);
        if (part == Part.NONE || atMost == 0) {
            return new Written(0, atMost == 0 ? after : entry.lastSeq());
        }
        long size = entry.lastSeq() - entry.firstSeq() + 1;
        if (shared && part == Part.ALL && after < entry.firstSeq() && size <= atMost) {
            out.append(whole(format));
            return new Written(size, entry.lastSeq());
        }
        return switch (entry) {
            case LogEntry.Event event -> {
                new EntryWriter(event, format).write(event, null, out);
                yield new Written(1, event.seq());
            }
            case LogEntry.Lines chunk ->
                writeLines(new EntryWriter(chunk, format), chunk, filter.lines(), after, atMost, out);
        };
    }

    private static Written writeLines(
            EntryWriter writer, LogEntry.Lines chunk, LineFilter filter, long after, long atMost, TextBuffer out) {
        LineCursor lines = chunk.lines().lines();
        long written = 0;
        long seq = chunk.firstSeq();
        for (; lines.next(); seq++) {
            if (seq > after && filter.matches(lines)) {
                writer.write(seq, lines, null, out);
                if (++written == atMost) {
                    return new Written(written, seq);
                }
            }
        }
        return new Written(written, chunk.lastSeq());
    }

    private synchronized byte[] whole(StreamFormat format) {
        return Objects.requireNonNull(whole.computeIfAbsent(format, this::render));
    }

    private byte[] render(StreamFormat format) {
        TextBuffer out = new TextBuffer(512);
        forOne(entry).write(format, EventFilter.ALL, 0, Long.MAX_VALUE, out);
        return out.toBytes();
    }

    /**
     * What was written.
     *
     * @param count how many entries
     * @param through the last one that was looked at
     */
    record Written(long count, long through) {}
}
