package io.yardmaster.executors.process;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The process that runs an attempt, as it wrote itself down.
 *
 * @param relays the processes that copy the output; empty for the moment before they are started
 */
record Shim(long pid, Set<Long> relays) {

    /** Reads the file {@code started}; empty when its first line is not complete or refuses the start. */
    static Optional<Shim> parse(String text) {
        int end = text.indexOf('\n');
        if (end < 1 || !text.chars().limit(end).allMatch(Character::isDigit)) {
            return Optional.empty();
        }
        String rest = text.substring(end + 1);
        Set<Long> relays = rest.endsWith("\n")
                ? Stream.of(rest.strip().split(" ", -1)).map(Long::valueOf).collect(Collectors.toUnmodifiableSet())
                : Set.of();
        return Optional.of(new Shim(Long.parseLong(text.substring(0, end)), relays));
    }

    boolean isOneOfThese(long process) {
        return process == pid || relays.contains(process);
    }
}
