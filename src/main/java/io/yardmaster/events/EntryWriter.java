package io.yardmaster.events;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes one piece of a log in one format. What is the same for all lines of a chunk is made once; the lines are copied
 * as the bytes they are.
 */
final class EntryWriter {

    private static final byte[] TIMESTAMP = utf8(",\"timestamp\":\"");

    private final StreamFormat format;
    private final byte[] beforeId;
    private final byte[] beforeSeq;
    private final byte[] beforeMessage;
    private final byte[] behind;
    private final Timestamps timestamps = new Timestamps();

    EntryWriter(LogEntry entry, StreamFormat format) {
        this.format = format;
        this.beforeId = utf8(format.beforeId());
        Parts parts = parts(entry, format);
        this.beforeSeq = utf8(format.before(entry.type()) + parts.beforeSeq());
        this.beforeMessage = utf8(parts.beforeMessage());
        this.behind = utf8(parts.behind() + format.behind());
    }

    private static Parts parts(LogEntry entry, StreamFormat format) {
        String step = entry.stepId() == null ? "" : ",\"step_id\":" + quoted(entry.stepId());
        return switch (format.shape()) {
            case EVENT -> {
                String start =
                        "{\"type\":\"" + entry.type().text() + "\",\"run_id\":\"" + entry.runId() + "\",\"seq\":";
                yield switch (entry) {
                    case LogEntry.Event event ->
                        new Parts(
                                start,
                                "\"" + step,
                                event.data().equals("{}")
                                        ? "}"
                                        : "," + event.data().substring(1));
                    case LogEntry.Lines chunk ->
                        new Parts(
                                start,
                                "\"" + step + ",\"attempt\":" + chunk.attempt() + beforeMessage(chunk),
                                "\",\"stream\":\"" + chunk.stream().text() + "\"}");
                };
            }
            case LINE -> {
                LogEntry.Lines chunk = (LogEntry.Lines) entry;
                yield new Parts(
                        "{\"seq\":",
                        "\"" + beforeMessage(chunk),
                        "\"" + step + ",\"stream\":\"" + chunk.stream().text() + "\"}");
            }
            case TEXT -> new Parts("", "", "");
        };
    }

    /** Writes an event. */
    void write(LogEntry.Event event, @Nullable String id, TextBuffer out) {
        head(event.seq(), event.at().toEpochMilli(), id, out);
        out.append(behind);
    }

    /**
     * Writes the line on which {@code line} stands.
     *
     * @param id where it is another one than the sequence number
     */
    void write(long seq, LineCursor line, @Nullable String id, TextBuffer out) {
        if (format.shape() == StreamFormat.Shape.TEXT) {
            out.append(line.bytes(), line.from(), line.to());
        } else {
            head(seq, line.at(), id, out);
            out.appendJson(line.bytes(), line.from(), line.to());
        }
        out.append(behind);
    }

    private void head(long seq, long at, @Nullable String id, TextBuffer out) {
        byte[] number = Long.toString(seq).getBytes(StandardCharsets.ISO_8859_1);
        if (format.hasIds()) {
            out.append(beforeId);
            if (id == null) {
                out.append(number);
            } else {
                out.append(id);
            }
        }
        out.append(beforeSeq).append(number).append(TIMESTAMP).append(timestamps.of(at));
        out.append(beforeMessage);
    }

    private static String beforeMessage(LogEntry.Lines chunk) {
        return ",\"level\":\"" + LineLevel.of(chunk.stream()).text() + "\",\"message\":\"";
    }

    private static String quoted(String text) {
        return new String(
                new TextBuffer(text.length() + 16).appendJsonString(text).toBytes(), StandardCharsets.UTF_8);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** What stands around the number, the time and the text of an entry. */
    private record Parts(String beforeSeq, String beforeMessage, String behind) {}
}
