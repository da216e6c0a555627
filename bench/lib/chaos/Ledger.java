package chaos;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/** What the callers know: which runs were promised to them, and what they asked of these. */
final class Ledger {

    private static final int RECENT = 400;

    private final Findings findings;
    private final Map<String, Promise> promises = new ConcurrentHashMap<>();
    private final Map<String, Boolean> cancels = new ConcurrentHashMap<>();
    private final Set<String> pauses = ConcurrentHashMap.newKeySet();
    private final Set<String> unanswered = ConcurrentHashMap.newKeySet();
    private final List<Promise> order = new ArrayList<>();

    Ledger(Findings findings) {
        this.findings = findings;
    }

    /** A run that was answered with 201, under a key. */
    record Promise(String key, String runId, JobKind job, String body) {}

    /** Takes in an answer; another one of the same key has to be the same. */
    Promise accepted(String key, JobKind job, String runId, String body) {
        Promise mine = new Promise(key, runId, job, body);
        Promise before = promises.putIfAbsent(key, mine);
        if (before == null) {
            synchronized (order) {
                order.add(mine);
            }
            return mine;
        }
        if (!before.runId().equals(runId)) {
            findings.add(Guarantee.KEY, key + " was answered with " + before.runId() + " and with " + runId);
        } else if (!before.body().equals(mine.body())) {
            findings.add(
                    Guarantee.KEY,
                    key + " was answered in two ways:\n               " + before.body() + "\n               " + body);
        }
        return before;
    }

    /** A submission of which nobody knows what became of it. */
    void gaveUp(String key) {
        unanswered.add(key);
    }

    /**
     * Somebody wanted the end of a run.
     *
     * @param promised whether it was answered that it will come
     */
    void cancelled(String runId, boolean promised) {
        cancels.merge(runId, promised, Boolean::logicalOr);
    }

    void paused(String runId) {
        pauses.add(runId);
    }

    /** One of those accepted lately. */
    Optional<Promise> recent(RandomGenerator random) {
        synchronized (order) {
            int bound = Math.min(RECENT, order.size());
            return bound == 0 ? Optional.empty() : Optional.of(order.get(order.size() - 1 - random.nextInt(bound)));
        }
    }

    Collection<Promise> promises() {
        return promises.values();
    }

    /** By run: whether its end was promised. */
    Map<String, Boolean> cancels() {
        return cancels;
    }

    Set<String> pauses() {
        return pauses;
    }

    Set<String> unanswered() {
        return unanswered;
    }

    int size() {
        return promises.size();
    }
}
