package io.yardmaster.runs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the servers that have gone silent: those whose beat this one has not seen to move for as long as they said. Only
 * this server's own steady clock is asked, so that no clock that is set wrong, or anew, makes anybody look dead. For one
 * thread.
 */
final class NodeWatch {

    private final LongSupplier nanos;
    private final long longestGap;
    private final Map<UUID, Beat> nodes = new HashMap<>();
    private final Map<UUID, Long> hosts = new HashMap<>();
    private long lastLook;
    /** The time that was watched. */
    private long watched;

    /**
     * @param nanos a steady clock
     * @param longestGap no more than this counts of the time between two looks: when this server was frozen, or the
     *     database away, the others could perhaps not speak either
     */
    NodeWatch(LongSupplier nanos, Duration longestGap) {
        this.nanos = nanos;
        this.longestGap = longestGap.toNanos();
        this.lastLook = nanos.getAsLong();
    }

    /** Takes in what is there now. */
    Silent look(List<Sighting> sightings) {
        long read = nanos.getAsLong();
        watched += Math.min(read - lastLook, longestGap);
        lastLook = read;
        long now = watched;
        forgetAllBut(sightings);
        List<Sighting.Node> silentNodes = new ArrayList<>();
        Set<UUID> silentHosts = new HashSet<>();
        for (Sighting sighting : sightings) {
            long seenAt = hosts.computeIfAbsent(sighting.host(), host -> now);
            Sighting.Node node = sighting.node();
            if (node == null) {
                Duration grace = sighting.orphanGrace();
                if (grace != null && now - seenAt > grace.toNanos()) {
                    silentHosts.add(sighting.host());
                }
                continue;
            }
            Beat before = nodes.get(node.id());
            if (before == null || before.count() != node.beat()) {
                nodes.put(node.id(), new Beat(node.beat(), now));
                hosts.put(sighting.host(), now);
            } else if (now - before.since() > node.lease().toNanos()) {
                silentNodes.add(node);
            }
        }
        return new Silent(silentNodes, List.copyOf(silentHosts));
    }

    private void forgetAllBut(List<Sighting> sightings) {
        Set<UUID> knownNodes = new HashSet<>();
        Set<UUID> knownHosts = new HashSet<>();
        for (Sighting sighting : sightings) {
            knownHosts.add(sighting.host());
            if (sighting.node() != null) {
                knownNodes.add(sighting.node().id());
            }
        }
        nodes.keySet().retainAll(knownNodes);
        hosts.keySet().retainAll(knownHosts);
    }

    /**
     * A host that is not gone, with one of its nodes.
     *
     * @param orphanGrace how long it may be without a living node; null: for ever
     * @param node null where none lives
     */
    record Sighting(
            UUID host,
            @Nullable Duration orphanGrace,
            @Nullable Node node) {

        /**
         * A node that is not dead.
         *
         * @param beat how often it has said that it lives
         * @param lease how long it may be silent
         */
        record Node(UUID id, long beat, Duration lease) {}
    }

    /**
     * Who may be declared dead.
     *
     * @param hosts those without a living node for longer than their grace
     */
    record Silent(List<Sighting.Node> nodes, List<UUID> hosts) {}

    private record Beat(long count, long since) {}
}
