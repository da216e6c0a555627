package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Exports of as many runs as {@code yardmaster.test.exported} says. */
class ExportsTest {

    private static final int RUNS = Integer.getInteger("yardmaster.test.exported", 6_000);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    static Path folder;

    private static TestServer server;
    private static ApiClient api;

    @BeforeAll
    static void fill() throws Exception {
        server = TestServer.start(folder.resolve("data"), Files.createDirectories(folder.resolve("jobs")));
        api = server.client();
        new ManyRuns(server).fill(RUNS);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void all_runs_of_a_tenant_and_of_nobody_else_are_exported_with_memory_for_a_few() throws Exception {
        List<String> expected = ids("default", "true");
        AtomicLong most = new AtomicLong();
        List<String> found = new ArrayList<>();

        JsonNode end = export("/export/runs", TestServer.DEV_TOKEN, line -> {
            found.add(line.path("run").path("run_id").asString());
            assertThat(line.path("cursor").asString()).isEqualTo(found.getLast());
            if (found.size() % 1_000 == 0) {
                most.accumulateAndGet(used(), Math::max);
            }
        });

        assertThat(found).isEqualTo(expected);
        assertThat(end.path("end").path("count").asInt()).isEqualTo(expected.size());
        System.out.printf("exported %,d runs, at most %,d MB in use%n", found.size(), most.get() >> 20);
        assertThat(export(
                                "/export/runs",
                                TestServer.OTHER_TENANT_TOKEN,
                                line -> assertThat(expected)
                                        .doesNotContain(
                                                line.path("run").path("run_id").asString()))
                        .path("end")
                        .path("count")
                        .asInt())
                .isEqualTo(ids("other", "true").size());
    }

    @Test
    void an_export_that_was_cut_off_goes_on_behind_the_last_line_that_arrived() throws Exception {
        List<String> expected = ids("default", "status = 'failed' AND labels ->> 'team' = 'core'");
        assertThat(expected).hasSizeGreaterThan(20);
        String path = "/export/runs?status=failed&label=team%3Dcore";
        List<String> found = new ArrayList<>();
        try (BufferedReader lines = open(path, TestServer.DEV_TOKEN)) {
            for (int i = 0; i < expected.size() / 3; i++) {
                found.add(json(lines.readLine()).path("run").path("run_id").asString());
            }
        }

        JsonNode end = export(
                path + "&cursor=" + found.getLast(),
                TestServer.DEV_TOKEN,
                line -> found.add(line.path("run").path("run_id").asString()));

        assertThat(found).isEqualTo(expected);
        assertThat(end.path("cursor").asString()).isEqualTo(expected.getLast());
        assertThat(export(path + "&cursor=" + expected.getLast(), TestServer.DEV_TOKEN, line -> {
                            throw new AssertionError(line.toString());
                        })
                        .path("end")
                        .path("count")
                        .asInt())
                .isZero();
    }

    @Test
    void a_run_is_exported_with_all_that_is_known_of_it_but_its_steps() throws Exception {
        String id = api.post("/runs", """
            {"job_id": "hello-world", "args": {"name": "Ada"}, "labels": {"only": "this"}, "attributes": {"n": 1.5}}
            """).json().path("run_id").asString();
        JsonNode run = api.awaitEnd(id);
        List<JsonNode> lines = new ArrayList<>();
        export("/export/runs?label=only%3Dthis", TestServer.DEV_TOKEN, lines::add);
        assertThat(lines).hasSize(1);
        JsonNode exported = lines.getFirst().path("run");
        for (String member : exported.propertyNames()) {
            assertThat(exported.path(member)).as(member).isEqualTo(run.path(member));
        }
        Set<String> left = run.propertyNames().stream()
                .filter(member -> !exported.has(member))
                .collect(Collectors.toSet());
        assertThat(left).containsExactlyInAnyOrder("steps", "summary");
    }

    @Test
    void events_are_exported_once_and_the_next_export_has_what_is_new() throws Exception {
        String first = api.run("hello-world", "{}");
        api.awaitEnd(first);
        List<JsonNode> events = new ArrayList<>();
        JsonNode end = export("/export/events", TestServer.DEV_TOKEN, events::add);
        List<JsonNode> ofFirst = events.stream()
                .map(line -> line.path("event"))
                .filter(event -> event.path("run_id").asString().equals(first))
                .toList();
        assertThat(ofFirst).isEqualTo(api.events(first));

        String second = api.run("hello-world", "{}");
        api.awaitEnd(second);
        List<JsonNode> fresh = new ArrayList<>();
        export("/export/events?cursor=" + end.path("cursor").asString(), TestServer.DEV_TOKEN, fresh::add);
        assertThat(fresh.stream().map(line -> line.path("event"))).containsExactlyElementsOf(api.events(second));

        // From the middle of the lines of one commit, too.
        List<JsonNode> rest = new ArrayList<>();
        int middle = events.size() - 3;
        export(
                "/export/events?run_id=" + first + "&cursor="
                        + events.get(middle).path("cursor").asString(),
                TestServer.DEV_TOKEN,
                rest::add);
        assertThat(rest).isEqualTo(events.subList(middle + 1, events.size()));
        assertThat(export(
                                "/export/events?types=run.finished&run_id=" + second,
                                TestServer.DEV_TOKEN,
                                line -> assertThat(
                                                line.path("event").path("type").asString())
                                        .isEqualTo("run.finished"))
                        .path("end")
                        .path("count")
                        .asInt())
                .isEqualTo(1);
        assertThat(export("/export/events?run_id=" + second, TestServer.OTHER_TENANT_TOKEN, line -> {
                            throw new AssertionError(line.toString());
                        })
                        .path("end")
                        .path("count")
                        .asInt())
                .isZero();
    }

    @Test
    void an_export_from_the_beginning_begins_behind_what_was_removed() throws Exception {
        String first = api.run("hello-world", "{}");
        api.awaitEnd(first);
        String removed = api.run("hello-world", "{}");
        api.awaitEnd(removed);
        List<JsonNode> before = new ArrayList<>();
        export("/export/events?types=run.finished&run_id=" + first, TestServer.DEV_TOKEN, before::add);
        assertThat(api.send("DELETE", "/runs/" + removed, null).status()).isEqualTo(204);
        String last = api.run("hello-world", "{}");
        api.awaitEnd(last);

        List<String> runs = new ArrayList<>();
        export(
                "/export/events?types=run.finished",
                TestServer.DEV_TOKEN,
                line -> runs.add(line.path("event").path("run_id").asString()));
        assertThat(runs).contains(last).doesNotContain(removed);
        Tenancy.allTenants(() -> server.bean(TransactionTemplate.class)
                .execute(transaction -> server.bean(JdbcClient.class).sql("""
                    INSERT INTO tenant_horizon (tenant, tx) VALUES ('default', pg_current_xact_id())
                    ON CONFLICT (tenant) DO UPDATE SET tx = excluded.tx
                    """).update()));
        String fresh = api.run("hello-world", "{}");
        api.awaitEnd(fresh);
        runs.clear();
        export(
                "/export/events?types=run.finished",
                TestServer.DEV_TOKEN,
                line -> runs.add(line.path("event").path("run_id").asString()));
        assertThat(runs).containsExactly(fresh);
        assertThat(api.get("/export/events?cursor="
                                + before.getFirst().path("cursor").asString())
                        .status())
                .isEqualTo(410);
    }

    @Test
    void jobs_are_exported_and_go_on_behind_a_cursor() throws Exception {
        List<JsonNode> lines = new ArrayList<>();
        JsonNode end = export("/export/jobs", TestServer.DEV_TOKEN, lines::add);
        JsonNode listed = api.get("/jobs?limit=1000").json().path("jobs");
        assertThat(lines.stream().map(line -> line.path("job")))
                .containsExactlyElementsOf(listed.valueStream().toList());
        assertThat(end.path("end").path("count").asInt()).isEqualTo(lines.size());
        List<JsonNode> rest = new ArrayList<>();
        export("/export/jobs?cursor=" + lines.get(1).path("cursor").asString(), TestServer.DEV_TOKEN, rest::add);
        assertThat(rest).isEqualTo(lines.subList(2, lines.size()));
    }

    @Test
    void an_export_that_goes_on_later_misses_no_run_that_was_being_accepted() throws Exception {
        String fresh = api.run("hello-world", "{}");
        List<JsonNode> lines = new ArrayList<>();
        JsonNode end = export(
                "/export/runs?created_after=" + Instant.now().minusSeconds(600), TestServer.DEV_TOKEN, lines::add);
        assertThat(lines.getLast().path("cursor").asString()).isEqualTo(fresh);

        RunId settled = RunId.parse(end.path("cursor").asString()).orElseThrow();

        assertThat(settled.time()).isBefore(Instant.now().minusSeconds(20));
        List<JsonNode> later = new ArrayList<>();
        export("/export/runs?cursor=" + settled, TestServer.DEV_TOKEN, later::add);
        assertThat(later.getLast().path("cursor").asString()).isEqualTo(fresh);
    }

    @Test
    void operators_see_what_is_exported() throws Exception {
        double lines = metric("yardmaster_exports_lines_total{kind=\"jobs\"}");
        double whole = metric("yardmaster_exports_ended_total{kind=\"jobs\",outcome=\"whole\"}");
        double cut = metric("yardmaster_exports_ended_total{kind=\"runs\",outcome=\"cut_off\"}");

        JsonNode end = export("/export/jobs", TestServer.DEV_TOKEN, _ -> {});
        open("/export/runs", TestServer.DEV_TOKEN).close();

        await("both to be over")
                .until(() -> metric("yardmaster_exports_ended_total{kind=\"runs\",outcome=\"cut_off\"}") == cut + 1
                        && metric("yardmaster_exports_ended_total{kind=\"jobs\",outcome=\"whole\"}") == whole + 1);
        assertThat(metric("yardmaster_exports_lines_total{kind=\"jobs\"}"))
                .isEqualTo(lines + end.path("end").path("count").asInt());
        assertThat(metric("yardmaster_exports_open{kind=\"runs\"}")).isZero();
        assertThat(metric("yardmaster_exports_open{kind=\"jobs\"}")).isZero();
    }

    private static double metric(String name) {
        return api.getWhole("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no metric " + name));
    }

    private static List<String> ids(String tenant, String where) {
        return new ManyRuns(server).ids(tenant, where, "run_id");
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Reads an export, and returns its last line. */
    private static JsonNode export(String path, String token, Consumer<JsonNode> each) throws Exception {
        try (BufferedReader lines = open(path, token)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode json = json(line);
                if (json.has("end")) {
                    assertThat(lines.readLine()).isNull();
                    return json;
                }
                each.accept(json);
            }
        }
        throw new AssertionError("the export has no end");
    }

    private static BufferedReader open(String path, String token) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/api/v1" + path))
                .header("Authorization", "Bearer " + token)
                .build();
        var answer = HTTP.send(request, HttpResponse.BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/x-ndjson");
        return new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
    }

    private static JsonNode json(String line) {
        return JsonMapper.shared().readTree(line);
    }
}
