package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.runs.NodeWatch.Sighting;
import io.yardmaster.runs.NodeWatch.Silent;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A look each three seconds, by a clock that the test sets. */
class NodeWatchTest {

    private static final Duration LEASE = Duration.ofSeconds(15);
    private static final Duration GRACE = Duration.ofSeconds(60);

    private final UUID host = UUID.randomUUID();
    private final UUID node = UUID.randomUUID();
    private long nanos = Duration.ofHours(1).toNanos();
    private final NodeWatch watch = new NodeWatch(() -> nanos, LEASE.dividedBy(4));

    @Test
    void a_node_is_silent_when_its_beat_has_not_moved_for_its_lease() {
        look(beat(7));
        for (int i = 0; i < 5; i++) {
            assertThat(after(3, beat(7)).nodes()).as("look %d", i).isEmpty();
        }

        assertThat(after(3, beat(7)).nodes()).containsExactly(new Sighting.Node(node, 7, LEASE));
    }

    @Test
    void a_beat_that_moves_at_the_last_moment_counts() {
        look(beat(7));
        for (int i = 0; i < 5; i++) {
            after(3, beat(7));
        }

        assertThat(after(3, beat(8)).nodes()).isEmpty();
        assertThat(after(3, beat(8)).nodes()).isEmpty();
    }

    @Test
    void each_node_has_the_lease_that_it_said() {
        Sighting patient = new Sighting(host, GRACE, new Sighting.Node(node, 1, Duration.ofMinutes(5)));
        look(patient);
        for (int i = 0; i < 90; i++) {
            assertThat(after(3, patient).nodes()).isEmpty();
        }
    }

    @Test
    void of_a_long_time_without_a_look_only_a_little_counts() {
        look(beat(7));

        assertThat(after(1_000, beat(7)).nodes()).isEmpty();
        for (int i = 0; i < 3; i++) {
            assertThat(after(3, beat(7)).nodes()).isEmpty();
        }
        assertThat(after(3, beat(7)).nodes()).hasSize(1);
    }

    @Test
    void a_host_is_gone_a_grace_after_the_last_beat_of_its_nodes() {
        look(beat(7));
        for (int i = 0; i < 20; i++) {
            assertThat(after(3, without(GRACE)).hosts()).as("look %d", i).isEmpty();
        }

        assertThat(after(3, without(GRACE)).hosts()).containsExactly(host);
    }

    @Test
    void a_host_that_was_never_seen_alive_is_gone_a_grace_after_the_first_look() {
        look(without(GRACE));
        for (int i = 0; i < 20; i++) {
            assertThat(after(3, without(GRACE)).hosts()).isEmpty();
        }

        assertThat(after(3, without(GRACE)).hosts()).containsExactly(host);
    }

    @Test
    void a_host_with_a_node_that_is_not_dead_yet_is_not_gone() {
        look(beat(7));
        for (int i = 0; i < 100; i++) {
            assertThat(after(3, beat(7)).hosts()).isEmpty();
        }
    }

    @Test
    void a_host_that_cannot_end_its_own_steps_is_never_gone() {
        look(without(null));
        for (int i = 0; i < 1_000; i++) {
            assertThat(after(3, without(null)).hosts()).isEmpty();
        }
    }

    @Test
    void a_new_node_of_the_host_is_a_sign_of_life() {
        look(without(GRACE));
        for (int i = 0; i < 19; i++) {
            after(3, without(GRACE));
        }
        after(3, beat(0));

        assertThat(after(3, without(GRACE)).hosts()).isEmpty();
    }

    private Silent after(int seconds, Sighting sighting) {
        nanos += Duration.ofSeconds(seconds).toNanos();
        return look(sighting);
    }

    private Silent look(Sighting sighting) {
        return watch.look(List.of(sighting));
    }

    private Sighting beat(long count) {
        return new Sighting(host, GRACE, new Sighting.Node(node, count, LEASE));
    }

    private Sighting without(@Nullable Duration grace) {
        return new Sighting(host, grace, null);
    }
}
