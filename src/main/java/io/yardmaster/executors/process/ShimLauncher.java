package io.yardmaster.executors.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.function.SingletonSupplier;

/** Starts shims, each in a session of its own and as nobody's child, so that no thread here waits for it. */
final class ShimLauncher {

    private static final Logger log = LoggerFactory.getLogger(ShimLauncher.class);

    private static final int E2BIG = 7;

    private final Path shim;
    private final String sh;
    private final String cat;
    private final Supplier<Optional<NativeSpawn>> spawn;
    /** Looked for when it is needed first, because that starts a process. */
    private final Supplier<List<String>> detach = SingletonSupplier.of(this::detach);

    /**
     * Writes the shim into a folder, beside those of other versions, which may be running.
     *
     * @param spawn gives nothing on hosts where processes are started in another way
     */
    ShimLauncher(Path folder, Supplier<Optional<NativeSpawn>> spawn) {
        this.spawn = spawn;
        try (InputStream source = Objects.requireNonNull(getClass().getResourceAsStream("shim.sh"))) {
            byte[] text = source.readAllBytes();
            CRC32 sum = new CRC32();
            sum.update(text);
            Files.createDirectories(folder);
            shim = folder.resolve("shim-" + HexFormat.of().toHexDigits((int) sum.getValue()) + ".sh");
            if (!Files.exists(shim)) {
                Path fresh = Files.createTempFile(folder, "shim", ".new");
                Files.write(fresh, text);
                Files.move(fresh, shim, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The shim cannot be written: " + e.getMessage(), e);
        }
        sh = program("sh");
        cat = program("cat");
    }

    /**
     * Launches a shim and returns when that is under way; whether it began is seen in the attempt's folder. Returns its
     * process id when it is a child of this server, which then has to {@linkplain Posix#reap reap} it.
     *
     * @throws NotStartedException when the system refuses to start a process
     * @throws IOException when what was started could not detach itself
     */
    OptionalLong launch(
            AttemptFolder folder, Path workspace, String token, Optional<Cgroup> cgroup, StepProgram program)
            throws NotStartedException, IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(sh, shim.toString(), folder.root().toString()));
        command.add(cgroup.map(group -> group.entrance().toString()).orElse("-"));
        command.addAll(List.of(token, cat));
        command.addAll(program.command());
        Optional<NativeSpawn> here = spawn.get();
        if (here.isPresent()) {
            return OptionalLong.of(startChild(here.get(), command, program, workspace, folder));
        }
        launchDetached(command, program, workspace, folder);
        return OptionalLong.empty();
    }

    private static long startChild(
            NativeSpawn spawn, List<String> command, StepProgram program, Path workspace, AttemptFolder folder)
            throws NotStartedException {
        try {
            return spawn.start(command, program.environment(), workspace, folder.shimLog());
        } catch (NativeSpawn.RefusedException e) {
            throw refusal(e.error() == E2BIG, "error " + e.error());
        }
    }

    private void launchDetached(List<String> command, StepProgram program, Path workspace, AttemptFolder folder)
            throws NotStartedException, IOException, InterruptedException {
        List<String> detached = new ArrayList<>(detach.get());
        detached.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(detached)
                .directory(workspace.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.shimLog().toFile()))
                .redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(program.environment());
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
                    + Files.readString(folder.shimLog()).strip());
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
            return List.of(sh, "-c", "\"$@\" &", "sh", setsid.get().toString());
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

    private static String program(String name) {
        return ProgramSearch.find(name)
                .orElseThrow(() -> new IllegalStateException(
                        "This host has no " + name + " on PATH, which is needed to" + " run processes."))
                .toString();
    }
}
