package io.yardmaster.runs;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many may still enter one queue. Room is measured in blocks of a hundredth of the bound: a block is used up before
 * the queue is counted again, and the next one is measured while the last quarter of this one is left.
 */
final class QueueRoom {

    private static final Logger log = LoggerFactory.getLogger(QueueRoom.class);
    private static final int BLOCKS = 100;

    /** A queue that was found full is not counted again sooner. */
    private static final Duration REST = Duration.ofMillis(250);

    private final int bound;
    private final int block;
    private final LongSupplier counter;
    private final AtomicLong room = new AtomicLong();
    private final AtomicInteger entering = new AtomicInteger();
    private final AtomicBoolean measuring = new AtomicBoolean();
    private final ReentrantLock lock = new ReentrantLock();
    private volatile long foundFullAt = System.nanoTime() - REST.toNanos();

    /**
     * A queue that has not been looked at.
     *
     * @param counter how many are in it
     */
    QueueRoom(int bound, LongSupplier counter) {
        this.bound = bound;
        this.block = Math.max(1, bound / BLOCKS);
        this.counter = counter;
    }

    /** Takes a place; false where there is none. */
    boolean enter() {
        if (take()) {
            return true;
        }
        lock.lock();
        try {
            if (take()) {
                return true;
            }
            if (System.nanoTime() - foundFullAt < REST.toNanos()) {
                return false;
            }
            measure();
            return take();
        } finally {
            lock.unlock();
        }
    }

    /** Says that one who took a place is counted in the queue itself now, or has not come to enter it. */
    void leave() {
        entering.decrementAndGet();
    }

    private boolean take() {
        long left = room.getAndUpdate(some -> Math.max(0, some - 1));
        if (left <= 0) {
            return false;
        }
        entering.incrementAndGet();
        if (left == block / 4 && measuring.compareAndSet(false, true)) {
            Thread.ofVirtual().name("queue-room").start(this::measureAhead);
        }
        return true;
    }

    private void measureAhead() {
        lock.lock();
        try {
            // Unless those who found nothing left were quicker.
            if (room.get() <= block / 4) {
                measure();
            }
        } catch (RuntimeException e) {
            log.debug("The queue could not be counted", e);
        } finally {
            lock.unlock();
            measuring.set(false);
        }
    }

    private void measure() {
        // Before they are counted: who enters meanwhile may be counted twice, but not left out.
        int under = entering.get();
        long found = Math.min(block, bound - counter.getAsLong() - under);
        room.set(Math.max(0, found));
        if (found <= 0) {
            foundFullAt = System.nanoTime();
        }
    }
}
