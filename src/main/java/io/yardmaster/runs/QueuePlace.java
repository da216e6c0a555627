package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a pending run waits for.
 *
 * @param position how many runs of all tenants are started first, plus one, if none comes and none is held back; at most
 *     1,000; null where the run is not in line
 * @param key the concurrency key whose slot it waits for; null where it waits for none
 * @param limit how many runs may be under way at once, where that is what it waits for; null otherwise
 * @param ahead how many runs get a slot of the key first; at most 1,000; null where there is no key
 * @param heldBy some of the runs that have the key's slots, the oldest first
 * @param dueAt when it goes on by itself; null where no time is known
 */
public record QueuePlace(
        Reason reason,
        @Nullable Integer position,
        @Nullable String key,
        @Nullable Integer limit,
        @Nullable Integer ahead,
        List<RunId> heldBy,
        @Nullable Instant dueAt) {

    public QueuePlace {
        heldBy = List.copyOf(heldBy);
    }

    /** Why a run is pending. */
    public enum Reason {
        /** It waits for its turn. */
        QUEUE,
        /** It may not start before a time. */
        NOT_BEFORE,
        /** It waits for a slot of a concurrency key. */
        CONCURRENCY,
        /** Its tenant has as many runs under way as it may. */
        TENANT_LIMIT;

        /** The word for it in the API. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
