package io.yardmaster.wakeups;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Whether this server hears, and which others it hears of. */
final class Hearing {

    /** Signs of life come every ten seconds; one that misses three in a row is taken to be gone. */
    private static final Duration GONE_AFTER = Duration.ofSeconds(35);

    private final Map<String, Long> heardAt = new HashMap<>();
    private volatile boolean listening;
    private volatile boolean audience = true;

    boolean isListening() {
        return listening;
    }

    /** Whether anybody is there to be told something. Who cannot hear has to assume so. */
    boolean hasAudience() {
        return audience;
    }

    /**
     * Says whether this server hears now.
     *
     * @return whether that has changed
     */
    synchronized boolean listening(boolean now) {
        boolean news = listening != now;
        listening = now;
        if (!now) {
            heardAt.clear();
        }
        count();
        return news;
    }

    /**
     * Another server gave a sign of life.
     *
     * @return whether it is new here, or was taken to be gone
     */
    synchronized boolean heardOf(String sender) {
        boolean known = heardAt.put(sender, System.nanoTime()) != null;
        count();
        return !known;
    }

    /** Forgets who has not been heard of for long. */
    synchronized void forgetTheGone() {
        long now = System.nanoTime();
        heardAt.values().removeIf(at -> now - at > GONE_AFTER.toNanos());
        count();
    }

    private void count() {
        audience = !listening || !heardAt.isEmpty();
    }
}
