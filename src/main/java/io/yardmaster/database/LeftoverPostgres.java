package io.yardmaster.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embedded PostgreSQL of a server that was killed. It still holds the data folder, on a port of its own choice; it
 * is stopped, so that a new one can be started there.
 */
final class LeftoverPostgres {

    private static final Logger log = LoggerFactory.getLogger(LeftoverPostgres.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private LeftoverPostgres() {}

    /** The caller holds the data directory's lock, so no living server uses the PostgreSQL found here. */
    static void stop(Path data) {
        Path pidFile = data.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        Optional<ProcessHandle> postmaster = postmaster(pidFile, data);
        if (postmaster.isPresent()) {
            end(postmaster.get());
        }
        try {
            // Left by a postmaster that was killed; its number may belong to any other program by now.
            Files.deleteIfExists(pidFile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The first line of the file is the process id, the second the data folder. */
    private static Optional<ProcessHandle> postmaster(Path pidFile, Path data) {
        try {
            List<String> lines = Files.readAllLines(pidFile);
            if (lines.size() < 2 || !Path.of(lines.get(1).strip()).equals(data)) {
                return Optional.empty();
            }
            return ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
                    .filter(process -> process.info().command().orElse("").endsWith("postgres"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void end(ProcessHandle postmaster) {
        log.info("Stopping the embedded PostgreSQL that an earlier server left behind (process {})", postmaster.pid());
        try {
            // SIGINT is its fast shutdown; SIGTERM would wait for every client to leave.
            new ProcessBuilder("kill", "-INT", Long.toString(postmaster.pid()))
                    .start()
                    .waitFor();
            postmaster.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException | IOException e) {
            throw new EmbeddedPostgresException(
                    "The embedded PostgreSQL of an earlier server (process " + postmaster.pid() + ") does not stop.",
                    "End that process, then start again.",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while stopping a leftover PostgreSQL", e);
        }
    }
}
