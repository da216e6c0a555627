package io.yardmaster.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.PostgresProcess;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A server whose PostgreSQL goes away under load and comes back. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("breaking")
class DatabaseAwayTest {

    private static final int CLIENTS = 24;
    private static final String RUN = "{\"job_id\": \"quick\"}";

    private final TestServer server;
    private final PostgresProcess postgres;

    DatabaseAwayTest(@TempDir Path root) throws IOException {
        server = TestServer.start(root.resolve("data"), Files.createDirectories(root.resolve("jobs")));
        postgres = PostgresProcess.of(root.resolve("data"));
        server.job("quick").config("""
            composition: steps
            steps:
              - {id: one, type: eval, values: {x: 1}}
            """);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void while_it_is_stopped_callers_are_told_at_once_and_afterwards_everything_goes_on() {
        goesAwayUnderLoad(postgres::stop, postgres::start);
    }

    @Test
    void while_it_is_frozen_callers_are_told_soon_and_afterwards_everything_goes_on() {
        goesAwayUnderLoad(postgres::freeze, postgres::thaw);
    }

    private void goesAwayUnderLoad(Runnable away, Runnable back) {
        try (Load load = new Load()) {
            load.awaitAnswers(201, 100);
            away.run();
            load.awaitAnswers(503, 1);
            Sent first = load.last(503);
            load.awaitAnswers(503, 200);
            assertThat(server.client().get("/livez").status()).isEqualTo(200);
            assertThat(server.client().get("/runs").status()).isEqualTo(503);
            back.run();
            load.forget(201);
            load.awaitAnswers(201, 100);
            load.stop();

            assertThat(load.sent).allSatisfy(sent -> {
                assertThat(sent.answer().status()).as("%s", sent.answer()).isIn(201, 503);
                // From when it is known, nobody waits; until then, not longer than it takes to find out.
                assertThat(sent.took()).isLessThan(Duration.ofSeconds(20));
                if (sent.answer().status() == 503) {
                    assertThat(sent.answer().json().path("type").asString()).isEqualTo("/problems/service-unavailable");
                    assertThat(Integer.parseInt(sent.answer().header("Retry-After")))
                            .isPositive();
                    if (sent.begun() > first.ended()) {
                        assertThat(sent.took()).isLessThan(Duration.ofSeconds(15));
                    }
                }
            });
            List<String> accepted = load.accepted();
            assertThat(accepted).hasSizeGreaterThan(100);
            accepted.forEach(run -> assertThat(
                            server.client().awaitEnd(run).path("status").asString())
                    .isEqualTo("success"));
        }
    }

    private record Sent(long begun, long ended, Answer answer) {

        Duration took() {
            return Duration.ofNanos(ended - begun);
        }
    }

    /** Clients that submit one run after the other. */
    private final class Load implements AutoCloseable {

        private final Queue<Sent> sent = new ConcurrentLinkedQueue<>();
        private final AtomicBoolean over = new AtomicBoolean();
        private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
        private int seen;

        Load() {
            for (int i = 0; i < CLIENTS; i++) {
                var _ = clients.submit(this::send);
            }
        }

        private void send() {
            while (!over.get()) {
                long begun = System.nanoTime();
                Answer answer = server.client().post("/runs", RUN);
                sent.add(new Sent(begun, System.nanoTime(), answer));
            }
        }

        void awaitAnswers(int status, int count) {
            Awaitility.await(count + " answers " + status)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> count(status) >= count + (status == 201 ? seen : 0));
        }

        /** From here on, only those that are still to come count. */
        void forget(int status) {
            seen = (int) count(status);
        }

        private long count(int status) {
            return sent.stream().filter(one -> one.answer().status() == status).count();
        }

        Sent last(int status) {
            return sent.stream()
                    .filter(one -> one.answer().status() == status)
                    .reduce((a, b) -> b)
                    .orElseThrow();
        }

        List<String> accepted() {
            return sent.stream()
                    .filter(one -> one.answer().status() == 201)
                    .map(one -> one.answer().json().path("run_id").asString())
                    .toList();
        }

        void stop() {
            over.set(true);
            clients.close();
        }

        @Override
        public void close() {
            stop();
        }
    }
}
