package io.yardmaster.events;

import io.yardmaster.events.LineFilter.Part;
import java.util.EnumSet;
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
        return new EventFilter(EventType.OUTPUT, lines);
    }

    /** How much of a piece of the log matches. */
    Part of(LogEntry entry) {
        return switch (entry) {
            case LogEntry.Event event -> wants(event.type()) ? Part.ALL : Part.NONE;
            case LogEntry.Lines chunk -> wants(chunk.type()) ? lines.of(chunk) : Part.NONE;
        };
    }

    /** Whether output lines can match at all. */
    boolean wantsLines() {
        return EventType.OUTPUT.stream().anyMatch(this::wants)
                && !lines.streams().isEmpty();
    }

    /** The types of events that can match, besides lines. */
    Set<EventType> wantedEvents() {
        Set<EventType> wanted = EnumSet.allOf(EventType.class);
        wanted.removeIf(type -> EventType.OUTPUT.contains(type) || !wants(type));
        return wanted;
    }

    private boolean wants(EventType type) {
        return types.isEmpty() || types.contains(type);
    }
}
