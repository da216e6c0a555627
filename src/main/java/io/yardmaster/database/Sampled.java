package io.yardmaster.database;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Something that is read from the database and asked for often, by probes and collectors of metrics. It is read when
 * somebody asks, at most once in a while and never twice at once, and nobody waits for it long: without the database
 * there is soon no answer, instead of one that comes late.
 */
public final class Sampled<T> {

    private final String name;
    private final Supplier<T> read;
    private final Duration rest;
    private final Duration patience;
    private final Duration keep;
    private @Nullable CompletableFuture<T> reading;
    private long begunAt;
    private @Nullable T value;
    private long readAt;
    private long settledAt;

    /**
     * Reads nothing yet.
     *
     * @param name of the thread that reads
     * @param rest how long a reading is answered from, before the next one
     * @param patience how long somebody who asks waits for a reading
     * @param keep how long the last value still counts while it cannot be read anew; zero: it does not
     */
    public Sampled(String name, Duration rest, Duration patience, Duration keep, Supplier<T> read) {
        this.name = name;
        this.rest = rest;
        this.patience = patience;
        this.keep = keep;
        this.read = read;
    }

    /** What was read, a moment ago or now; empty where it cannot be. */
    public Optional<T> get() {
        CompletableFuture<T> current;
        long patienceEnds;
        synchronized (this) {
            long now = System.nanoTime();
            settle(now);
            if (reading == null) {
                if (settledAt != 0 && now - settledAt < rest.toNanos()) {
                    return known(now);
                }
                begunAt = now;
                reading = begin();
            }
            current = reading;
            patienceEnds = begunAt + patience.toNanos();
        }
        try {
            var _ = current.get(Math.max(0, patienceEnds - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // Answered from what is known.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            long now = System.nanoTime();
            settle(now);
            return known(now);
        }
    }

    private CompletableFuture<T> begin() {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofVirtual().name(name).start(() -> {
            try {
                result.complete(read.get());
            } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private void settle(long now) {
        CompletableFuture<T> current = reading;
        if (current == null || !current.isDone()) {
            return;
        }
        reading = null;
        settledAt = now;
        if (current.state() == java.util.concurrent.Future.State.SUCCESS) {
            value = current.resultNow();
            readAt = now;
        }
    }

    private Optional<T> known(long now) {
        boolean isLatest = reading == null && readAt == settledAt;
        return isLatest || now - readAt < keep.toNanos() ? Optional.ofNullable(value) : Optional.empty();
    }
}
