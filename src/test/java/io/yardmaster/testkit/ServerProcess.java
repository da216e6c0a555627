package io.yardmaster.testkit;

import io.yardmaster.Yardmaster;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;
import org.jspecify.annotations.Nullable;

/** The whole server in a process of its own, to be stopped and killed, and started again on the same data directory. */
public final class ServerProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Path dataDirectory;
    private final Path jobs;
    private final List<String> settings;
    private final int port;
    private final File log;
    private final List<String> options;
    private @Nullable Process process;

    /**
     * A server that is not started yet.
     *
     * @param dataDirectory is created; what the server prints goes to {@code server.log} beside it
     * @param jobs a folder of jobs, served as source {@code test} beside the examples
     * @param settings such as {@code --yardmaster.engine.max-concurrent-runs=1}
     */
    public ServerProcess(Path dataDirectory, Path jobs, String... settings) {
        this(dataDirectory, jobs, List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"), settings);
    }

    /**
     * A server that is not started yet.
     *
     * @param options of its virtual machine
     */
    public ServerProcess(Path dataDirectory, Path jobs, List<String> options, String... settings) {
        this.options = List.copyOf(options);
        this.dataDirectory = dataDirectory;
        this.jobs = jobs;
        this.settings = List.of(settings);
        this.port = FreePort.find();
        this.log = dataDirectory.resolveSibling("server.log").toFile();
    }

    /** Starts it and returns when it is ready. */
    public void start() {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC"));
        command.addAll(options);
        command.addAll(List.of(
                "-cp",
                classPathOfTheServer(),
                Yardmaster.class.getName(),
                "--spring.main.banner-mode=off",
                "--server.port=" + port));
        TestServer.settings(dataDirectory, jobs).stream()
                .filter(setting -> !setting.startsWith("--server.port="))
                .forEach(command::add);
        command.addAll(settings);
        if (TestServer.usesAnEmbeddedDatabase(settings)) {
            NewDatabase.into(dataDirectory.resolve("postgres"));
        }
        try {
            Process started = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                    .start();
            process = started;
            Awaitility.await("a server that is ready")
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(100))
                    .ignoreExceptionsInstanceOf(UncheckedIOException.class)
                    .failFast("the server has ended", () -> !started.isAlive())
                    .until(() -> client().get("/readyz").status() == 200);
        } catch (ConditionTimeoutException | TerminalFailureException e) {
            throw new AssertionError("the server did not start:\n" + log(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends it SIGTERM and returns at once. */
    public void terminate() {
        running().destroy();
    }

    /** Stops it with SIGTERM and waits until it has ended. Returns how long that took. */
    public Duration stop() {
        long start = System.nanoTime();
        terminate();
        awaitEnd();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Kills it with SIGKILL. Its embedded PostgreSQL and the processes of its steps stay. */
    public void kill() {
        running().destroyForcibly();
        awaitEnd();
    }

    /** Stops it where it stands (SIGSTOP), as a machine that is suspended does. The processes of its steps go on. */
    public void freeze() {
        signal("STOP");
    }

    /** Lets a frozen server go on. */
    public void thaw() {
        signal("CONT");
    }

    /** The id of the host that this server is. */
    public UUID hostId() {
        try {
            return UUID.fromString(
                    Files.readString(dataDirectory.resolve("host.id")).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The id of its process. */
    public long pid() {
        return running().pid();
    }

    public Path dataDirectory() {
        return dataDirectory;
    }

    /** Whether its process is there; a frozen one is. */
    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** The embedded PostgreSQL that uses the data directory, whoever started it. */
    public Optional<ProcessHandle> postgres() {
        Path file = dataDirectory.resolve("postgres").resolve("postmaster.pid");
        try {
            return Files.exists(file)
                    ? ProcessHandle.of(Long.parseLong(
                                    Files.readAllLines(file).getFirst().strip()))
                            .filter(found -> found.info().command().orElse("").endsWith("postgres"))
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    /** The bytes of the live objects in its heap: everything unused is collected first, and nothing runs meanwhile. */
    public long usedHeap() {
        return Pattern.compile("(?m)^Total +\\d+ +(\\d+)$")
                .matcher(jcmd("GC.class_histogram"))
                .results()
                .mapToLong(match -> Long.parseLong(match.group(1)))
                .findFirst()
                .orElseThrow();
    }

    private String jcmd(String command) {
        try {
            Process jcmd = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            Long.toString(running().pid()),
                            command)
                    .redirectErrorStream(true)
                    .start();
            String output = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (jcmd.waitFor() != 0) {
                throw new AssertionError(command + " was refused: " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A client with the token that may do everything. */
    public ApiClient client() {
        return new ApiClient(port, TestServer.DEV_TOKEN);
    }

    /** A job's folder in the server's folder of jobs. */
    public JobFolder job(String name) {
        return new JobFolder(jobs.resolve(name));
    }

    /** What all its starts have printed. */
    public String log() {
        try {
            return log.exists() ? Files.readString(log.toPath()) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it and its PostgreSQL, whatever state they are in. */
    @Override
    public void close() {
        if (process != null && process.isAlive()) {
            thaw();
            process.destroy();
            endWithin(process.toHandle(), Duration.ofSeconds(20));
        }
        postgres().ifPresent(left -> {
            left.destroy();
            endWithin(left, Duration.ofSeconds(20));
        });
    }

    private void signal(String name) {
        try {
            int code = new ProcessBuilder(
                            "kill", "-" + name, Long.toString(running().pid()))
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new AssertionError("the server cannot be sent " + name);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void endWithin(ProcessHandle ending, Duration grace) {
        try {
            var _ = ending.onExit().get(grace.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            ending.destroyForcibly();
        }
    }

    private Process running() {
        if (process == null) {
            throw new IllegalStateException("not started");
        }
        return process;
    }

    /** Waits until it has ended. */
    public void awaitEnd() {
        try {
            if (!running().waitFor(60, TimeUnit.SECONDS)) {
                throw new AssertionError("the server does not end:\n" + log());
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Without the tests' own classes, of which some are beans for other tests. */
    private static String classPathOfTheServer() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.replaceAll("/+$", "").endsWith("test-classes"))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
