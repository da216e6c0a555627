package io.yardmaster.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.OtlpReceiver;
import io.yardmaster.testkit.OtlpReceiver.Received;
import io.yardmaster.testkit.ServerProcess;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TracingTest {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String CALLER = "00f067aa0ba902b7";

    @TempDir
    static Path folder;

    private static OtlpReceiver collector;
    private static ServerProcess server;

    @BeforeAll
    static void start() throws IOException {
        collector = new OtlpReceiver();
        server = new ServerProcess(
                folder.resolve("data"),
                Files.createDirectories(folder.resolve("jobs")),
                "--yardmaster.tracing.endpoint=" + collector.endpoint(),
                "--logging.structured.format.console=ecs");
        server.start();
    }

    @AfterAll
    static void stop() {
        server.close();
        collector.close();
    }

    @Test
    void one_trace_goes_from_the_request_through_the_run_to_its_steps() {
        server.job("traced").config("""
            name: Is traced
            composition: steps
            steps:
              - {id: build, command: ./show.sh}
              - {id: sum, type: eval, values: {two: "1 + 1"}, needs: [build]}
              - {id: check, command: ./show.sh, needs: [sum]}
            """).file("show.sh", "echo \"$YM_STEP_ID $TRACEPARENT\"\n");
        ApiClient client = server.client();
        Answer answer =
                client.post("/runs", "{\"job_id\": \"traced\"}", "traceparent", "00-" + TRACE + "-" + CALLER + "-01");
        String runId = answer.json().path("run_id").asString();
        client.awaitEnd(runId);
        List<Received> spans = await().until(() -> collector.trace(TRACE), found -> found.size() >= 5);

        Received post = named(spans, "POST /api/v1/runs");
        Received run = named(spans, "run traced");
        Received build = named(spans, "step build");
        Received sum = named(spans, "step sum");
        Received check = named(spans, "step check");
        System.out.print("\n" + post.tree(spans) + "\n");

        assertThat(spans).hasSize(5).allMatch(span -> span.service().equals("yardmaster"));
        assertThat(post.parentSpanId()).isEqualTo(CALLER);
        assertThat(post.kind()).isEqualTo("SERVER");
        assertThat(answer.header("traceparent")).isEqualTo("00-" + TRACE + "-" + post.spanId() + "-01");
        assertThat(run.parentSpanId()).isEqualTo(post.spanId());
        for (Received step : List.of(build, sum, check)) {
            assertThat(step.parentSpanId()).isEqualTo(run.spanId());
            assertThat(step.start()).isBetween(run.start(), run.end());
            assertThat(step.end()).isBetween(step.start(), run.end());
            assertThat(step.attributes())
                    .containsEntry("run_id", runId)
                    .containsEntry("status", "success")
                    .containsEntry("attempt", "1");
        }
        assertThat(build.attributes())
                .containsEntry("executor", "proc")
                .containsEntry("step_id", "build")
                .containsEntry("process.exit.code", "0");
        assertThat(run.attributes()).containsEntry("run_id", runId);

        assertThat(output(client, runId))
                .containsExactly(
                        "build 00-" + TRACE + "-" + build.spanId() + "-01",
                        "check 00-" + TRACE + "-" + check.spanId() + "-01");
        for (Received step : List.of(build, check)) {
            String stepId = Objects.requireNonNull(step.attributes().get("step_id"));
            assertThat(logLines())
                    .filteredOn(line -> line.path("step_id").asString("").equals(stepId)
                            && line.path("run_id").asString("").equals(runId))
                    .hasSizeGreaterThanOrEqualTo(2)
                    .allSatisfy(line -> {
                        assertThat(line.path("trace_id").asString()).isEqualTo(TRACE);
                        assertThat(line.path("span_id").asString()).isEqualTo(step.spanId());
                        assertThat(line.path("tenant").asString()).isEqualTo("default");
                    });
        }
    }

    @Test
    void a_failed_step_is_a_failed_span_and_each_attempt_is_one() {
        server.job("trying").config("""
            name: Tries twice
            command: ./fail.sh
            retry: {attempts: 2, backoff: 10ms, match: ["exit:3"]}
            """).file("fail.sh", "exit 3\n");
        ApiClient client = server.client();
        Answer answer = client.post("/runs", "{\"job_id\": \"trying\"}");
        client.awaitEnd(answer.json().path("run_id").asString());
        String trace =
                TraceContext.parse(answer.header("traceparent")).orElseThrow().traceId();

        List<Received> spans = await().until(() -> collector.trace(trace), found -> found.size() >= 4);

        assertThat(spans.stream().filter(span -> span.name().startsWith("step ")))
                .hasSize(2)
                .allMatch(span -> span.failure().equals("application/exit-code"))
                .extracting(span -> span.attributes().get("attempt"))
                .containsExactlyInAnyOrder("1", "2");
        assertThat(named(spans, "run trying").failure()).isEqualTo("application/exit-code");
    }

    @Test
    void a_trace_survives_a_restart() throws IOException {
        Path go = folder.resolve("go");
        server.job("patient")
                .config("name: Waits for a file\ncommand: ./wait.sh\n")
                .file("wait.sh", "echo \"$TRACEPARENT\"\nuntil [ -e " + go + " ]; do sleep 0.1; done\n");
        ApiClient client = server.client();
        Answer answer = client.post("/runs", "{\"job_id\": \"patient\"}");
        String runId = answer.json().path("run_id").asString();
        await().until(() -> output(client, runId).size() == 1);

        server.stop();
        Files.createFile(go);
        server.start();
        server.client().awaitEnd(runId);

        TraceContext request = TraceContext.parse(answer.header("traceparent")).orElseThrow();
        List<Received> spans = await().until(() -> collector.trace(request.traceId()), found -> found.size() >= 3);
        Received run = named(spans, "run patient");
        Received step = spans.stream()
                .filter(span -> span.name().startsWith("step "))
                .findFirst()
                .orElseThrow();
        assertThat(run.parentSpanId()).isEqualTo(request.spanId());
        assertThat(step.parentSpanId()).isEqualTo(run.spanId());
        assertThat(output(server.client(), runId))
                .containsExactly("00-" + request.traceId() + "-" + step.spanId() + "-01");
    }

    @Test
    void the_log_is_json_that_tells_requests_apart_and_holds_no_secret() {
        server.job("discreet").config("""
            name: Knows a secret
            argspec:
              type: object
              properties: {password: {type: string, format: secret}}
            command: ./fail.sh
            """).file("fail.sh", "cat \"$YM_SECRETS_DIR/password\"\nexit 1\n");
        ApiClient client = server.client();
        Answer answer = client.post(
                "/runs",
                "{\"job_id\": \"discreet\", \"args\": {\"password\": \"kept-between-us-8831\"}}",
                "X-Request-Id",
                "asked-by-the-test");
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        String runId = answer.json().path("run_id").asString();
        client.awaitEnd(runId);

        await().untilAsserted(() -> assertThat(logLines()).anySatisfy(line -> {
            assertThat(line.path("run_id").asString("")).isEqualTo(runId);
            assertThat(line.path("message").asString("")).contains("failed");
            assertThat(line.at("/service/name").asString("")).isEqualTo("yardmaster");
        }));
        assertThat(server.log()).doesNotContain("kept-between-us-8831", "dev-token\"");
    }

    @Test
    void where_nothing_is_exported_the_callers_context_is_handed_on_as_it_is() {
        TestServer off = TestServer.shared();
        off.job("trace/off").config("name: Shows it\ncommand: ./show.sh\n").file("show.sh", "echo \"$TRACEPARENT\"\n");
        ApiClient client = off.client();
        String sent = "00-" + TRACE + "-" + CALLER + "-01";

        Answer given = client.post("/runs", "{\"job_id\": \"trace/off\"}", "traceparent", sent);
        Answer made = client.post("/runs", "{\"job_id\": \"trace/off\"}", "traceparent", "nonsense");

        assertThat(given.header("traceparent")).isEqualTo(sent);
        assertThat(ended(client, given)).containsExactly(sent);
        TraceContext own = TraceContext.parse(made.header("traceparent")).orElseThrow();
        assertThat(own.sampled()).isFalse();
        assertThat(ended(client, made)).containsExactly(own.traceparent());
    }

    private static List<String> ended(ApiClient client, Answer answer) {
        String runId = answer.json().path("run_id").asString();
        client.awaitEnd(runId);
        return output(client, runId);
    }

    private static List<String> output(ApiClient client, String runId) {
        return client.get("/runs/" + runId + "/logs?format=text").body().lines().toList();
    }

    private static Received named(List<Received> spans, String name) {
        return spans.stream()
                .filter(span -> span.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no span " + name + " in " + spans));
    }

    private static List<JsonNode> logLines() {
        return server.log()
                .lines()
                .filter(line -> line.startsWith("{"))
                .map(JsonMapper.shared()::readTree)
                .toList();
    }
}
