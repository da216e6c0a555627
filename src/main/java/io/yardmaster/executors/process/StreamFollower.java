package io.yardmaster.executors.process;

import io.yardmaster.executors.Console;
import io.yardmaster.kernel.OutputLine;
import io.yardmaster.kernel.OutputPart;
import io.yardmaster.kernel.OutputStreamName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Gives a growing file to a console, line by line. Used by one thread at a time; between uses it holds no resource. */
final class StreamFollower {

    static final int MAX_LINE_BYTES = 64 * 1024;

    private static final int MAX_BATCH_LINES = 16_000;
    private static final int CHUNK = 512 * 1024;
    private static final byte[] NOTHING = {};

    private final OutputStreamName name;
    private final Path file;
    private final Console console;
    private long position;
    /** The position, for other threads. */
    private volatile long followed;

    private byte[] unfinished = NOTHING;

    StreamFollower(OutputStreamName name, Path file, Console console, long offset) {
        this.name = name;
        this.file = file;
        this.console = console;
        this.position = offset;
        this.followed = offset;
    }

    /** Whether the file has grown since it was read last. May be asked by any thread. */
    boolean isBehind() {
        return file.toFile().length() > followed;
    }

    /** Gives lines that are complete by now, as far as they fit into memory. Returns whether there may be more. */
    boolean follow() {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            int length = (int) Math.min(CHUNK, channel.size() - position);
            if (length <= 0) {
                return false;
            }
            byte[] bytes = Arrays.copyOf(unfinished, unfinished.length + length);
            int read = channel.read(ByteBuffer.wrap(bytes, unfinished.length, length), position);
            if (read <= 0) {
                return false;
            }
            position += read;
            followed = position;
            giveLines(bytes, unfinished.length, unfinished.length + read);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("The output of an attempt cannot be read: " + e.getMessage(), e);
        }
    }

    /** Gives the last line when it has no end, and tells that it was the last. */
    void finish() {
        if (unfinished.length > 0) {
            Batch batch = new Batch(unfinished, position - unfinished.length);
            batch.addLine(0, unfinished.length, unfinished.length);
            unfinished = NOTHING;
            batch.give();
        }
        console.finish(name);
    }

    /** Gives the lines in the bytes; there is no line end before {@code from}. */
    private void giveLines(byte[] bytes, int from, int to) {
        Batch batch = new Batch(bytes, position - to);
        int start = 0;
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                int end = i > start && bytes[i - 1] == '\r' ? i - 1 : i;
                batch.addLine(start, end, i + 1);
                start = i + 1;
                if (batch.isFull()) {
                    batch.give();
                }
            }
        }
        // One byte of room: the end of a line that just fits may be CR LF.
        while (to - start > MAX_LINE_BYTES + 1) {
            start = batch.addPiece(start);
        }
        unfinished = start == to ? NOTHING : Arrays.copyOfRange(bytes, start, to);
        batch.give();
    }

    /** Where to cut a line that is too long: not within a code point. */
    private static int cut(byte[] bytes, int start) {
        int limit = start + MAX_LINE_BYTES;
        for (int end = limit; end > limit - 4; end--) {
            if ((bytes[end] & 0xC0) != 0x80) {
                return end;
            }
        }
        return limit;
    }

    /** Lines on their way to the console. */
    private final class Batch {

        private final Instant now = Instant.now();
        private final byte[] bytes;
        /** Where in the file the bytes begin. */
        private final long offset;

        private final List<OutputPart> parts = new ArrayList<>();

        Batch(byte[] bytes, long offset) {
            this.bytes = bytes;
            this.offset = offset;
        }

        boolean isFull() {
            return parts.size() >= MAX_BATCH_LINES;
        }

        /** Adds a line; the next one begins at {@code next}. */
        void addLine(int start, int end, int next) {
            int from = start;
            while (end - from > MAX_LINE_BYTES) {
                from = addPiece(from);
            }
            add(from, end, true, next);
        }

        /** Adds as much of a line as is kept whole. Returns where the rest begins. */
        int addPiece(int start) {
            int end = cut(bytes, start);
            add(start, end, false, end);
            return end;
        }

        void give() {
            if (!parts.isEmpty()) {
                console.write(name, List.copyOf(parts));
                parts.clear();
            }
        }

        private void add(int start, int end, boolean endsLine, int next) {
            OutputLine line = new OutputLine(now, new String(bytes, start, end - start, StandardCharsets.UTF_8));
            parts.add(new OutputPart(line, endsLine, offset + next));
        }
    }
}
