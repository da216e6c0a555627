package io.yardmaster.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.ServerProcess;
import io.yardmaster.testkit.SseEvent;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ProbesTest {

    private static final Duration DELAY = Duration.ofSeconds(10);

    @TempDir
    Path folder;

    @Test
    void a_ready_server_says_yes_to_every_probe() {
        ApiClient anybody = TestServer.shared().client(null);
        for (String probe : List.of("/livez", "/readyz", "/startupz")) {
            assertThat(anybody.get(probe).json().path("status").asString()).isEqualTo("ok");
        }
        assertThat(anybody.get("/health").json().path("status").asString()).isEqualTo("healthy");
    }

    @Test
    void a_server_that_stops_says_so_first_and_goes_on_answering_for_a_while() throws Exception {
        try (ServerProcess server = server("--yardmaster.shutdown.drain-delay=" + DELAY.toMillis() + "ms")) {
            server.start();
            ApiClient client = server.client();
            CompletableFuture<List<SseEvent>> reader = new CompletableFuture<>();
            AtomicLong streamEnded = new AtomicLong();
            Thread.ofVirtual().start(() -> {
                List<SseEvent> events = client.stream("/events/runs", all -> false);
                streamEnded.set(System.nanoTime());
                reader.complete(events);
            });
            await().until(() -> openStreams(client) == 1);

            long terminated = System.nanoTime();
            server.terminate();
            Answer no = await().atMost(DELAY)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> client.get("/readyz"), answer -> answer.status() == 503);

            assertThat(no.json().path("not_ready").valueStream().map(JsonNode::asString))
                    .containsExactly("draining");
            assertThat(no.header("Retry-After")).isNotEmpty();
            assertThat(client.get("/livez").status()).isEqualTo(200);
            assertThat(client.get("/runs").status()).isEqualTo(200);
            await().untilAsserted(() ->
                    assertThat(node(client).path("status").asString()).isEqualTo("draining"));
            String late = client.run("hello-world", "{}");

            List<SseEvent> events = reader.get(60, TimeUnit.SECONDS);
            assertThat(Duration.ofNanos(streamEnded.get() - terminated))
                    .as("streams go on for a while")
                    .isGreaterThanOrEqualTo(DELAY);
            assertThat(events.getLast().name()).isEqualTo("server.draining");
            server.awaitEnd();

            server.start();
            assertThat(server.client().awaitEnd(late).path("status").asString()).isEqualTo("success");
        }
    }

    @Test
    void without_database_a_server_is_not_ready_but_alive_and_measures() throws Exception {
        try (ServerProcess server = server()) {
            server.start();
            ApiClient client = server.client();
            ProcessHandle postgres = server.postgres().orElseThrow();
            assertThat(postgres.destroyForcibly()).isTrue();

            Answer no = await().until(() -> client.get("/readyz"), answer -> answer.status() == 503);

            assertThat(no.json().path("not_ready").valueStream().map(JsonNode::asString))
                    .containsExactly("database");
            assertThat(no.body()).doesNotContainIgnoringCase("postgres", "hikari", "exception", "jdbc");
            assertThat(client.get("/health").status()).isEqualTo(503);
            assertThat(client.get("/livez").status()).isEqualTo(200);
            assertThat(client.get("/startupz").status()).isEqualTo(200);
            for (int scrape = 0; scrape < 3; scrape++) {
                long asked = System.nanoTime();
                Answer metrics = client.getWhole("/metrics");
                assertThat(metrics.status()).isEqualTo(200);
                assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(15));
                assertThat(metrics.body()).contains("yardmaster_ready 0.0");
            }
        }
    }

    @Test
    void nodes_are_listed_with_the_one_that_answers() {
        ApiClient client = TestServer.shared().client();
        JsonNode node = node(client);

        assertThat(node.path("status").asString()).isEqualTo("alive");
        assertThat(node.path("node_id").asString())
                .isEqualTo(client.get("/system/info").json().path("node_id").asString());
        assertThat(node.path("last_beat_age_seconds").asLong()).isLessThan(60);
        assertThat(node.path("hostname").asString()).isNotEmpty();
    }

    @Test
    void the_queue_is_told_by_priority_and_only_to_its_tenant() throws IOException {
        Path data = folder.resolve("data");
        try (TestServer server = TestServer.start(
                data, Files.createDirectories(folder.resolve("jobs")), "--yardmaster.engine.max-concurrent-runs=1")) {
            server.job("blocks").config("name: Blocks\ncommand: ./block.sh\n").file("block.sh", "sleep 600\n");
            ApiClient client = server.client();
            String first = client.run("blocks", "{}");
            client.await(first, run -> run.path("status").asString().equals("running"));
            for (int priority : List.of(5, 5, -5)) {
                client.post("/runs", "{\"job_id\": \"blocks\", \"priority\": " + priority + "}");
            }
            client.post("/runs", "{\"job_id\": \"blocks\", \"not_before\": \"2126-01-31T08:00:00Z\"}");

            JsonNode report = await().until(
                            () -> client.get("/system/queues").json(),
                            told -> told.at("/total/ready").asInt() == 3);
            JsonNode queues = report.path("queues");

            assertThat(report.at("/total/ready").asInt()).isEqualTo(3);
            assertThat(report.at("/total/running").asInt()).isEqualTo(1);
            assertThat(report.at("/limits/max_concurrent_runs").asInt()).isEqualTo(1);
            assertThat(queues.valueStream().map(queue -> queue.path("priority").asInt()))
                    .containsExactly(5, 0, -5);
            assertThat(queues.path(0).path("ready").asInt()).isEqualTo(2);
            assertThat(queues.path(1).path("running").asInt()).isEqualTo(1);
            assertThat(queues.path(1).path("scheduled").asInt()).isEqualTo(1);
            assertThat(queues.path(2).path("ready").asInt()).isEqualTo(1);
            assertThat(queues.path(2).path("starving").asBoolean()).isFalse();
            JsonNode elsewhere = server.client(TestServer.OTHER_TENANT_TOKEN)
                    .get("/system/queues")
                    .json();
            assertThat(elsewhere.path("queues")).isEmpty();
            assertThat(elsewhere.at("/total/ready").asInt()).isEqualTo(3);
            client.get("/runs?limit=1000")
                    .json()
                    .path("runs")
                    .forEach(run ->
                            client.post("/runs/" + run.path("run_id").asString() + "/cancel", "{\"grace\": \"0s\"}"));
            client.awaitEnd(first);
        }
    }

    @Test
    void a_source_that_is_no_longer_configured_is_no_longer_told_of() throws IOException {
        Path data = folder.resolve("data");
        Path jobs = Files.createDirectories(folder.resolve("jobs"));
        Path gone = Files.createDirectories(folder.resolve("gone"));
        String[] more = {
            "--yardmaster.sources[2].name=gone",
            "--yardmaster.sources[2].type=fs",
            "--yardmaster.sources[2].path=" + gone
        };
        try (TestServer server = TestServer.start(data, jobs, more)) {
            await().untilAsserted(() -> assertThat(sources(server)).contains("gone"));
        }
        try (TestServer server = TestServer.start(data, jobs)) {
            await().untilAsserted(() -> assertThat(sources(server)).containsExactlyInAnyOrder("examples", "test"));
            assertThat(server.client().get("/jobs?source=gone").status()).isEqualTo(404);
        }
    }

    private static List<String> sources(TestServer server) {
        return server.client()
                .get("/system/info")
                .json()
                .path("sources")
                .valueStream()
                .map(source -> source.path("name").asString())
                .toList();
    }

    private static int openStreams(ApiClient client) {
        return client.getWhole("/metrics").body().contains("yardmaster_streams_open{kind=\"all_runs\"} 1.0") ? 1 : 0;
    }

    private static JsonNode node(ApiClient client) {
        return client.get("/system/nodes")
                .json()
                .path("nodes")
                .valueStream()
                .filter(node -> node.path("answering").asBoolean())
                .findFirst()
                .orElseThrow();
    }

    private ServerProcess server(String... settings) throws IOException {
        return new ServerProcess(folder.resolve("data"), Files.createDirectories(folder.resolve("jobs")), settings);
    }
}
