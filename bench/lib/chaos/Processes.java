package chaos;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Signals to processes, and what there is of them. */
final class Processes {

    private Processes() {}

    /** Sends a signal, such as {@code STOP}. Whoever is gone is not told. */
    static void signal(String name, List<Long> pids) {
        if (pids.isEmpty()) {
            return;
        }
        List<String> command = new ArrayList<>(List.of("kill", "-" + name));
        pids.forEach(pid -> command.add(Long.toString(pid)));
        try {
            new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The processes, zombies left out, that have this text in their environment or their arguments. */
    static List<Long> with(String text) {
        List<Long> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path one : all) {
                long pid = Long.parseLong(one.getFileName().toString());
                if (pid != ProcessHandle.current().pid()
                        && (holds(one, "environ", text) || holds(one, "cmdline", text))) {
                    found.add(pid);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return found;
    }

    /** What a process was started with, for people. */
    static String describe(long pid) {
        try {
            return pid + " "
                    + Files.readString(Path.of("/proc/" + pid + "/cmdline")).replace('\0', ' ');
        } catch (IOException e) {
            return pid + " (gone)";
        }
    }

    private static boolean holds(Path process, String file, String text) {
        try {
            // Of a zombie both are empty.
            return new String(Files.readAllBytes(process.resolve(file)), java.nio.charset.StandardCharsets.ISO_8859_1)
                    .contains(text);
        } catch (IOException e) {
            return false;
        }
    }
}
