package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.kernel.RunId;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.Replicas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Runs that start runs, and steps with a matrix, on two servers with one place each, which are killed in between. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ChildRunsOnTwoServersTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String ROLE = "yardmaster";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path root;

    private static Replicas replicas;
    private static Path marks;

    @BeforeAll
    static void start() throws IOException {
        marks = Files.createDirectories(root.resolve("marks"));
        replicas = new Replicas(
                root.resolve("replicas"),
                2,
                "--yardmaster.engine.max-concurrent-runs=1",
                "--yardmaster.engine.orphan-grace=90s");
        replicas.job("busy").config("""
            composition: steps
            argspec: {type: object, properties: {marks: {type: string}}}
            steps:
              - {id: hold, inline: 'until [ -e "$YM_ARG_MARKS/parent-goes-on" ]; do sleep 0.05; done'}
              - {id: child, type: job, job: kid, args: {marks: "${{ args.marks }}"}}
              - {id: after, needs: [hold, child], type: eval, values: {it: "steps.child.outputs.it"}}
            """);
        replicas.job("kid").config("""
            composition: steps
            argspec: {type: object, properties: {marks: {type: string}}}
            steps:
              - {id: hold, inline: 'until [ -e "$YM_ARG_MARKS/child-goes-on" ]; do sleep 0.05; done'}
              - {id: main, needs: [hold], type: eval, values: {it: "'done'"}}
            """);
        replicas.job("fork").config("""
            composition: steps
            steps:
              - {id: ready, type: signal, signal: {name: go}}
              - {id: kids, needs: [ready], type: job, job: leaf, matrix: {n: [5, 6, 7]}, args: {n: "${{ matrix.n }}"}}
              - {id: all, needs: [kids], type: eval, values: {all: "steps.kids.outputs.map(one, one.n)"}}
            """);
        replicas.job("leaf").config("""
            composition: steps
            argspec: {type: object, properties: {n: {type: integer}}}
            steps:
              - {id: main, type: eval, values: {n: "args.n"}}
            """);
        replicas.job("paced").config("""
            composition: steps
            argspec: {type: object, properties: {marks: {type: string}}}
            steps:
              - id: part
                matrix: {n: [0, 1, 2, 3]}
                max_parallel: 2
                inline: |
                  echo "$YM_ATTEMPT" >> "$YM_ARG_MARKS/part-$YM_MATRIX_N"
                  until [ -e "$YM_ARG_MARKS/parts-go-on" ]; do sleep 0.05; done
            """);
        replicas.start();
    }

    @AfterAll
    static void end() throws IOException {
        for (String mark : List.of("parent-goes-on", "child-goes-on", "parts-go-on")) {
            mark(mark);
        }
        replicas.close();
    }

    @Test
    @Order(1)
    void a_parent_learns_while_it_works_of_the_end_of_a_child_on_another_server() throws IOException {
        String parent = api(0).run("busy", "{\"marks\": \"" + marks + "\"}");
        await().atMost(PATIENCE).until(() -> replicas.owner(parent) >= 0);
        int owner = replicas.owner(parent);
        // Its own server has no place left.
        List<String> children = awaitChildren(parent, 1);
        await().atMost(PATIENCE).until(() -> replicas.owner(children.getFirst()) == 1 - owner);

        mark("child-goes-on");
        JsonNode seen = api(1 - owner).await(parent, run -> state(run, "child").equals("success"));
        assertThat(state(seen, "hold")).isEqualTo("running");
        assertThat(replicas.owner(parent)).isEqualTo(owner);
        long took = time(parent, "step.finished", "child") - time(children.getFirst(), "run.finished", null);
        System.out.println("told on the other server " + took + " ms after the end of the child");

        mark("parent-goes-on");
        assertThat(api(owner).awaitEnd(parent).path("status").asString()).isEqualTo("success");
    }

    /** Last, for it leaves one server only. */
    @Test
    @Order(3)
    void runs_that_a_killed_server_was_about_to_start_are_started_once_by_another() throws SQLException {
        String parent = api(0).run("fork", "{}");
        api(0).await(parent, run -> run.path("status").asString().equals("waiting"));
        List<UUID> chosen;
        int owner;
        try (Connection obstacle = DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + replicas.postgres().port() + "/" + ROLE, ROLE, "any")) {
            obstacle.setAutoCommit(false);
            try (var lock = obstacle.createStatement()) {
                // No run can be stored; what is under way goes on.
                lock.execute("LOCK TABLE run IN SHARE MODE");
            }
            api(0).post("/runs/" + parent + "/signals/go", "{\"payload\": {}}");
            await().atMost(PATIENCE).until(() -> chosen(parent).size() == 3 && replicas.owner(parent) >= 0);
            chosen = chosen(parent);
            owner = replicas.owner(parent);
            replicas.server(owner).kill();
            obstacle.rollback();
        }
        assertThat(children(parent)).isEmpty();

        JsonNode ended = api(1 - owner).awaitEnd(parent);

        assertThat(ended.path("status").asString()).as("%s", ended).isEqualTo("success");
        assertThat(ended.path("result").path("value").toString()).isEqualTo("{\"all\":[5,6,7]}");
        List<UUID> started = children(parent).stream()
                .map(run -> RunId.parse(run).orElseThrow().value())
                .toList();
        assertThat(started).containsExactlyInAnyOrderElementsOf(chosen(parent));
        // What is started late is as old as its start: its times are reckoned from its id.
        assertThat(started).hasSize(3).doesNotContainAnyElementsOf(chosen);
        String path = "/runs/" + parent;
        JsonNode told = api(1 - owner).get(path + "?at_seq=99999").json();
        assertThat(childIds(told))
                .hasSize(3)
                .isEqualTo(childIds(api(1 - owner).get(path).json()));
    }

    @Test
    @Order(2)
    void the_instances_of_a_matrix_outlive_their_server() throws IOException {
        String run = api(0).run("paced", "{\"marks\": \"" + marks + "\"}");
        await().atMost(PATIENCE).until(() -> began() == 2);
        int owner = replicas.owner(run);

        replicas.server(owner).kill();
        replicas.server(owner).start();
        mark("parts-go-on");

        JsonNode ended = api(owner).awaitEnd(run);
        assertThat(ended.path("status").asString()).as("%s", ended).isEqualTo("success");
        assertThat(began()).isEqualTo(4);
        for (int i = 0; i < 4; i++) {
            assertThat(Files.readAllLines(marks.resolve("part-" + i))).containsExactly("1");
        }
    }

    private static long began() throws IOException {
        try (var files = Files.list(marks)) {
            return files.filter(file -> file.getFileName().toString().startsWith("part-"))
                    .count();
        }
    }

    private static List<UUID> chosen(String parent) {
        return replicas.sql()
                .sql("SELECT child_run_id FROM step WHERE run_id = :run AND child_run_id IS NOT NULL")
                .param("run", RunId.parse(parent).orElseThrow().value())
                .query((row, number) -> Objects.requireNonNull(row.getObject("child_run_id", UUID.class)))
                .list();
    }

    private static List<String> children(String parent) {
        return replicas.sql()
                .sql("SELECT run_id FROM run WHERE parent_run_id = :run")
                .param("run", RunId.parse(parent).orElseThrow().value())
                .query((row, number) -> new RunId(row.getObject("run_id", UUID.class)).toString())
                .list();
    }

    private static Set<String> childIds(JsonNode run) {
        return run.path("steps")
                .valueStream()
                .filter(step -> step.hasNonNull("child_run_id"))
                .map(step -> step.path("child_run_id").asString())
                .collect(Collectors.toSet());
    }

    private static List<String> awaitChildren(String parent, int count) {
        return await().atMost(PATIENCE).until(() -> children(parent), found -> found.size() == count);
    }

    private static long time(String run, String type, @Nullable String step) {
        return api(0).events(run).stream()
                .filter(event -> event.path("type").asString().equals(type))
                .filter(event ->
                        step == null || event.path("step_id").asString("").equals(step))
                .map(event -> Instant.parse(event.path("timestamp").asString()).toEpochMilli())
                .findFirst()
                .orElseThrow();
    }

    private static String state(JsonNode run, String stepId) {
        return run.path("steps")
                .valueStream()
                .filter(step -> step.path("step_id").asString().equals(stepId))
                .map(step -> step.path("status").asString())
                .findFirst()
                .orElse("");
    }

    private static ApiClient api(int server) {
        return replicas.server(server).client();
    }

    private static void mark(String name) throws IOException {
        Files.writeString(marks.resolve(name), "");
    }
}
