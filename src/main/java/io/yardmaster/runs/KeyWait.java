package io.yardmaster.runs;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A run cannot end before one beneath it has a slot of a key.
 *
 * @param above the run, which holds keys itself and does nothing but wait
 * @param waiting which is beneath it, and waits for the key
 * @param limit how many runs may hold it at once
 * @param holders the runs that do
 */
record KeyWait(UUID above, UUID waiting, String key, int limit, Set<UUID> holders) {

    /**
     * Those that have to give way so that none of these waits for ever: of each circle of runs that wait for each other
     * the youngest that waits for a key. A run that waits for a key of which one holder can still end is in no circle.
     */
    static List<KeyWait> givingWay(Collection<KeyWait> waits) {
        Set<KeyWait> left = new HashSet<>(waits);
        Set<KeyWait> givingWay = new HashSet<>();
        for (Optional<KeyWait> youngest = youngest(inCircles(left));
                youngest.isPresent();
                youngest = youngest(inCircles(left))) {
            givingWay.add(youngest.get());
            UUID run = youngest.get().waiting();
            left.removeIf(wait -> wait.waiting().equals(run));
        }
        return List.copyOf(givingWay);
    }

    /** Whatever can still go on is taken away, and whatever only waits for a circle, until nothing is. */
    private static Set<KeyWait> inCircles(Set<KeyWait> waits) {
        Set<KeyWait> left = waits;
        while (true) {
            Set<UUID> stuck = left.stream().map(KeyWait::above).collect(Collectors.toSet());
            Set<UUID> waitedFor =
                    left.stream().flatMap(wait -> wait.holders().stream()).collect(Collectors.toSet());
            Set<KeyWait> next = left.stream()
                    .filter(wait -> wait.holders().size() >= wait.limit()
                            && stuck.containsAll(wait.holders())
                            && waitedFor.contains(wait.above()))
                    .collect(Collectors.toSet());
            if (next.size() == left.size()) {
                return next;
            }
            left = next;
        }
    }

    /** Ids are in the order in which runs were made; as text, for a UUID compares itself as two signed numbers. */
    private static Optional<KeyWait> youngest(Set<KeyWait> waits) {
        return waits.stream().max(Comparator.comparing(wait -> wait.waiting().toString()));
    }
}
