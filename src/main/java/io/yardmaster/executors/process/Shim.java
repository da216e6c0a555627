package io.yardmaster.executors.process;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The process that runs an attempt, as it wrote itself down.
 *
 * @param startTime in clock ticks since the machine's start; −1 where the host does not tell
 * @param relays the processes that copy the output; empty for the moment before they are started
 */
record Shim(long pid, long startTime, String bootId, Set<Long> relays) {

    /** Reads the file {@code started}; empty when its first line is not complete or refuses the start. */
    static Optional<Shim> parse(String text) {
        int end = text.indexOf('\n');
        if (end < 0) {
            return Optional.empty();
        }
        String[] words = text.substring(0, end).split(" ", -1);
        if (words.length != 3) {
            return Optional.empty();
        }
        String rest = text.substring(end + 1);
        Set<Long> relays = rest.endsWith("\n")
                ? Stream.of(rest.strip().split(" ", -1)).map(Long::valueOf).collect(Collectors.toUnmodifiableSet())
                : Set.of();
        long startTime = words[1].equals("-") ? -1 : Long.parseLong(words[1]);
        return Optional.of(new Shim(Long.parseLong(words[0]), startTime, words[2], relays));
    }

    boolean ofThisBoot() {
        return bootId.equals(ProcessEntry.bootId());
    }

    /** Whether exactly this process is alive. */
    boolean isAlive() {
        return ofThisBoot()
                && ProcessEntry.of(pid)
                        .filter(entry -> entry.startTime() == startTime && !entry.zombie())
                        .isPresent();
    }

    boolean isOneOfThese(long process) {
        return process == pid || relays.contains(process);
    }
}
