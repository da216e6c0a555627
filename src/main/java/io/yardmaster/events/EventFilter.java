package io.yardmaster.events;

import java.util.Set;

/**
 * Which entries a reader wants.
 *
 * @param types only these; empty for all
 * @param lines which of the output lines
 */
public record EventFilter(Set<EventType> types, LineFilter lines) {

    /** Everything. */
    public static final EventFilter ALL = new EventFilter(Set.of(), LineFilter.ALL);

    public EventFilter {
        types = Set.copyOf(types);
    }

    /** Only output lines, and of them only some. */
    public static EventFilter outputLines(LineFilter lines) {
        return new EventFilter(Set.of(EventType.RUN_OUTPUT, EventType.STEP_OUTPUT), lines);
    }

    public boolean matches(LoggedEvent event) {
        return (types.isEmpty() || types.contains(event.type())) && (!event.isOutput() || lines.matches(event));
    }
}
