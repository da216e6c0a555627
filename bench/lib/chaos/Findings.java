package chaos;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Where guarantees were seen not to hold. */
final class Findings {

    private static final int SHOWN = 8;

    private final Map<Guarantee, List<String>> found = new EnumMap<>(Guarantee.class);

    synchronized void add(Guarantee guarantee, String what) {
        found.computeIfAbsent(guarantee, any -> new ArrayList<>()).add(what);
    }

    synchronized boolean isEmpty() {
        return found.isEmpty();
    }

    synchronized List<String> of(Guarantee guarantee) {
        return List.copyOf(found.getOrDefault(guarantee, List.of()));
    }

    /** For each guarantee whether it holds, and if not, where. */
    void print() {
        for (Guarantee guarantee : Guarantee.values()) {
            List<String> violations = of(guarantee);
            System.out.printf("  %-8s %s%n", violations.isEmpty() ? "holds" : "BROKEN", guarantee.text());
            violations.stream().limit(SHOWN).forEach(violation -> System.out.println("             " + violation));
            if (violations.size() > SHOWN) {
                System.out.println("             … and " + (violations.size() - SHOWN) + " more");
            }
        }
    }
}
