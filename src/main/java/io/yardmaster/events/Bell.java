package io.yardmaster.events;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Rings for everybody who waits; who looks at the count before waiting misses no ring. */
final class Bell {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition rung = lock.newCondition();
    private long count;

    void ring() {
        lock.lock();
        try {
            count++;
            rung.signalAll();
        } finally {
            lock.unlock();
        }
    }

    long count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns when the bell has rung since {@code seen} was counted, or the time is over.
     *
     * @return whether it has rung
     */
    boolean awaitAfter(long seen, Duration atMost) throws InterruptedException {
        lock.lock();
        try {
            long nanos = atMost.toNanos();
            while (count == seen && nanos > 0) {
                nanos = rung.awaitNanos(nanos);
            }
            return count != seen;
        } finally {
            lock.unlock();
        }
    }
}
