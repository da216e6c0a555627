package io.yardmaster.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledServerTest {

    private static final String RUN = "{\"job_id\": \"slow\"}";

    @Test
    void who_was_not_answered_because_the_server_was_killed_gets_the_answer_when_it_is_back(@TempDir Path root)
            throws IOException, InterruptedException {
        Path jobs = Files.createDirectories(root.resolve("jobs"));
        try (ServerProcess server = new ServerProcess(root.resolve("data"), jobs);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            server.job("slow").config("""
                composition: steps
                steps:
                  - {id: nap, type: sleep, for: 1h}
                """);
            server.start();
            // It is stored, and its caller waits for its end, when the server is killed.
            Future<Answer> first = threads.submit(
                    () -> server.client().post("/runs", RUN, "Idempotency-Key", "k", "Prefer", "wait=60"));
            Awaitility.await("the run")
                    .until(() ->
                            server.client().get("/runs").json().path("total").asInt() == 1);
            server.kill();
            assertThat(first)
                    .failsWithin(Duration.ofSeconds(60))
                    .withThrowableThat()
                    .withCauseInstanceOf(UncheckedIOException.class);
            server.start();

            Answer again = server.client().post("/runs", RUN, "Idempotency-Key", "k", "Prefer", "wait=60");

            assertThat(again.status()).isEqualTo(201);
            assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
            assertThat(again.json().path("status").asString()).isEqualTo("pending");
            String runId = again.json().path("run_id").asString();
            assertThat(server.client().get("/runs").json().path("total").asInt())
                    .isEqualTo(1);
            assertThat(server.client().get("/runs/" + runId).status()).isEqualTo(200);
        }
    }
}
