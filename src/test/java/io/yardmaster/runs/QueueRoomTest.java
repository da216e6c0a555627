package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class QueueRoomTest {

    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicInteger looks = new AtomicInteger();

    private QueueRoom room(int bound) {
        return new QueueRoom(bound, () -> {
            looks.incrementAndGet();
            return queued.get();
        });
    }

    @Test
    void lets_in_as_many_as_the_bound_says_and_no_more() {
        QueueRoom room = room(5);

        assertThat(IntStream.range(0, 9).filter(_ -> entered(room)).count()).isEqualTo(5);
    }

    @Test
    void who_is_about_to_enter_counts() {
        QueueRoom room = room(2);

        assertThat(room.enter()).isTrue();
        assertThat(room.enter()).isTrue();
        assertThat(room.enter()).isFalse();
    }

    @Test
    void who_left_makes_room_a_moment_later() {
        QueueRoom room = room(1);
        assertThat(entered(room)).isTrue();
        assertThat(entered(room)).isFalse();

        queued.set(0);

        Awaitility.await("room").until(() -> entered(room));
    }

    @Test
    void the_queue_is_counted_once_for_many() {
        QueueRoom room = room(100_000);

        assertThat(IntStream.range(0, 10_000).filter(_ -> entered(room)).count())
                .isEqualTo(10_000);

        // Each look is good for a thousand, and for three quarters of them where the next one comes ahead.
        assertThat(looks.get()).isBetween(10, 14);
    }

    @Test
    void a_full_queue_is_not_counted_for_each_who_is_refused() {
        QueueRoom room = room(100);
        queued.set(100);
        long begun = System.nanoTime();

        assertThat(IntStream.range(0, 1_000).filter(_ -> entered(room)).count()).isZero();

        long quarters = Duration.ofNanos(System.nanoTime() - begun).toMillis() / 250;
        assertThat(looks.get()).isLessThanOrEqualTo((int) quarters + 1);
    }

    private boolean entered(QueueRoom room) {
        if (!room.enter()) {
            return false;
        }
        queued.incrementAndGet();
        room.leave();
        return true;
    }
}
