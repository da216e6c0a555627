package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;

/** A server that drives two runs at once, and has both places taken. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FullServerTest {

    private static final String WORKS = """
        argspec: {type: object, properties: {folder: {type: string}}}
        env: {FOLDER: "${{ args.folder }}"}
        inline: |
          me=$FOLDER/$YM_RUN_ID
          touch "$me.works"
          ls "$FOLDER" | grep -c works >> "$FOLDER/seen"
          until [ -e "$FOLDER/go" ]; do sleep 0.05; done
          rm "$me.works"
        """;

    private final Path root;
    private final TestServer server;
    private final ApiClient api;
    private Path folder;

    FullServerTest(@TempDir Path root) throws IOException {
        this.root = root;
        server = TestServer.start(
                root.resolve("data"),
                Files.createDirectories(root.resolve("jobs")),
                "--yardmaster.engine.max-concurrent-runs=2");
        api = server.client();
        folder = root;
    }

    @BeforeAll
    void writeJobs() {
        server.job("works").config(WORKS);
        server.job("quick").config("inline: echo quick");
    }

    @BeforeEach
    void emptyFolder() throws IOException {
        folder = Files.createTempDirectory(root, "marks");
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void no_more_runs_work_at_once_than_the_server_allows() throws IOException {
        List<String> runs = Stream.generate(this::works).limit(5).toList();
        awaitWorking(2);
        Files.createFile(folder.resolve("go"));
        runs.forEach(
                run -> assertThat(api.awaitEnd(run).path("status").asString()).isEqualTo("success"));

        assertThat(Files.readAllLines(folder.resolve("seen")))
                .hasSize(5)
                .allMatch(seen -> Integer.parseInt(seen) <= 2)
                .contains("2");
    }

    @Test
    void a_run_that_waits_longer_than_its_queue_timeout_fails_though_no_place_is_free() throws IOException {
        List<String> runs = Stream.generate(this::works).limit(2).toList();
        awaitWorking(2);
        String late = api.post("/runs", """
            {"job_id": "quick", "timeouts": {"queue": "1s"}}\
            """).json().path("run_id").asString();

        JsonNode ended = api.awaitEnd(late);

        assertThat(ended.path("status").asString()).isEqualTo("failed");
        assertThat(ended.path("failure").path("code").asString()).isEqualTo("queue-timeout");
        assertThat(ended.path("failure").path("category").asString()).isEqualTo("timeout");
        assertThat(runs).allSatisfy(run -> assertThat(status(run)).isEqualTo("running"));
        Files.createFile(folder.resolve("go"));
        runs.forEach(api::awaitEnd);
    }

    @Test
    void a_pending_run_is_cancelled_at_once_though_no_place_is_free() throws IOException {
        List<String> runs = Stream.generate(this::works).limit(2).toList();
        awaitWorking(2);
        String pending = api.run("quick", "{}");
        assertThat(status(pending)).isEqualTo("pending");

        api.post("/runs/" + pending + "/cancel", "{}");

        assertThat(api.awaitEnd(pending).path("status").asString()).isEqualTo("cancelled");
        assertThat(runs).allSatisfy(run -> assertThat(status(run)).isEqualTo("running"));
        Files.createFile(folder.resolve("go"));
        runs.forEach(api::awaitEnd);
    }

    @Test
    void a_run_that_cannot_be_read_fails_alone_and_the_queue_goes_on() throws IOException {
        List<String> runs = Stream.generate(this::works).limit(2).toList();
        awaitWorking(2);
        String unreadable = api.run("quick", "{}");
        String behind = api.run("quick", "{}");
        sealBadly(unreadable);
        Files.createFile(folder.resolve("go"));

        assertThat(api.awaitEnd(behind).path("status").asString()).isEqualTo("success");
        runs.forEach(api::awaitEnd);
        assertThat(api.awaitEnd(unreadable).path("failure").path("code").asString())
                .isEqualTo("not-drivable");
    }

    @Test
    void a_run_that_cannot_be_read_fails_when_the_run_that_it_has_started_has_ended() {
        server.job("patient").config("""
            composition: steps
            steps: [{id: ready, type: signal, signal: {name: go}}]
            """);
        server.job("asks").config("""
            composition: steps
            steps: [{id: child, type: job, job: patient}]
            """);
        String parent = api.run("asks", "{}");
        String child = api.await(parent, run -> run.path("status").asString().equals("waiting"))
                .path("steps")
                .path(0)
                .path("child_run_id")
                .asString();
        sealBadly(parent);
        // Somebody has to take it up to find out.
        api.post("/runs/" + parent + "/pause", "{}");

        JsonNode failed = api.awaitEnd(parent);

        assertThat(failed.path("failure").path("code").asString()).isEqualTo("not-drivable");
        JsonNode ended = api.get("/runs/" + child).json();
        assertThat(ended.path("status").asString()).isEqualTo("cancelled");
        assertThat(ended.path("failure").path("message").asString()).contains(parent);
        assertThat(Instant.parse(ended.path("finished_at").asString()))
                .isBeforeOrEqualTo(Instant.parse(failed.path("finished_at").asString()));
    }

    private String works() {
        return api.run("works", "{\"folder\": \"" + folder + "\"}");
    }

    private String status(String run) {
        return api.get("/runs/" + run).json().path("status").asString();
    }

    private void awaitWorking(int count) {
        Awaitility.await("runs at work").until(() -> {
            try (Stream<Path> marks = Files.list(folder)) {
                return marks.filter(mark -> mark.toString().endsWith(".works")).count() == count;
            }
        });
    }

    private void sealBadly(String runId) {
        int sealed = Objects.requireNonNull(Tenancy.allTenants(() -> server.bean(TransactionTemplate.class)
                .execute(transaction -> server.bean(JdbcClient.class)
                        .sql("INSERT INTO run_secret (run_id, tenant, sealed) VALUES (?, 'default', 'no sealed text')")
                        .param(RunId.parse(runId).orElseThrow().value())
                        .update())));
        assertThat(sealed).isEqualTo(1);
    }
}
