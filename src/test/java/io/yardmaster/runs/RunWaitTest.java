package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.database.Tenancy;
import io.yardmaster.events.RunEnds;
import io.yardmaster.kernel.RunId;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RunWaitTest {

    private static final TestServer SERVER = TestServer.shared();
    private static final RunEnds ENDS = SERVER.bean(RunEnds.class);
    private static final ThreadMXBean PLATFORM_THREADS = ManagementFactory.getThreadMXBean();

    private final ApiClient client = SERVER.client();

    @BeforeAll
    static void write_a_job() {
        SERVER.job("waits/long").config("""
            name: Sleeps
            composition: steps
            steps:
              - {id: nap, type: sleep, for: 1h}
            """);
        SERVER.job("waits/short").config("""
            name: Computes
            composition: steps
            steps:
              - {id: sum, type: eval, values: {n: "1 + 1"}}
            """);
    }

    @Test
    void five_hundred_wait_without_a_thread_and_are_answered_when_it_ends() {
        int waiting = 500;
        String run = sleeping();
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + SERVER.port() + "/api/v1/runs/" + run + "/result"))
                .header("Authorization", "Bearer " + TestServer.DEV_TOKEN)
                .header("Prefer", "wait=60")
                .build();
        try (HttpClient http = HttpClient.newHttpClient();
                BegunThreads virtual = new BegunThreads()) {
            int before = PLATFORM_THREADS.getThreadCount();
            List<CompletableFuture<Arrived>> answers = new ArrayList<>();
            for (int i = 0; i < waiting; i++) {
                answers.add(http.sendAsync(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8))
                        .thenApply(answer -> new Arrived(Instant.now(), answer)));
            }
            await().until(() -> ENDS.waiting() == waiting);
            // The threads that took the requests in are gone a moment later.
            await().until(() -> virtual.begun() >= waiting && virtual.alive() <= 10);
            int during = PLATFORM_THREADS.getThreadCount();
            client.post("/runs/" + run + "/cancel", "{}");
            List<Long> delays = new ArrayList<>();
            for (CompletableFuture<Arrived> each : answers) {
                Arrived arrived = each.join();
                JsonNode outcome = JsonMapper.shared().readTree(arrived.answer().body());
                assertThat(arrived.answer().statusCode()).isEqualTo(200);
                assertThat(arrived.answer().headers().firstValue("Preference-Applied"))
                        .hasValue("wait=60");
                assertThat(outcome.path("failure").path("category").asString()).isEqualTo("cancellation");
                delays.add(Duration.between(
                                Instant.parse(outcome.path("finished_at").asString()), arrived.at())
                        .toMillis());
            }
            delays.sort(null);
            System.out.printf(
                    Locale.ROOT,
                    "%d waited: %d threads before, %d while they waited; answered after the end: median %d ms, last %d"
                            + " ms%n",
                    waiting,
                    before,
                    during,
                    delays.get(waiting / 2),
                    delays.getLast());
            // Those of the client, and of virtual threads' carriers.
            assertThat(during).isLessThan(before + 60);
            // Long before their time is over, however slow the machine.
            assertThat(delays.getLast()).isLessThan(30_000);
            assertThat(ENDS.waiting()).isZero();
        }
    }

    @Test
    void who_waits_too_short_is_told_to_come_again() {
        String run = sleeping();
        Answer answer = client.get("/runs/" + run + "/result", "Prefer", "wait=1");
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.header("Retry-After")).isEqualTo("1");
        assertThat(answer.header("Preference-Applied")).isEqualTo("wait=1");
        assertThat(answer.json().path("status").asString()).isEqualTo("waiting");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"wait=abc", "wait=-1", "wait", "wait=", "wait=1.5", "=", "handling=lenient", "wait=x, wait=5"})
    void what_is_no_time_is_ignored(String preference) {
        String run = sleeping();
        Answer answer = client.get("/runs/" + run + "/result", "Prefer", preference);
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.header("Preference-Applied")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "wait=600 | wait=60",
                "WAIT = 7 | wait=7",
                "wait=\"8\" | wait=8",
                "respond-async; x=1, foo=\"a, wait=9\", wait=5; y | wait=5",
                "wait=3, wait=4 | wait=3",
                "wait=999999999 | wait=60"
            })
    void a_preference_is_applied_as_it_can_be(String preference, String applied) {
        String run = client.run("waits/short", "{}");
        client.awaitEnd(run);
        Answer answer = client.get("/runs/" + run + "/result", "Prefer", preference);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Preference-Applied")).isEqualTo(applied);
    }

    @Test
    void a_submission_that_waits_is_answered_with_the_finished_run() {
        Answer answer = client.post("/runs", "{\"job_id\": \"waits/short\"}", "Prefer", "wait=30");
        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.header("Preference-Applied")).isEqualTo("wait=30");
        JsonNode run = answer.json();
        assertThat(run.path("status").asString()).isEqualTo("success");
        assertThat(run.path("result").path("value").path("n").asInt()).isEqualTo(2);
        assertThat(answer.header("Location"))
                .isEqualTo("/api/v1/runs/" + run.path("run_id").asString());
        assertThat(client.get("/runs/" + run.path("run_id").asString()).header("ETag"))
                .isEqualTo(answer.header("ETag"));
    }

    @Test
    void nobody_waits_for_a_submission_that_is_refused() {
        String submission = "{\"job_id\": \"waits/short\", \"external_id\": \"waits-" + UUID.randomUUID() + "\"}";
        assertThat(client.post("/runs", submission, "Prefer", "wait=30").status())
                .isEqualTo(201);
        assertThat(client.post("/runs", submission, "Prefer", "wait=30").status())
                .isEqualTo(409);
        assertThat(ENDS.waiting()).isZero();
    }

    @Test
    void async_false_waits_too() {
        Answer answer = client.post("/runs", "{\"job_id\": \"waits/short\", \"async\": false}");
        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.header("Preference-Applied")).isEqualTo("wait=30");
        assertThat(answer.json().path("status").asString()).isEqualTo("success");
    }

    @Test
    void a_submission_that_waits_too_short_is_answered_with_the_run_as_it_is() {
        Answer answer = client.post("/runs", "{\"job_id\": \"waits/long\"}", "Prefer", "wait=1");
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.header("Location"))
                .isEqualTo("/api/v1/runs/" + answer.json().path("run_id").asString());
        assertThat(answer.json().path("status").asString()).isIn("pending", "running", "waiting");
    }

    @Test
    void of_who_goes_away_nothing_is_left_when_his_time_is_over() throws IOException {
        String run = sleeping();
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), SERVER.port());
            socket.getOutputStream()
                    .write(("GET /api/v1/runs/" + run + "/result HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=10\r\n"
                                    + "Authorization: Bearer " + TestServer.DEV_TOKEN + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            sockets.add(socket);
        }
        await().until(() -> ENDS.waiting() == 10);
        for (Socket socket : sockets) {
            socket.close();
        }
        await().until(() -> ENDS.waiting() == 0);
        assertThat(client.get("/runs/" + run + "/result").status()).isEqualTo(202);
    }

    @Test
    void an_end_that_nobody_told_this_server_of_is_seen_soon() {
        RunId run = RunId.parse(sleeping()).orElseThrow();
        CompletableFuture<Answer> answer =
                CompletableFuture.supplyAsync(() -> client.get("/runs/" + run + "/result", "Prefer", "wait=30"));
        await().until(() -> ENDS.waiting() == 1);
        JdbcClient database = SERVER.bean(JdbcClient.class);
        Tenancy.allTenants(() -> SERVER.bean(TransactionTemplate.class).execute(_ -> {
            database.sql("DELETE FROM run_live WHERE run_id = ?")
                    .param(run.value())
                    .update();
            return database.sql(
                            "UPDATE run SET status = 'cancelled', finished_at = now(), last_seq = 9 WHERE run_id = ?")
                    .param(run.value())
                    .update();
        }));
        assertThat(answer.join().status()).isEqualTo(200);
        assertThat(answer.join().json().path("status").asString()).isEqualTo("cancelled");
    }

    private String sleeping() {
        String run = client.run("waits/long", "{}");
        client.await(run, one -> one.path("status").asString().equals("waiting"));
        return run;
    }

    private record Arrived(Instant at, HttpResponse<String> answer) {}

    /** Counts virtual threads from now on, as the flight recorder sees them: a dump of all threads may end the JVM. */
    private static final class BegunThreads implements AutoCloseable {

        private final AtomicInteger begun = new AtomicInteger();
        private final AtomicInteger ended = new AtomicInteger();
        private final RecordingStream events = new RecordingStream();

        BegunThreads() {
            events.enable("jdk.VirtualThreadStart").withoutStackTrace();
            events.enable("jdk.VirtualThreadEnd").withoutStackTrace();
            events.onEvent("jdk.VirtualThreadStart", event -> begun.incrementAndGet());
            events.onEvent("jdk.VirtualThreadEnd", event -> ended.incrementAndGet());
            events.startAsync();
        }

        int begun() {
            return begun.get();
        }

        /** Of those that have begun; fewer where older ones have ended. */
        int alive() {
            return begun.get() - ended.get();
        }

        @Override
        public void close() {
            events.close();
        }
    }
}
