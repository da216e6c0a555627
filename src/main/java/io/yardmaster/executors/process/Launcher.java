package io.yardmaster.executors.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.function.SingletonSupplier;

/** Starts programs that outlive this server, each in a session of its own, so that no thread here waits for them. */
final class Launcher {

    private static final Logger log = LoggerFactory.getLogger(Launcher.class);

    private static final int E2BIG = 7;

    private final Supplier<Optional<NativeSpawn>> spawn;
    /** Looked for when it is needed first, because that starts a process. */
    private final Supplier<List<String>> detach = SingletonSupplier.of(this::detach);

    /**
     * Finds out later how to start programs on this host.
     *
     * @param spawn gives nothing on hosts where processes are started in another way
     */
    Launcher(Supplier<Optional<NativeSpawn>> spawn) {
        this.spawn = spawn;
    }

    /**
     * Launches a program and returns when that is under way. Returns its process id when it is a child of this server,
     * which then has to {@linkplain Posix#reap reap} it.
     *
     * @param command the program, absolute, and its arguments
     * @param output the file to which it prints
     * @throws NotStartedException when the system refuses to start a process
     * @throws IOException when what was started could not detach itself
     */
    OptionalLong launch(List<String> command, Map<String, String> environment, Path directory, Path output)
            throws NotStartedException, IOException, InterruptedException {
        Optional<NativeSpawn> here = spawn.get();
        if (here.isPresent()) {
            return OptionalLong.of(startChild(here.get(), command, environment, directory, output));
        }
        launchDetached(command, environment, directory, output);
        return OptionalLong.empty();
    }

    /** Where a program of this host lies. */
    static String program(String name) {
        return ProgramSearch.find(name)
                .orElseThrow(() -> new IllegalStateException(
                        "This host has no " + name + " on PATH, which is needed to run processes."))
                .toString();
    }

    private static long startChild(
            NativeSpawn spawn, List<String> command, Map<String, String> environment, Path directory, Path output)
            throws NotStartedException {
        try {
            return spawn.start(command, environment, directory, output);
        } catch (NativeSpawn.RefusedException e) {
            throw refusal(e.error() == E2BIG, "error " + e.error());
        }
    }

    private void launchDetached(List<String> command, Map<String, String> environment, Path directory, Path output)
            throws NotStartedException, IOException, InterruptedException {
        List<String> detached = new ArrayList<>(detach.get());
        detached.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(detached)
                .directory(directory.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                .redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process launched;
        try {
            launched = builder.start();
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage());
            throw refusal(
                    message.contains("error: " + E2BIG + " ") || message.contains("error=" + E2BIG + ","), message);
        }
        int code = launched.waitFor();
        if (code != 0) {
            throw new IOException("the launcher ended with " + code + ": "
                    + Files.readString(output).strip());
        }
    }

    private static NotStartedException refusal(boolean tooLong, String cause) {
        log.warn("A process cannot be started: {}", cause);
        return new NotStartedException(
                tooLong
                        ? "The arguments and the environment are too long for the system."
                        : "The system cannot start a process now.");
    }

    /** The words before a command that start it in a new session and do not wait for it. */
    private List<String> detach() {
        Optional<Path> setsid = ProgramSearch.find("setsid");
        if (setsid.isPresent() && succeeds(List.of(setsid.get().toString(), "-f", "true"))) {
            return List.of(setsid.get().toString(), "-f");
        }
        if (setsid.isPresent()) {
            // A setsid that cannot fork. In the background of a shell without job control no fork is needed.
            return List.of(program("sh"), "-c", "\"$@\" &", "sh", setsid.get().toString());
        }
        // Hosts without setsid(1), such as macOS, have Perl.
        return List.of(
                program("perl"),
                "-MPOSIX",
                "-e",
                "my $pid = fork; exit !defined $pid if !defined $pid || $pid;"
                        + " POSIX::setsid(); exec @ARGV or exit 127",
                "--");
    }

    private static boolean succeeds(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
