package io.yardmaster.executors.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds programs the way a shell does. */
final class ProgramSearch {

    private ProgramSearch() {}

    static String serverPath() {
        String path = System.getenv("PATH");
        return path == null || path.isEmpty() ? "/usr/local/bin:/usr/bin:/bin" : path;
    }

    static Optional<Path> find(String program) {
        return find(program, serverPath());
    }

    static Optional<Path> find(String program, String path) {
        return Stream.of(path.split(":", -1))
                .filter(folder -> folder.startsWith("/"))
                .map(folder -> Path.of(folder, program))
                .filter(file -> Files.isExecutable(file) && !Files.isDirectory(file))
                .findFirst();
    }
}
