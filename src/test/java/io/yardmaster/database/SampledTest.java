package io.yardmaster.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SampledTest {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration MOMENT = Duration.ofMillis(50);

    private final AtomicInteger reads = new AtomicInteger();

    @Test
    void many_who_ask_at_once_cause_one_reading() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Sampled<Integer> sampled = sampled(HOUR, HOUR, HOUR, () -> {
            awaitQuietly(go);
            return reads.incrementAndGet();
        });
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Object> ask = () -> sampled.get().orElseThrow();
            List<Future<Object>> answers =
                    Stream.generate(() -> threads.submit(ask)).limit(50).toList();
            go.countDown();
            for (Future<Object> answer : answers) {
                assertThat(answer.get()).isEqualTo(1);
            }
        }
        assertThat(sampled.get()).contains(1);
        assertThat(reads).hasValue(1);
    }

    @Test
    void it_is_read_again_when_it_has_rested() {
        Sampled<Integer> sampled = sampled(MOMENT, HOUR, HOUR, reads::incrementAndGet);

        assertThat(sampled.get()).contains(1);
        await().pollInterval(Duration.ofMillis(5)).until(() -> sampled.get().orElseThrow() == 2);
    }

    @Test
    void a_reading_that_hangs_keeps_nobody_and_the_last_value_counts_for_a_while() {
        CountDownLatch never = new CountDownLatch(1);
        Sampled<Integer> sampled = sampled(Duration.ZERO, MOMENT, Duration.ofSeconds(1), () -> {
            if (reads.incrementAndGet() > 1) {
                awaitQuietly(never);
            }
            return 1;
        });

        assertThat(sampled.get()).contains(1);
        long asked = System.nanoTime();
        assertThat(sampled.get()).contains(1);
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(1));
        await().until(() -> sampled.get().isEmpty());
        assertThat(reads).hasValue(2);
        never.countDown();
    }

    @Test
    void what_fails_is_no_answer_and_is_not_tried_again_at_once() {
        AtomicReference<@Nullable RuntimeException> fault = new AtomicReference<>(new IllegalStateException("away"));
        Sampled<Integer> sampled = sampled(Duration.ofMillis(200), HOUR, Duration.ZERO, () -> {
            reads.incrementAndGet();
            RuntimeException now = fault.get();
            if (now != null) {
                throw now;
            }
            return 7;
        });

        assertThat(sampled.get()).isEmpty();
        assertThat(sampled.get()).isEmpty();
        assertThat(reads).hasValue(1);
        fault.set(null);
        await().pollInterval(Duration.ofMillis(10)).until(() -> sampled.get().isPresent());
        fault.set(new IllegalStateException("away again"));
        await().pollInterval(Duration.ofMillis(10)).until(() -> sampled.get().isEmpty());
    }

    private static Sampled<Integer> sampled(Duration rest, Duration patience, Duration keep, Supplier<Integer> read) {
        return new Sampled<>("test", rest, patience, keep, read);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
