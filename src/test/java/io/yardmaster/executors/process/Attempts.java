package io.yardmaster.executors.process;

import static org.awaitility.Awaitility.await;

import io.yardmaster.executors.Assignment;
import io.yardmaster.executors.Command;
import io.yardmaster.executors.Console;
import io.yardmaster.executors.Execution;
import io.yardmaster.executors.Interpreter;
import io.yardmaster.executors.Outcome;
import io.yardmaster.executors.RunFolder;
import io.yardmaster.executors.RunFolders;
import io.yardmaster.kernel.OutputPart;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.kernel.RunId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Describes an attempt of a run of its own, and watches it. */
final class Attempts {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final JsonMapper MAPPER = new JsonMapper();

    private final RunId run = new RunId(UUID.randomUUID());
    private final UUID node = UUID.randomUUID();
    private final RunFolder folder;
    private final Map<String, String> environment = new HashMap<>();
    private final Set<String> secrets = new HashSet<>();
    private Interpreter interpreter = Interpreter.BASH;
    private boolean takesUpdates;
    private Command command = new Command.Inline("");
    private ObjectNode args = MAPPER.createObjectNode();

    private Attempts(Path data) {
        folder = new RunFolders(data).of(run).create();
    }

    static Attempts of(Path data) {
        return new Attempts(data);
    }

    static Attempts bash(Path data, String text) {
        return new Attempts(data).command(new Command.Inline(text));
    }

    Attempts command(Command what) {
        command = what;
        return this;
    }

    Attempts interpreter(Interpreter which) {
        interpreter = which;
        return this;
    }

    Attempts args(String json) {
        args = (ObjectNode) MAPPER.readTree(json);
        return this;
    }

    Attempts secret(String name, String value) {
        folder.writeSecrets("step", 1, Map.of(name, value));
        secrets.add(name);
        return this;
    }

    Attempts takingUpdates() {
        takesUpdates = true;
        return this;
    }

    Attempts environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    Attempts jobFile(String name, String text, String permissions) {
        try {
            Path file = folder.job().resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    RunFolder folder() {
        return folder;
    }

    AttemptFolder attemptFolder() {
        return new AttemptFolder(folder.attempt("step", 1));
    }

    Assignment assignment() {
        return new Assignment(
                run, "step", 1, interpreter, command, folder, environment, args, secrets, takesUpdates, node);
    }

    Watched start(ProcessExecutor executor) {
        Recording console = new Recording();
        return new Watched(executor.start(assignment(), console), console, folder);
    }

    Watched adopt(ProcessExecutor executor, Map<OutputStreamName, Long> offsets) {
        Recording console = new Recording();
        return new Watched(executor.adopt(assignment(), console, offsets), console, folder);
    }

    /** An attempt under way. */
    record Watched(Execution execution, Recording console, RunFolder folder) {

        Outcome outcome() {
            try {
                return execution.outcome().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException | ExecutionException | TimeoutException e) {
                throw new AssertionError("The attempt did not end: " + console.all(), e);
            }
        }

        Outcome.Exited exited() {
            return (Outcome.Exited) outcome();
        }

        List<String> out() {
            return console.texts(OutputStreamName.STDOUT);
        }

        List<String> err() {
            return console.texts(OutputStreamName.STDERR);
        }

        /** Waits for a line on stdout. */
        Watched printed(String line) {
            await().atMost(PATIENCE).until(() -> out().contains(line));
            return this;
        }

        /** Waits for a file in the workspace that holds a line, and reads it as a number. */
        long number(String file) {
            Path path = folder.workspace().resolve(file);
            await().atMost(PATIENCE)
                    .until(() -> Files.exists(path) && Files.readString(path).endsWith("\n"));
            try {
                return Long.parseLong(Files.readString(path).strip());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Keeps all it is given. */
    static final class Recording implements Console {

        private final Map<OutputStreamName, List<String>> texts = new EnumMap<>(OutputStreamName.class);
        private final Map<OutputStreamName, Long> offsets = new EnumMap<>(OutputStreamName.class);
        private boolean onPlatformThreads = true;

        @Override
        public synchronized void write(OutputStreamName stream, List<OutputPart> parts) {
            List<String> known = texts.computeIfAbsent(stream, name -> new ArrayList<>());
            parts.forEach(part -> known.add(part.line().text()));
            offsets.put(stream, parts.getLast().endOffset());
            onPlatformThreads &= !Thread.currentThread().isVirtual();
        }

        synchronized List<String> texts(OutputStreamName stream) {
            return List.copyOf(texts.getOrDefault(stream, List.of()));
        }

        synchronized Map<OutputStreamName, Long> offsets() {
            return Map.copyOf(offsets);
        }

        synchronized boolean onPlatformThreads() {
            return onPlatformThreads;
        }

        synchronized Map<OutputStreamName, List<String>> all() {
            return Map.copyOf(texts);
        }
    }

    static boolean isAlive(long pid) {
        return ProcessEntry.of(pid).filter(entry -> !entry.zombie()).isPresent();
    }
}
