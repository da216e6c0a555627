package io.yardmaster.executors.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.executors.Assignment;
import io.yardmaster.executors.Outcome;
import io.yardmaster.executors.process.Attempts.Recording;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.kernel.RunId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledServerTest {

    /** Prints while the server dies, and after its death to the end. */
    private static final String STEP = """
        echo x >> ran
        for i in $(seq 1 20000); do
            echo $i
            [ $((i % 2)) = 0 ] && echo $i >&2
            if [ $i = 10000 ]; then until [ -e dead ]; do sleep 0.02; done; fi
        done
        exit 11
        """;

    @TempDir
    Path data;

    private final RunId run = new RunId(UUID.randomUUID());

    @Test
    void a_step_outlives_a_server_that_is_killed_and_is_told_whole_by_the_next() throws Exception {
        Process server = server(STEP);
        await().atMost(Attempts.PATIENCE)
                .until(() -> Files.exists(KilledServer.records(data))
                        && Files.readString(KilledServer.records(data)).contains(" 5000 "));
        kill(server);
        Assignment assignment = KilledServer.assignment(data, run, STEP);
        Files.createFile(assignment.folder().workspace().resolve("dead"));

        Map<OutputStreamName, List<String>> lines = new EnumMap<>(OutputStreamName.class);
        Map<OutputStreamName, Long> offsets = KilledServer.recorded(data, lines);
        Recording console = new Recording();
        try (ProcessExecutor next = new ProcessExecutor(data, HostLease.unlimited(data))) {
            Outcome outcome = next.adopt(assignment, console, offsets)
                    .outcome()
                    .get(Attempts.PATIENCE.toSeconds(), TimeUnit.SECONDS);

            assertThat(outcome)
                    .isInstanceOfSatisfying(
                            Outcome.Exited.class,
                            exited -> assertThat(exited.code()).isEqualTo(11));
        }
        for (OutputStreamName stream : OutputStreamName.values()) {
            lines.computeIfAbsent(stream, name -> new ArrayList<>()).addAll(console.texts(stream));
        }
        assertThat(lines.get(OutputStreamName.STDOUT))
                .isEqualTo(IntStream.rangeClosed(1, 20_000)
                        .mapToObj(Integer::toString)
                        .toList());
        assertThat(lines.get(OutputStreamName.STDERR))
                .isEqualTo(IntStream.rangeClosed(1, 10_000)
                        .mapToObj(i -> Integer.toString(2 * i))
                        .toList());
        assertThat(assignment.folder().workspace().resolve("ran")).hasContent("x\n");
    }

    private Process server(String script) throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessBuilder(
                        java,
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledServer.class.getName(),
                        data.toString(),
                        run.toString(),
                        script)
                .inheritIO()
                .start();
    }

    private static void kill(Process server) throws InterruptedException {
        Posix.signal(server.pid(), Posix.SIGKILL);
        assertThat(server.waitFor()).isEqualTo(128 + Posix.SIGKILL);
    }
}
