package io.yardmaster.jobs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which step needs which. */
final class StepGraph {

    private final Map<String, List<String>> needs;
    private final Map<String, Set<String>> ancestors = new LinkedHashMap<>();

    /**
     * A graph of known steps.
     *
     * @param needs for each step those it waits for; each of them is a key, too
     */
    StepGraph(Map<String, List<String>> needs) {
        this.needs = needs;
    }

    /** A way from a step back to itself, its first step named again at the end. */
    Optional<List<String>> cycle() {
        Set<String> done = new LinkedHashSet<>();
        for (String start : needs.keySet()) {
            List<String> cycle = cycleFrom(start, done);
            if (!cycle.isEmpty()) {
                return Optional.of(cycle);
            }
        }
        return Optional.empty();
    }

    /** All steps a step waits for, directly or through others. Only for graphs without a cycle. */
    Set<String> ancestors(String step) {
        Set<String> known = ancestors.get(step);
        if (known != null) {
            return known;
        }
        Set<String> all = new LinkedHashSet<>();
        for (String need : needs.getOrDefault(step, List.of())) {
            all.addAll(ancestors(need));
            all.add(need);
        }
        ancestors.put(step, all);
        return all;
    }

    private List<String> cycleFrom(String start, Set<String> done) {
        List<String> path = new ArrayList<>();
        List<Integer> next = new ArrayList<>();
        path.add(start);
        next.add(0);
        while (!path.isEmpty()) {
            String step = path.getLast();
            int index = next.removeLast();
            List<String> below = needs.getOrDefault(step, List.of());
            if (done.contains(step) || index >= below.size()) {
                done.add(step);
                path.removeLast();
                continue;
            }
            next.add(index + 1);
            String need = below.get(index);
            if (path.contains(need)) {
                path.add(need);
                return path.subList(path.indexOf(need), path.size());
            }
            path.add(need);
            next.add(0);
        }
        return List.of();
    }
}
