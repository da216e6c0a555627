package io.yardmaster.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A shell in which a page's blocks are typed one after the other. Requests to the address that pages use go to the
 * test's server; what each was answered is noted.
 *
 * @param home the shell's working directory and {@code HOME}
 * @param work where scripts and what they print are kept
 */
record Terminal(Path home, Path work, int port) {

    private static final long PATIENCE_SECONDS = 120;

    /** What came of a block. The exit code is {@code -1} where it did not end in time. */
    record Typed(Block block, int exit, String output, String errors, List<String> answers) {}

    /**
     * Stands before the real curl: lets it tell what it was answered, and ends a stream that has no end as Ctrl-C does.
     */
    private static final String CURL = """
        #!/usr/bin/env bash
        told=$(mktemp "$DOCS_WORK/curl.XXXXXX")
        code=0
        if [[ -e $DOCS_WORK/until-ctrl-c ]]; then
            "$DOCS_CURL" -v --max-time 2 "$@" 2>"$told" || code=$?
            ((code == 28)) && code=0
        else
            "$DOCS_CURL" -v "$@" 2>"$told" || code=$?
        fi
        { grep -a '^< HTTP/' "$told" || true; } | cut -d ' ' -f 3 | tr -d '\\r' >>"$DOCS_WORK/answers"
        # A reader that has seen enough, as head does, is no fault.
        ((code == 0 || code == 23)) || echo "curl ended with $code" >>"$DOCS_WORK/answers"
        grep -av '^[*<>{}]' "$told" >&2
        exit "$code"
        """;

    /** Types the blocks into one shell, until one fails. */
    List<Typed> type(List<Block> blocks) throws IOException, InterruptedException {
        Files.createDirectories(work);
        Path bin = Files.createDirectories(work.resolve("bin"));
        executable(bin.resolve("curl"), CURL);
        StringBuilder script = new StringBuilder("set -eu\n");
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            Files.writeString(file(i, "sh"), reachable(script(block)));
            script.append(": >").append(work.resolve("answers")).append('\n');
            script.append(block.mark("until Ctrl-C").isPresent() ? ": >" : "rm -f ")
                    .append(work.resolve("until-ctrl-c"))
                    .append('\n');
            script.append(". %s >%s 2>%s </dev/null\n".formatted(file(i, "sh"), file(i, "out"), file(i, "err")));
            script.append("cp %s %s\n".formatted(work.resolve("answers"), file(i, "answers")));
        }
        Path all = work.resolve("all.sh");
        Files.writeString(all, script.toString());
        ProcessBuilder builder = new ProcessBuilder("bash", all.toString())
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(work.resolve("log").toFile());
        Map<String, String> environment = builder.environment();
        environment.put("DOCS_CURL", Objects.requireNonNull(programs().get("curl")));
        environment.put("DOCS_WORK", work.toString());
        environment.put("PATH", bin + ":" + environment.get("PATH"));
        environment.put("HOME", home.toString());
        environment.put("TOKEN", "dev-token");
        environment.put("LC_ALL", "C.UTF-8");
        Process shell = builder.start();
        int exit = shell.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) ? shell.exitValue() : -1;
        shell.descendants().forEach(ProcessHandle::destroyForcibly);
        shell.destroyForcibly();
        return typed(blocks, exit);
    }

    private List<Typed> typed(List<Block> blocks, int exit) throws IOException {
        List<Typed> typed = new ArrayList<>();
        for (int i = 0; i < blocks.size() && Files.exists(file(i, "out")); i++) {
            boolean last = i + 1 == blocks.size() || !Files.exists(file(i + 1, "out"));
            Path answers = Files.exists(file(i, "answers")) ? file(i, "answers") : work.resolve("answers");
            typed.add(new Typed(
                    blocks.get(i),
                    last ? exit : 0,
                    Files.readString(file(i, "out")),
                    Files.readString(file(i, "err")),
                    Files.readAllLines(answers)));
        }
        return typed;
    }

    private static String script(Block block) {
        String program = block.mark("runs").orElse("");
        return program.isEmpty()
                ? block.commands()
                : program + " - <<'END_OF_THE_BLOCK'\n" + block.text() + "END_OF_THE_BLOCK\n";
    }

    private String reachable(String commands) {
        return commands.replaceAll("(127\\.0\\.0\\.1|localhost):8080", "127.0.0.1:" + port);
    }

    private Path file(int block, String kind) {
        return work.resolve(block + "." + kind);
    }

    private static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** The programs of this machine, by name. */
    static Map<String, String> programs() {
        Map<String, String> programs = new LinkedHashMap<>();
        for (String folder :
                Objects.requireNonNullElse(System.getenv("PATH"), "").split(":", -1)) {
            try (Stream<Path> files = Files.list(Path.of(folder))) {
                files.filter(Files::isExecutable)
                        .forEach(file -> programs.putIfAbsent(file.getFileName().toString(), file.toString()));
            } catch (IOException e) {
                // A folder of the PATH that cannot be looked into has nothing to offer.
            }
        }
        return programs;
    }
}
