package io.yardmaster.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;

/** Two servers on one database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KeysOnTwoServersTest {

    private static final String KEYS =
            "--yardmaster.secrets.keys[0]=shared:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    private final TestServer one;
    private final TestServer other;

    KeysOnTwoServersTest(@TempDir Path root) throws IOException {
        Path jobs = Files.createDirectories(root.resolve("jobs"));
        String[] settings = {
            KEYS,
            "--yardmaster.idempotency.patience=4s",
            "--yardmaster.queue.max-pending-per-tenant=150",
            "--yardmaster.blobs.dir=" + root.resolve("blobs")
        };
        one = TestServer.start(root.resolve("one"), jobs, settings);
        JdbcConnectionDetails database = one.bean(JdbcConnectionDetails.class);
        List<String> more = new ArrayList<>(List.of(settings));
        more.add("--spring.datasource.url=" + database.getJdbcUrl());
        more.add("--spring.datasource.username=" + database.getUsername());
        more.add("--spring.datasource.password=");
        other = TestServer.start(root.resolve("other"), jobs, more.toArray(String[]::new));
        one.job("quick").config("""
            composition: steps
            steps:
              - {id: one, type: eval, values: {x: 1}}
            """);
        one.job("slow").config("""
            composition: steps
            steps:
              - {id: nap, type: sleep, for: 1h}
            """);
    }

    @AfterAll
    void stop() {
        other.close();
        one.close();
    }

    @Test
    void sixty_four_requests_with_one_key_make_one_run_and_get_one_answer() throws Exception {
        for (int round = 0; round < 5; round++) {
            String key = UUID.randomUUID().toString();
            String label = "round-" + round;
            List<Answer> answers = atOnce(
                    64,
                    api -> api.post(
                            "/runs",
                            "{\"job_id\": \"quick\", \"labels\": {\"round\": \"" + label + "\"}}",
                            "Idempotency-Key",
                            key));

            assertThat(answers)
                    .allSatisfy(answer ->
                            assertThat(answer.status()).as("%s", answer).isEqualTo(201));
            assertThat(answers.stream().map(Answer::body).distinct()).hasSize(1);
            assertThat(answers.stream().map(answer -> answer.header("ETag")).distinct())
                    .hasSize(1);
            assertThat(answers.stream()
                            .filter(answer ->
                                    answer.header("Idempotency-Replayed").isEmpty()))
                    .hasSize(1);
            assertThat(other.client()
                            .get("/runs?label=round=" + label)
                            .json()
                            .path("total")
                            .asInt())
                    .isEqualTo(1);
            assertThat(other.client()
                            .post("/runs", "{\"job_id\": \"slow\"}", "Idempotency-Key", key)
                            .status())
                    .isEqualTo(422);
        }
    }

    @Test
    void of_different_requests_with_one_key_one_is_carried_out_and_the_others_are_told() throws Exception {
        for (int round = 0; round < 5; round++) {
            String key = UUID.randomUUID().toString();
            AtomicInteger number = new AtomicInteger();

            List<Answer> answers = atOnce(
                    16,
                    api -> api.post(
                            "/runs",
                            "{\"job_id\": \"quick\", \"labels\": {\"number\": \"" + number.incrementAndGet() + "\"}}",
                            "Idempotency-Key",
                            key));

            assertThat(answers.stream().map(Answer::status)).containsOnly(201, 422);
            assertThat(answers.stream().filter(answer -> answer.status() == 201))
                    .hasSize(1);
        }
    }

    @Test
    void sixty_four_plans_with_one_key_are_one_plan() throws Exception {
        String key = UUID.randomUUID().toString();

        List<Answer> answers = atOnce(64, api -> api.post("/plans", "{\"job_id\": \"quick\"}", "Idempotency-Key", key));

        assertThat(answers)
                .allSatisfy(
                        answer -> assertThat(answer.status()).as("%s", answer).isEqualTo(201));
        assertThat(answers.stream().map(Answer::body).distinct()).hasSize(1);
    }

    @Test
    void who_would_wait_too_long_for_the_first_is_told_to_come_back() throws Exception {
        String key = UUID.randomUUID().toString();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Answer> first = threads.submit(() ->
                    one.client().post("/runs", "{\"job_id\": \"slow\"}", "Idempotency-Key", key, "Prefer", "wait=8"));
            Awaitility.await("the run")
                    .until(() -> one.client()
                                    .get("/runs?job_id=slow&status=waiting")
                                    .json()
                                    .path("total")
                                    .asInt()
                            > 0);
            long begun = System.nanoTime();

            Answer second = one.client().post("/runs", "{\"job_id\": \"slow\"}", "Idempotency-Key", key);

            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofSeconds(3));
            assertThat(second.status()).isEqualTo(409);
            assertThat(second.json().path("type").asString()).isEqualTo("/problems/idempotency-in-flight");
            assertThat(second.header("Retry-After")).isEqualTo("1");
            assertThat(first.get().status()).isEqualTo(202);
            assertThat(one.client()
                            .post("/runs", "{\"job_id\": \"slow\"}", "Idempotency-Key", key)
                            .body())
                    .isEqualTo(first.get().body());
            one.client().post("/runs/" + first.get().json().path("run_id").asString() + "/cancel", "{}");
        }
    }

    @Test
    void no_more_runs_wait_than_a_tenant_may_have() throws Exception {
        String scheduled = "{\"job_id\": \"quick\", \"not_before\": \"2999-01-01T00:00:00Z\"}";
        ApiClient api = one.client(TestServer.OTHER_TENANT_TOKEN);

        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            answers.addAll(atOnce(40, TestServer.OTHER_TENANT_TOKEN, client -> client.post("/runs", scheduled)));
        }

        List<Answer> accepted =
                answers.stream().filter(answer -> answer.status() == 201).toList();
        // Each of the two servers knows the queue to a hundredth of the bound, besides what the other lets in
        // meanwhile.
        assertThat(accepted.size()).isBetween(150, 150 + 40);
        assertThat(api.post("/runs", scheduled)).satisfies(refused -> {
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.json().path("type").asString()).isEqualTo("/problems/queue-full");
            assertThat(refused.header("Retry-After")).isEqualTo("2");
        });
        assertThat(one.client().post("/runs", "{\"job_id\": \"quick\"}").status())
                .as("another tenant")
                .isEqualTo(201);
        accepted.forEach(
                answer -> api.post("/runs/" + answer.json().path("run_id").asString() + "/cancel", "{}"));
        Awaitility.await("room")
                .until(() -> api.post("/runs", "{\"job_id\": \"quick\"}").status() == 201);
    }

    private interface Request {
        Answer send(ApiClient client);
    }

    private List<Answer> atOnce(int count, Request request) throws Exception {
        return atOnce(count, TestServer.DEV_TOKEN, request);
    }

    private List<Answer> atOnce(int count, String token, Request request) throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> sent = IntStream.range(0, count)
                    .mapToObj(i -> threads.submit(() -> {
                        go.await();
                        return request.send((i % 2 == 0 ? one : other).client(token));
                    }))
                    .toList();
            go.countDown();
            List<Answer> answers = new ArrayList<>();
            for (Future<Answer> one : sent) {
                answers.add(one.get());
            }
            return answers;
        }
    }
}
