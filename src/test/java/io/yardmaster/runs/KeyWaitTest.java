package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who gives way where runs wait for each other's keys. Runs are numbered in the order in which they were made. */
class KeyWaitTest {

    @Test
    void of_two_that_wait_for_each_other_the_younger_gives_way() {
        assertThat(givingWay(waits(1, 11, 2), waits(2, 12, 1))).containsExactly(run(12));
    }

    @Test
    void nobody_gives_way_where_somebody_can_end() {
        assertThat(givingWay()).isEmpty();
        assertThat(givingWay(waits(1, 11, 2))).isEmpty();
        assertThat(givingWay(waits(1, 11, 2), waits(2, 12, 3))).isEmpty();
    }

    @Test
    void who_only_waits_for_a_circle_does_not_give_way_however_young() {
        assertThat(givingWay(waits(1, 11, 2), waits(2, 12, 3), waits(3, 13, 1), waits(4, 14, 1), waits(5, 15, 4)))
                .containsExactly(run(13));
    }

    @Test
    void a_key_of_several_is_waited_for_in_vain_only_where_none_of_its_holders_can_end() {
        KeyWait back = waits(2, 12, 1);
        assertThat(givingWay(new KeyWait(run(1), run(11), "key", 2, Set.of(run(2), run(3))), back))
                .isEmpty();
        assertThat(givingWay(new KeyWait(run(1), run(11), "key", 2, Set.of(run(2))), back))
                .isEmpty();
        assertThat(givingWay(new KeyWait(run(1), run(11), "key", 2, Set.of(run(2), run(3))), back, waits(3, 10, 1)))
                .containsExactly(run(12));
    }

    @Test
    void each_circle_has_one_that_gives_way() {
        assertThat(givingWay(waits(1, 11, 2), waits(2, 12, 1), waits(3, 13, 4), waits(4, 14, 3)))
                .containsExactlyInAnyOrder(run(12), run(14));
    }

    @Test
    void the_fewest_give_way_however_old() {
        assertThat(givingWay(waits(1, 11, 2), waits(2, 12, 1), waits(2, 13, 1))).containsExactly(run(11));
        assertThat(givingWay(Stream.concat(
                        Stream.of(waits(2, 10, 1)), IntStream.range(100, 300).mapToObj(child -> waits(1, child, 2)))))
                .containsExactly(run(10));
    }

    @Test
    void all_give_way_that_one_run_waits_with() {
        assertThat(givingWay(waits(1, 11, 2), waits(1, 14, 2), waits(2, 12, 1), waits(2, 13, 1)))
                .containsExactlyInAnyOrder(run(11), run(14));
    }

    @Test
    void who_waits_between_two_circles_does_not_give_way() {
        assertThat(givingWay(
                        waits(1, 11, 2),
                        waits(2, 12, 1),
                        waits(2, 15, 3),
                        waits(3, 19, 4),
                        waits(4, 13, 5),
                        waits(5, 14, 4)))
                .containsExactlyInAnyOrder(run(12), run(14));
    }

    @Test
    void where_one_is_not_enough_more_give_way() {
        assertThat(givingWay(waits(1, 11, 2), waits(1, 12, 3), waits(2, 13, 1), waits(3, 14, 1)))
                .containsExactlyInAnyOrder(run(13), run(14));
    }

    private static List<UUID> givingWay(KeyWait... waits) {
        return givingWay(Arrays.stream(waits));
    }

    private static List<UUID> givingWay(Stream<KeyWait> waits) {
        return KeyWait.givingWay(waits.collect(Collectors.toSet())).stream()
                .map(KeyWait::waiting)
                .toList();
    }

    private static KeyWait waits(int above, int waiting, int holder) {
        return new KeyWait(run(above), run(waiting), "key of " + holder, 1, Set.of(run(holder)));
    }

    private static UUID run(int number) {
        return new UUID(0xF000_0000_0000_7000L, number);
    }
}
