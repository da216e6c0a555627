package io.yardmaster.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What anybody on this machine can see of its processes; one that has ended and is not reaped yet shows nothing. */
final class LivingProcesses {

    private LivingProcesses() {}

    /** The command lines that hold a text. */
    static List<String> withArgument(String text) {
        return with("cmdline", text);
    }

    /** The environments that hold a text. */
    static List<String> withEnvironment(String text) {
        return with("environ", text);
    }

    private static List<String> with(String file, String text) {
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                String content = read(process.resolve(file));
                if (content.contains(text)) {
                    found.add(process.getFileName() + ": " + content.replace('\0', ' '));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** Nothing for a process that has just gone. */
    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
