package io.yardmaster.events;

import io.yardmaster.events.LineFilter.Part;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One entry of a log on its way to readers. What several of them get alike is written once. */
final class Piece {

    private final LogEntry entry;
    private final boolean shared;
    private final Map<StreamFormat, byte[]> whole = new EnumMap<>(StreamFormat.class);

    /** How many bytes are kept as readers get them. */
    private final AtomicInteger written = new AtomicInteger();

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

    /** About how much memory this takes now, in bytes. It takes more when it was written for readers. */
    int weight() {
        return 256
                + written.get()
                + switch (entry) {
                    case LogEntry.Event event -> 2 * event.data().length();
                    case LogEntry.Lines chunk -> chunk.lines().weight();
                };
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
        if (isWhole(part, after, atMost)) {
            out.append(whole(format));
            return new Written(size(), entry.lastSeq());
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

    /**
     * What all readers get who want the whole of this; null where this one does not, or nobody else reads it.
     *
     * @return not to be changed
     */
    byte @Nullable [] whole(StreamFormat format, EventFilter filter, long after, long atMost) {
        return isWhole(filter.of(entry), after, atMost) ? whole(format) : null;
    }

    /** How many entries this is. */
    long size() {
        return entry.lastSeq() - entry.firstSeq() + 1;
    }

    private boolean isWhole(Part part, long after, long atMost) {
        return shared && part == Part.ALL && after < entry.firstSeq() && size() <= atMost;
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

    /** Mostly enough, so that what is written need not be moved while it grows. */
    private static int roomFor(LogEntry entry) {
        return switch (entry) {
            case LogEntry.Event event -> 256 + event.data().length();
            case LogEntry.Lines chunk ->
                256 + 2 * chunk.lines().weight() + 224 * chunk.lines().size();
        };
    }

    private synchronized byte[] whole(StreamFormat format) {
        return Objects.requireNonNull(whole.computeIfAbsent(format, this::render));
    }

    private byte[] render(StreamFormat format) {
        TextBuffer out = new TextBuffer(roomFor(entry));
        forOne(entry).write(format, EventFilter.ALL, 0, Long.MAX_VALUE, out);
        byte[] bytes = out.toBytes();
        written.addAndGet(bytes.length);
        return bytes;
    }

    /**
     * What was written.
     *
     * @param count how many entries
     * @param through the last one that was looked at
     */
    record Written(long count, long through) {}
}
