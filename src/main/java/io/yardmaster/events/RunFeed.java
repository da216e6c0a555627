package io.yardmaster.events;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The newest entries of one run's log, held in memory while somebody reads along. A reader who is close to the end takes
 * them from here; one who is not, reads the stored log until he is.
 */
final class RunFeed {

    private static final int CAPACITY = 2048;
    private static final long MAX_CHARACTERS = 4_000_000;

    private final Bell bell = new Bell();
    private final ArrayDeque<LoggedEvent> newest = new ArrayDeque<>();
    private long end;
    private long characters;

    /** Rings when something was published, or when all readers should look up for another reason. */
    Bell bell() {
        return bell;
    }

    void publish(List<LoggedEvent> committed) {
        synchronized (newest) {
            for (LoggedEvent event : committed) {
                if (event.seq() > end) {
                    newest.add(event);
                    characters += event.text().length();
                    end = event.seq();
                }
            }
            while (newest.size() > CAPACITY || (characters > MAX_CHARACTERS && newest.size() > 1)) {
                characters -= newest.removeFirst().text().length();
            }
        }
        bell.ring();
    }

    /** What follows {@code seq} here; empty where the reader has to look into the stored log. */
    Optional<List<LoggedEvent>> after(long seq, int limit) {
        synchronized (newest) {
            if (end <= seq) {
                return Optional.of(List.of());
            }
            if (newest.getFirst().seq() > seq + 1) {
                return Optional.empty();
            }
            List<LoggedEvent> found = new ArrayList<>();
            for (LoggedEvent event : newest) {
                if (event.seq() > seq && found.size() < limit) {
                    found.add(event);
                }
            }
            return Optional.of(found);
        }
    }
}
