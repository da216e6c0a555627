package io.yardmaster.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** A job's folder that a test writes. */
public record JobFolder(Path path) {

    /** Writes {@code config.yaml}. */
    public JobFolder config(String yaml) {
        return file("config.yaml", yaml);
    }

    /** Writes a file, executable where it is a script. */
    public JobFolder file(String name, String text) {
        try {
            Path file = path.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
            if (name.endsWith(".sh") && !file.toFile().setExecutable(true)) {
                throw new IllegalStateException("cannot be made executable: " + file);
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes the job. */
    public void delete() {
        try (var files = Files.walk(path)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
