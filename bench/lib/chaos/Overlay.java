package chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A folder with changed classes of the server, to stand before its own on the class path. The server has no switch for
 * what must never be switched off.
 */
final class Overlay {

    private static final Path JAVA = Path.of("src/main/java");
    private static final Path RESOURCES = Path.of("src/main/resources");

    private Overlay() {}

    /**
     * A piece of a source file, and what stands there instead.
     *
     * @param file beneath the sources, such as {@code io/yardmaster/runs/RunQueue.java}, or the resources
     */
    record Edit(String file, String text, String instead) {

        String apply(String source) {
            int at = source.indexOf(text);
            if (at < 0 || source.indexOf(text, at + 1) >= 0) {
                throw new IllegalStateException(
                        file + " has changed: what is to be broken is not there exactly once any more:\n" + text);
            }
            return source.substring(0, at) + instead + source.substring(at + text.length());
        }
    }

    /** Compiles changed sources into a folder. */
    static void write(List<Edit> edits, Path folder) throws IOException {
        Path sources = Files.createTempDirectory("overlay");
        List<Path> changed = new ArrayList<>();
        for (Edit edit : edits) {
            boolean isSource = edit.file().endsWith(".java");
            Path target = (isSource ? sources : folder).resolve(edit.file());
            Path original = Files.exists(target) ? target : (isSource ? JAVA : RESOURCES).resolve(edit.file());
            String text = edit.apply(Files.readString(original));
            Files.createDirectories(target.getParent());
            Files.writeString(target, text);
            if (isSource && !changed.contains(target)) {
                changed.add(target);
            }
        }
        if (!changed.isEmpty()) {
            compile(changed, folder);
        }
    }

    /** The server's class path behind these entries. */
    static String before(String entries) {
        String server = isPackaged() ? System.getenv("BENCH_APP") : System.getenv("BENCH_CLASSPATH");
        return entries.isEmpty() ? server : entries + ":" + server;
    }

    /** Whether the server is the jar, and not classes as somebody has compiled them. */
    static boolean isPackaged() {
        String classes = System.getenv("BENCH_CLASSPATH");
        return classes == null || classes.isBlank();
    }

    private static void compile(List<Path> sources, Path folder) throws IOException {
        Files.createDirectories(folder);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(
                            null,
                            files,
                            null,
                            List.of(
                                    "-d",
                                    folder.toString(),
                                    "-cp",
                                    before("") + libraries(),
                                    "-proc:none",
                                    "-parameters",
                                    "-nowarn"),
                            null,
                            files.getJavaFileObjectsFromPaths(sources))
                    .call();
            if (!compiled) {
                throw new IllegalStateException("what was broken on purpose does not compile");
            }
        }
    }

    /** Those that the jar names in its manifest. */
    private static String libraries() throws IOException {
        if (!isPackaged()) {
            return "";
        }
        try (var jars = Files.list(Path.of(System.getenv("BENCH_APP")).resolveSibling("lib"))) {
            return jars.map(jar -> ":" + jar).collect(Collectors.joining());
        }
    }
}
