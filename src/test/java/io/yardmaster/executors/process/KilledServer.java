package io.yardmaster.executors.process;

import io.yardmaster.executors.Assignment;
import io.yardmaster.executors.Command;
import io.yardmaster.executors.Interpreter;
import io.yardmaster.executors.RunFolders;
import io.yardmaster.kernel.OutputPart;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.kernel.RunId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.json.JsonMapper;

/** A server in a process of its own, made to be killed while its attempt is running. */
final class KilledServer {

    private KilledServer() {}

    /** Arguments: the data directory, the run, and the step's script. Output becomes durable in a file of records. */
    public static void main(String[] args) throws InterruptedException {
        Path data = Path.of(args[0]);
        Assignment assignment = assignment(data, RunId.parse(args[1]).orElseThrow(), args[2]);
        assignment.folder().create();
        ProcessExecutor executor = new ProcessExecutor(data, HostLease.unlimited(data));
        var _ = executor.start(assignment, (stream, parts) -> record(data, stream, parts));
        Thread.currentThread().join();
    }

    static Assignment assignment(Path data, RunId run, String script) {
        return new Assignment(
                run,
                "step",
                1,
                Interpreter.BASH,
                new Command.Inline(script),
                new RunFolders(data).of(run),
                Map.of(),
                new JsonMapper().createObjectNode(),
                Set.of(),
                false,
                new UUID(0, 0));
    }

    /** What is durable: the numbers each stream printed, and where to go on. A record that is not whole does not count. */
    static Map<OutputStreamName, Long> recorded(Path data, Map<OutputStreamName, List<String>> lines)
            throws IOException {
        Map<OutputStreamName, Long> offsets = new EnumMap<>(OutputStreamName.class);
        String text = Files.readString(records(data));
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
            String[] words = line.split(" ", -1);
            OutputStreamName stream = OutputStreamName.valueOf(words[0]);
            offsets.put(stream, Long.valueOf(words[1]));
            lines.computeIfAbsent(stream, name -> new ArrayList<>())
                    .addAll(List.of(words).subList(2, words.length));
        }
        return offsets;
    }

    static Path records(Path data) {
        return data.resolve("records");
    }

    private static void record(Path data, OutputStreamName stream, List<OutputPart> parts) {
        StringBuilder text = new StringBuilder(stream + " " + parts.getLast().endOffset());
        parts.forEach(part -> text.append(' ').append(part.line().text()));
        try {
            Files.writeString(records(data), text.append('\n'), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
