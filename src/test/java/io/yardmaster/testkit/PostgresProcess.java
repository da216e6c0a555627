package io.yardmaster.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The embedded PostgreSQL of one server, to be frozen, stopped and started again under it. */
public final class PostgresProcess {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path data;
    private final List<String> command;
    private ProcessHandle postmaster;

    private PostgresProcess(Path data, ProcessHandle postmaster, List<String> command) {
        this.data = data;
        this.postmaster = postmaster;
        this.command = command;
    }

    /** The one whose data is in a server's data directory. */
    public static PostgresProcess of(Path dataDirectory) {
        Path data = dataDirectory.resolve("postgres");
        try {
            long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid"))
                    .getFirst()
                    .strip());
            List<String> command = new ArrayList<>(List.of(
                    Files.readString(Path.of("/proc/" + pid + "/cmdline")).split("\0")));
            if (System.getProperty("user.name").equals("root")) {
                // PostgreSQL refuses to be started by root, and takes a user without a name for another one.
                command.addAll(0, List.of("unshare", "-U"));
            }
            return new PostgresProcess(data, ProcessHandle.of(pid).orElseThrow(), List.copyOf(command));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets none of its processes go on, and breaks off no connection. */
    public void freeze() {
        signal("STOP");
    }

    /** Lets them go on. */
    public void thaw() {
        signal("CONT");
    }

    /** Stops it as for maintenance: what is under way is rolled back. */
    public void stop() {
        run("kill", "-INT", Long.toString(postmaster.pid()));
        try {
            postmaster.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("PostgreSQL does not stop", e);
        }
    }

    /** Starts it again, on the same port. It may take a moment until it answers. */
    public void start() {
        try {
            postmaster = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(data.resolve("restarted.log").toFile())
                    .start()
                    .toHandle();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void signal(String signal) {
        Stream.concat(Stream.of(postmaster), postmaster.descendants())
                .map(process -> Long.toString(process.pid()))
                .forEach(pid -> run("kill", "-" + signal, pid));
    }

    private static void run(String... command) {
        try {
            var _ = new ProcessBuilder(command).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
