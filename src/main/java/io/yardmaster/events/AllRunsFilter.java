package io.yardmaster.events;

import io.yardmaster.kernel.RunId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which entries of all runs a reader wants.
 *
 * @param runId only this run's; null for all
 * @param jobId only runs of this job; null for all
 * @param types only these types; empty for all
 */
public record AllRunsFilter(@Nullable RunId runId, @Nullable String jobId, Set<EventType> types) {

    public AllRunsFilter {
        types = Set.copyOf(types);
    }

    EventFilter events() {
        return new EventFilter(types, LineFilter.ALL);
    }
}
