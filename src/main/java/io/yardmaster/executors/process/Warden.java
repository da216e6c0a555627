package io.yardmaster.executors.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that ends the steps of this host when nobody renews its {@linkplain HostLease lease} any more. It outlives
 * this server, whose end or sleep it is there for.
 */
final class Warden {

    private static final Logger log = LoggerFactory.getLogger(Warden.class);

    /** How long a warden may take to write itself down. */
    private static final Duration BIRTH_GRACE = Duration.ofSeconds(10);

    private final Launcher launcher;
    private final HostLease lease;
    private final Path folder;
    private final Path runs;
    private OptionalLong child = OptionalLong.empty();
    private long launchedAt;
    private boolean launched;

    /**
     * A warden that is not there yet.
     *
     * @param folder for its script and for what it writes
     * @param runs where the runs of this host are
     */
    Warden(Path folder, Path runs, HostLease lease, Launcher launcher) {
        this.folder = folder;
        this.runs = runs;
        this.lease = lease;
        this.launcher = launcher;
    }

    /** Starts the warden where it is missing; where the host needs none, does nothing. */
    synchronized void ensure() {
        if (lease.file().isEmpty() || (launched && isThere())) {
            return;
        }
        if (launched) {
            log.warn("The warden of this host's steps is gone; starting another one");
        }
        try {
            child = launch(lease.file().get());
            launched = true;
            launchedAt = System.nanoTime();
        } catch (NotStartedException | IOException e) {
            log.warn("The warden of this host's steps cannot be started: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private OptionalLong launch(Path leaseFile) throws NotStartedException, IOException, InterruptedException {
        Path script = HostScript.write("warden", folder);
        long pause = Math.max(1, lease.margin().dividedBy(5).toSeconds());
        return launcher.launch(
                List.of(
                        Launcher.program("sh"),
                        script.toString(),
                        leaseFile.toString(),
                        runs.toString(),
                        own().toString(),
                        Long.toString(pause),
                        Launcher.program("sleep"),
                        Launcher.program("grep")),
                Map.of("LC_ALL", "C"),
                folder,
                folder.resolve("warden.log"));
    }

    private boolean isThere() {
        if (System.nanoTime() - launchedAt < BIRTH_GRACE.toNanos()) {
            return child.isEmpty() || !Posix.reap(child.getAsLong());
        }
        child.ifPresent(Posix::reap);
        try {
            long pid = Long.parseLong(Files.readString(own()).strip());
            return ProcessEntry.of(pid)
                    .filter(entry -> !entry.zombie() && entry.wasGiven(own().toString()))
                    .isPresent();
        } catch (IOException | NumberFormatException e) {
            return false;
        }
    }

    private Path own() {
        return folder.resolve("warden.pid");
    }
}
