package io.yardmaster.events;

import io.yardmaster.kernel.RunId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;

/** One reader's connection: what is written to it, and how long it may stay. */
final class StreamWriter {

    /** A dead connection is noticed only when something is written to it. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(10);

    /** The answer's own media type is settled; this keeps whoever writes JSON away from bytes that are finished. */
    private static final MediaType BYTES = MediaType.APPLICATION_OCTET_STREAM;

    private final ResponseBodyEmitter emitter;
    private final StreamFormat format;
    private final @Nullable Instant expiresAt;
    private final Clock clock;
    private long skip;
    private long left;
    private long lastWrite = System.nanoTime();

    StreamWriter(ResponseBodyEmitter emitter, StreamFormat format, @Nullable Instant expiresAt, Clock clock) {
        this(emitter, format, null, expiresAt, clock);
    }

    /** Writes only some bytes of what it is given. */
    StreamWriter(
            ResponseBodyEmitter emitter,
            StreamFormat format,
            LogRequest.@Nullable Slice slice,
            @Nullable Instant expiresAt,
            Clock clock) {
        this.skip = slice == null ? 0 : slice.skip();
        this.left = slice == null ? Long.MAX_VALUE : slice.length();
        this.emitter = emitter;
        this.format = format;
        this.expiresAt = expiresAt;
        this.clock = clock;
    }

    void open() throws IOException {
        // Even an empty text sends the headers, so that the reader knows it is connected.
        send(format.opening().getBytes(StandardCharsets.UTF_8));
    }

    private void write(String text) throws IOException {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Blocks while the reader does not take what was sent before; only this reader's own thread waits. */
    void write(byte[] text) throws IOException {
        int from = (int) Math.min(skip, text.length);
        int to = (int) Math.min(text.length, from + left);
        skip -= from;
        left -= to - from;
        if (to > from) {
            send(to - from == text.length ? text : Arrays.copyOfRange(text, from, to));
        }
        lastWrite = System.nanoTime();
    }

    /**
     * An answer whose length was told is closed with its last byte. Whatever is sent after it, even nothing, fails as if
     * the reader had gone; such an answer is never completed, and its connection never gets another one.
     */
    private void send(byte[] text) throws IOException {
        emitter.send(Set.of(new ResponseBodyEmitter.DataWithMediaType(text, BYTES)));
    }

    /** Whether all that was asked for is written. */
    boolean isFull() {
        return left == 0;
    }

    /**
     * Says that the connection lives, if nothing has been said for long.
     *
     * @param position where the reader stands, if it does not know yet
     * @return whether it was said
     */
    boolean keepAliveIfDue(@Nullable String position) throws IOException {
        boolean due = untilKeepAlive().isNegative() || untilKeepAlive().isZero();
        if (due) {
            write(format.keepAlive(position));
        }
        return due;
    }

    void end(StreamEnd reason, RunId runId, long lastSeq) throws IOException {
        write(format.ending(reason, runId, lastSeq));
        emitter.complete();
    }

    /** Ends a stream of all runs, which has no last sequence number to tell. */
    void endAll(StreamEnd reason) throws IOException {
        write(format.ending(reason));
        emitter.complete();
    }

    boolean isExpired() {
        return expiresAt != null && !clock.instant().isBefore(expiresAt);
    }

    /** How long a reader may wait for news before the connection needs attention. */
    Duration patience() {
        Duration untilKeepAlive = untilKeepAlive();
        if (expiresAt == null) {
            return untilKeepAlive;
        }
        Duration untilExpiry = Duration.between(clock.instant(), expiresAt);
        return untilExpiry.compareTo(untilKeepAlive) < 0 ? untilExpiry : untilKeepAlive;
    }

    private Duration untilKeepAlive() {
        return KEEP_ALIVE.minusNanos(System.nanoTime() - lastWrite);
    }
}
