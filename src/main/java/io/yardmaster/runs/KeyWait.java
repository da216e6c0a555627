package io.yardmaster.runs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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

    /** Ids are in the order in which runs were made; as text, for a UUID compares itself as two signed numbers. */
    private static final Comparator<List<KeyWait>> FEWEST_THEN_YOUNGEST = Comparator.<List<KeyWait>>comparingInt(
                    List::size)
            .thenComparing(
                    waits -> waits.stream()
                            .map(wait -> wait.waiting().toString())
                            .max(Comparator.naturalOrder())
                            .orElseThrow(),
                    Comparator.reverseOrder());

    /**
     * Those that have to give way so that none of these waits for ever: of each circle of runs that wait for each other
     * all that one of them waits with, so that it can end: the one that waits with the fewest, and of several such the one
     * that waits with the youngest. A run that waits for a key of which one holder can still end is in no circle.
     */
    static List<KeyWait> givingWay(Collection<KeyWait> waits) {
        List<KeyWait> givingWay = new ArrayList<>();
        Map<UUID, List<KeyWait>> stuck = inVain(waits);
        for (Optional<Set<UUID>> circle = circle(stuck); circle.isPresent(); circle = circle(stuck)) {
            List<KeyWait> fewest = circle.get().stream()
                    .map(stuck::get)
                    .min(FEWEST_THEN_YOUNGEST)
                    .orElseThrow();
            givingWay.addAll(fewest);
            Set<UUID> runs = fewest.stream().map(KeyWait::waiting).collect(Collectors.toSet());
            stuck = inVain(stuck.values().stream()
                    .flatMap(List::stream)
                    .filter(wait -> !runs.contains(wait.waiting()))
                    .toList());
        }
        return givingWay;
    }

    /** Whatever can still go on is taken away until nothing is; by the run above. */
    private static Map<UUID, List<KeyWait>> inVain(Collection<KeyWait> waits) {
        Collection<KeyWait> left = waits;
        while (true) {
            Map<UUID, List<KeyWait>> stuck = left.stream().collect(Collectors.groupingBy(KeyWait::above));
            List<KeyWait> next = left.stream()
                    .filter(wait -> wait.holders().size() >= wait.limit()
                            && stuck.keySet().containsAll(wait.holders()))
                    .toList();
            if (next.size() == left.size()) {
                return stuck;
            }
            left = next;
        }
    }

    /**
     * Runs that all wait for each other, and for no others. Where some of these wait for another circle as well, that one
     * comes first: whether they are a circle of their own shows when it is gone.
     */
    private static Optional<Set<UUID>> circle(Map<UUID, List<KeyWait>> stuck) {
        Map<UUID, Set<UUID>> waitsFor = new HashMap<>();
        Map<UUID, Set<UUID>> waitedForBy = new HashMap<>();
        stuck.forEach((above, waits) -> waits.forEach(wait -> wait.holders().forEach(holder -> {
            waitsFor.computeIfAbsent(above, _ -> new HashSet<>()).add(holder);
            waitedForBy.computeIfAbsent(holder, _ -> new HashSet<>()).add(above);
        })));
        Optional<UUID> next = stuck.keySet().stream().findAny();
        while (next.isPresent()) {
            Set<UUID> circle = reached(next.get(), waitsFor);
            Set<UUID> back = reached(next.get(), waitedForBy);
            next = circle.stream().filter(run -> !back.contains(run)).findAny();
            if (next.isEmpty()) {
                return Optional.of(circle);
            }
        }
        return Optional.empty();
    }

    private static Set<UUID> reached(UUID from, Map<UUID, Set<UUID>> ways) {
        Set<UUID> reached = new HashSet<>(Set.of(from));
        Deque<UUID> open = new ArrayDeque<>(reached);
        while (!open.isEmpty()) {
            ways.getOrDefault(open.pop(), Set.of()).stream()
                    .filter(reached::add)
                    .forEach(open::push);
        }
        return reached;
    }
}
