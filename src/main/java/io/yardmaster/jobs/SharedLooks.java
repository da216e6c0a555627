package io.yardmaster.jobs;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Lets callers that want to know the same at the same time share one look: one that was begun after a caller asked counts
 * for it, whoever made it. Nobody is told anything older than its question.
 */
final class SharedLooks<K, V> {

    private static final int SLOTS = 64;

    private final List<Slot<K, V>> slots =
            Stream.generate(Slot<K, V>::new).limit(SLOTS).toList();

    /** What {@code look} finds, or found for somebody else a moment ago; a failure is shared, too. */
    V get(K key, Supplier<V> look) {
        return slots.get(Math.floorMod(key.hashCode(), SLOTS)).get(key, look);
    }

    private record Outcome<V>(@Nullable V value, @Nullable RuntimeException failure) {

        static <V> Outcome<V> of(Supplier<V> look) {
            try {
                return new Outcome<>(look.get(), null);
            } catch (RuntimeException e) {
                return new Outcome<>(null, e);
            }
        }

        V get() {
            if (value == null) {
                throw failure == null ? new IllegalStateException("a look that found nothing") : failure;
            }
            return value;
        }
    }

    private static final class Slot<K, V> {

        private final ReentrantLock lock = new ReentrantLock();
        private @Nullable K key;
        private @Nullable Outcome<V> outcome;
        private long begun;

        V get(K wanted, Supplier<V> look) {
            long asked = System.nanoTime();
            lock.lock();
            try {
                Outcome<V> found = outcome;
                if (found == null || !wanted.equals(key) || begun - asked <= 0) {
                    begun = System.nanoTime();
                    found = Outcome.of(look);
                    key = wanted;
                    outcome = found;
                }
                return found.get();
            } finally {
                lock.unlock();
            }
        }
    }
}
