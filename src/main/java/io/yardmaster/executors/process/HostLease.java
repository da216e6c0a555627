package io.yardmaster.executors.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What allows this host to start attempts, and to have some running: that its server has told the database lately that it
 * lives. It lies in a file, so that shims and the host's {@link Warden} know without the server, which may be frozen,
 * cut off or dead. All times are of the clock that counts from the machine's start.
 *
 * <p>Others may go on with this host's runs once they have not heard of it for the lease, or for the grace where it has
 * processes; both count here from before the beat was sent, and end a margin earlier.
 */
public final class HostLease {

    private static final Logger log = LoggerFactory.getLogger(HostLease.class);
    private static final int HUNDREDTHS_TO_MILLIS = 10;
    private static final Duration LONGEST_MARGIN = Duration.ofSeconds(10);

    private final Path file;
    private final Optional<BootClock> clock;
    private final boolean limited;
    private final Duration start;
    private final Duration orphanGrace;
    private volatile long heldUntil;

    private HostLease(Path file, boolean limited, Duration lease, Duration orphanGrace) {
        this.file = file;
        this.limited = limited;
        this.clock = limited ? BootClock.find() : Optional.empty();
        this.start = lease.minus(lease.dividedBy(5));
        this.orphanGrace = orphanGrace;
        if (limited && clock.isEmpty()) {
            log.info("This system has no /proc/uptime: the steps of this host cannot end themselves when it is cut off,"
                    + " and so no other host ever takes them over.");
        }
    }

    /** The lease of a host that shares its database with no other: it never runs out. */
    public static HostLease unlimited(Path dataDirectory) {
        HostLease lease = new HostLease(file(dataDirectory), false, Duration.ZERO, Duration.ZERO);
        try {
            // There may be one from when the host did share.
            Files.deleteIfExists(lease.file);
        } catch (IOException e) {
            throw new UncheckedIOException("The host's lease cannot be removed: " + e.getMessage(), e);
        }
        return lease;
    }

    /**
     * A lease that has to be {@linkplain #renew renewed}; until it is for the first time the host does not have it.
     *
     * @param lease how long the server may be silent before others take its runs
     * @param orphanGrace how long the host may be silent before others take over the runs of which it has processes
     */
    public static HostLease of(Path dataDirectory, Duration lease, Duration orphanGrace) {
        return new HostLease(file(dataDirectory), true, lease, orphanGrace);
    }

    /** After which time without a sign of this host others may go on with its runs; empty: never. */
    public Optional<Duration> orphanGrace() {
        return clock.isPresent() ? Optional.of(orphanGrace) : Optional.empty();
    }

    /** The time now, for {@link #renew}. */
    public long now() {
        return clock.map(BootClock::now)
                .orElseGet(() -> System.nanoTime() / Duration.ofMillis(10).toNanos());
    }

    /**
     * The server has told the database that it lives.
     *
     * @param asOf when it began to tell
     * @param node who it is. What was committed under another one does not start any more
     * @throws UncheckedIOException where shims cannot be told
     */
    public void renew(long asOf, UUID node) {
        if (!limited) {
            return;
        }
        long until = asOf + hundredths(start);
        if (clock.isPresent()) {
            write(until + " " + (asOf + hundredths(orphanGrace.minus(margin()))) + " " + node + "\n");
        }
        heldUntil = until;
    }

    /** The host may start nothing until the lease is renewed. */
    public void lose() {
        heldUntil = 0;
    }

    /** Whether runs may be claimed and attempts started here. */
    public boolean isHeld() {
        return !limited || now() < heldUntil;
    }

    /** The file that a shim looks into: until when it may start, until when it may live, and for which node. */
    Optional<Path> file() {
        return clock.map(found -> file);
    }

    /** How much earlier than others may take over everything here has ended. */
    Duration margin() {
        Duration part = orphanGrace.multipliedBy(2).dividedBy(5);
        return part.compareTo(LONGEST_MARGIN) < 0 ? part : LONGEST_MARGIN;
    }

    private void write(String text) {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.writeString(fresh, text);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            overwrite(text, e);
        }
    }

    /** On a full disk there is still room in the file that is there. */
    private void overwrite(String text, IOException why) {
        try {
            if (!Files.exists(file) || Files.size(file) != text.length()) {
                throw why;
            }
            Files.writeString(file, text, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException("The host's lease cannot be written: " + e.getMessage(), e);
        }
    }

    private static long hundredths(Duration duration) {
        return duration.toMillis() / HUNDREDTHS_TO_MILLIS;
    }

    private static Path file(Path dataDirectory) {
        return dataDirectory.toAbsolutePath().resolve("lease");
    }
}
