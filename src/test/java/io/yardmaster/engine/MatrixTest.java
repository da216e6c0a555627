package io.yardmaster.engine;

import static io.yardmaster.engine.EndedRun.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Steps that are run several times. */
class MatrixTest {

    private static final TestServer SERVER = TestServer.shared();
    private static final ApiClient API = SERVER.client();

    @TempDir
    Path marks;

    @BeforeAll
    static void writeJobs() {
        SERVER.job("matrix/compute").config("""
            composition: steps
            argspec: {type: object, properties: {from: {type: integer, default: 1}}}
            steps:
              - {id: square, type: eval, matrix: {n: [1, 2, 3], sign: ["+", "-"]}, when: "matrix.n >= args.from",
                 values: {it: "matrix.sign + string(matrix.n * matrix.n)"}}
              - {id: first, needs: [square], type: eval,
                 values: {all: "steps.square.outputs.map(one, has(one.it) ? one.it : 'none')"}}
            """);
        SERVER.job("matrix/programs").config("""
            composition: steps
            argspec: {type: object, properties: {failing: {type: string, default: none}, marks: {type: string}}}
            steps:
              - {id: before, inline: 'echo "before" > from-before'}
              - id: test
                needs: [before]
                matrix: {suite: [unit, web, load], n: [7]}
                max_parallel: 2
                fail_fast: false
                outputs: {it: {type: string}}
                inline: |
                  echo "$YM_STEP_ID $YM_MATRIX_SUITE $YM_MATRIX_N $(cat from-before)"
                  echo "it=$YM_MATRIX_SUITE" >> "$YM_OUTPUT"
                  echo x >> "$YM_ARG_MARKS/ran-$YM_MATRIX_SUITE"
                  if [ "$YM_MATRIX_SUITE" = "$YM_ARG_FAILING" ] && [ ! -e "$YM_ARG_MARKS/mended" ]; then exit 3; fi
              - {id: after, needs: [test], type: eval, values: {all: "steps.test.outputs.map(one, one.it)"}}
            """);
        SERVER.job("matrix/paced").config("""
            composition: steps
            argspec: {type: object, properties: {marks: {type: string}}}
            steps:
              - id: part
                matrix: {n: [0, 1, 2, 3, 4]}
                max_parallel: 2
                inline: |
                  touch "$YM_ARG_MARKS/began-$YM_MATRIX_N"
                  until [ -e "$YM_ARG_MARKS/go-on-$YM_MATRIX_N" ]; do sleep 0.05; done
            """);
        SERVER.job("matrix/fast").config("""
            composition: steps
            argspec: {type: object, properties: {marks: {type: string}}}
            steps:
              - id: part
                matrix: {n: [0, 1, 2, 3]}
                max_parallel: 3
                retry: {attempts: 3, backoff: 1h, match: ["exit:9"]}
                inline: |
                  touch "$YM_ARG_MARKS/began-$YM_MATRIX_N"
                  if [ "$YM_MATRIX_N" = 1 ]; then exit 9; fi
                  until [ -e "$YM_ARG_MARKS/go-on" ]; do sleep 0.05; done
                  if [ "$YM_MATRIX_N" = 2 ]; then exit 4; fi
                  sleep 600
              - {id: tidy, needs: [part], when: "failure()", type: eval, values: {code: "steps.part.failure_code"}}
            """);
        SERVER.job("matrix/skipped").config("""
            composition: steps
            steps:
              - {id: none, type: eval, matrix: {n: [1, 2]}, when: "matrix.n > 5", values: {it: "1"}}
              - {id: next, needs: [none], type: eval, values: {it: "steps.none.status"}}
              - {id: bad, type: eval, values: {it: "1 / (steps.next.outputs.it == 'skipped' ? 0 : 1)"}, needs: [next]}
              - {id: below, needs: [bad], type: eval, matrix: {n: [1, 2]}, values: {it: "1"}}
              - {id: anyway, needs: [bad], type: eval, matrix: {n: [1, 2]}, when: "failure() && matrix.n == 2",
                 values: {it: "matrix.n"}}
            """);
    }

    @Test
    void outputs_come_in_the_order_of_the_instances_and_a_condition_is_each_ones_own() {
        JsonNode ended = API.awaitEnd(API.run("matrix/compute", "{\"from\": 2}"));

        assertThat(ended.path("result").path("value"))
                .isEqualTo(json("{\"all\": [\"none\", \"none\", \"+4\", \"-4\", \"+9\", \"-9\"]}"));
        assertThat(states(ended))
                .containsEntry("square", "success")
                .containsEntry("square.0", "skipped")
                .containsEntry("square.5", "success");
        assertThat(ended.path("steps")
                        .valueStream()
                        .map(step -> step.path("step_id").asString()))
                .containsExactly(
                        "square", "square.0", "square.1", "square.2", "square.3", "square.4", "square.5", "first");
    }

    @Test
    void each_instance_is_a_step_with_values_output_and_attempts_of_its_own() {
        EndedRun run = EndedRun.of(API, "matrix/programs", "{\"marks\": \"" + marks + "\"}");

        assertThat(run.status()).as("%s", run.run()).isEqualTo("success");
        assertThat(run.output("test.2")).containsExactly("test.2 load 7 before");
        assertThat(run.result()).isEqualTo(json("{\"all\": [\"unit\", \"web\", \"load\"]}"));
        JsonNode step = API.get("/runs/" + run.id() + "/steps/test.1").json();
        assertThat(step.path("matrix")).isEqualTo(json("{\"suite\": \"web\", \"n\": 7}"));
        assertThat(step.path("matrix_step").asString()).isEqualTo("test");
        assertThat(step.path("attempts").size()).isEqualTo(1);
        assertThat(API.get("/runs/" + run.id() + "/steps/test.3").status()).isEqualTo(404);
        String logs = "/runs/" + run.id() + "/logs?format=text&step_id=";
        assertThat(API.get(logs + "test.1").body()).isEqualTo("test.1 web 7 before\n");
        assertThat(API.get(logs + "test").body().lines())
                .containsExactlyInAnyOrder("test.0 unit 7 before", "test.1 web 7 before", "test.2 load 7 before");
        assertThat(API.get(logs + "test&tail=1").body().lines()).hasSize(1);
        for (Answer unknown : List.of(
                API.get(logs + "test.3"), API.post("/runs/" + run.id() + "/rerun", "{\"from_step\": \"test.3\"}"))) {
            assertThat(unknown.status()).as(unknown.body()).isEqualTo(404);
            assertThat(unknown.json().path("detail").asString())
                    .contains("Its steps are before, test (test.0 to test.2), after.");
        }
        assertThat(run.events("step.started", "test")
                        .getFirst()
                        .path("instances")
                        .asInt())
                .isEqualTo(3);
        assertThat(run.events("step.started", "test.0").getFirst().path("matrix"))
                .isEqualTo(json("{\"suite\": \"unit\", \"n\": 7}"));
        JsonNode frames =
                API.get("/runs/" + run.id() + "/frames?limit=1000").json().path("frames");
        assertThat(states(frames.path(frames.size() - 1))).isEqualTo(states(run.run()));
    }

    @Test
    void nothing_is_tried_again_in_a_matrix_that_has_failed_meanwhile() throws IOException {
        SERVER.job("matrix/again").config("""
            composition: steps
            argspec: {type: object, properties: {marks: {type: string}}}
            steps:
              - id: part
                matrix: {n: [0, 1]}
                retry: {attempts: 3, backoff: 500ms, match: ["exit:9"]}
                inline: |
                  until [ -e "$YM_ARG_MARKS/go-on-$YM_MATRIX_N" ]; do sleep 0.05; done
                  if [ "$YM_MATRIX_N" = 0 ]; then exit 9; fi
                  exit 4
            """);
        String run = API.run("matrix/again", "{\"marks\": \"" + marks + "\"}");
        API.await(run, seen -> "running".equals(states(seen).get("part.0")));
        // Paused, it starts nothing; what ends is told.
        API.post("/runs/" + run + "/pause", "{}");
        Files.createFile(marks.resolve("go-on-0"));
        API.await(run, seen -> "waiting".equals(states(seen).get("part.0")));
        Instant due = Instant.now().plusSeconds(1);
        Files.createFile(marks.resolve("go-on-1"));
        API.await(run, seen -> "failed".equals(states(seen).get("part.1")));
        API.await(run, seen -> seen.path("status").asString().equals("paused"));
        await().until(() -> Instant.now().isAfter(due));

        API.post("/runs/" + run + "/resume", "{}");

        EndedRun ended = EndedRun.of(API, run);
        assertThat(states(ended.run())).containsEntry("part.0", "cancelled").containsEntry("part", "failed");
        assertThat(ended.events("step.started", "part.0")).hasSize(1);
    }

    @Test
    void the_plan_shows_the_instances() {
        Answer plan = API.post("/plans", "{\"job_id\": \"matrix/programs\", \"args\": {\"marks\": \"x\"}}");

        JsonNode matrix = plan.json().path("steps").path(1).path("matrix");
        assertThat(matrix.path("max_parallel").asInt()).isEqualTo(2);
        assertThat(matrix.path("fail_fast").asBoolean()).isFalse();
        assertThat(matrix.path("instances").path(2))
                .isEqualTo(json("{\"step_id\": \"test.2\", \"matrix\": {\"suite\": \"load\", \"n\": 7}}"));
    }

    @Test
    void no_more_instances_run_at_once_than_the_step_allows() throws IOException {
        String run = API.run("matrix/paced", "{\"marks\": \"" + marks + "\"}");
        awaitMarks("began-0", "began-1");
        assertThat(states(API.get("/runs/" + run).json()))
                .containsEntry("part", "running")
                .containsEntry("part.1", "running")
                .containsEntry("part.2", "pending");

        mark("go-on-1");
        awaitMarks("began-2");
        assertThat(Files.exists(marks.resolve("began-3"))).isFalse();
        for (int i : List.of(0, 2, 3, 4)) {
            mark("go-on-" + i);
        }

        assertThat(API.awaitEnd(run).path("status").asString()).isEqualTo("success");
        assertThat(atOnce(API.events(run))).isEqualTo(2);
    }

    @Test
    void the_first_failure_ends_the_other_instances() throws IOException {
        String run = API.run("matrix/fast", "{\"marks\": \"" + marks + "\"}");
        API.await(run, seen -> "waiting".equals(states(seen).get("part.1")));
        awaitMarks("began-0", "began-2");
        mark("go-on");

        JsonNode ended = API.awaitEnd(run);

        assertThat(states(ended))
                .containsEntry("part.0", "cancelled")
                .containsEntry("part.1", "cancelled")
                .containsEntry("part.2", "failed")
                .containsEntry("part.3", "cancelled")
                .containsEntry("part", "failed")
                .containsEntry("tidy", "success");
        assertThat(ended.path("failure").path("step_id").asString()).isEqualTo("part.2");
        assertThat(ended.path("failure").path("code").asString()).isEqualTo("exit-code");
        assertThat(Files.exists(marks.resolve("began-3"))).isFalse();
    }

    @Test
    void a_step_without_instances_is_skipped_and_one_after_a_failure_too() {
        JsonNode ended = API.awaitEnd(API.run("matrix/skipped", "{}"));

        assertThat(states(ended))
                .isEqualTo(Map.ofEntries(
                        Map.entry("none", "skipped"),
                        Map.entry("none.0", "skipped"),
                        Map.entry("none.1", "skipped"),
                        Map.entry("next", "success"),
                        Map.entry("bad", "failed"),
                        Map.entry("below", "skipped"),
                        Map.entry("below.0", "skipped"),
                        Map.entry("below.1", "skipped"),
                        Map.entry("anyway", "success"),
                        Map.entry("anyway.0", "skipped"),
                        Map.entry("anyway.1", "success")));
    }

    @Test
    void what_is_left_is_done_by_a_rerun_instance_by_instance() throws IOException {
        String args = "{\"marks\": \"" + marks + "\", \"failing\": \"web\"}";
        String failed = API.run("matrix/programs", args);
        JsonNode before = API.awaitEnd(failed);
        assertThat(states(before))
                .containsEntry("test.0", "success")
                .containsEntry("test.1", "failed")
                .containsEntry("test.2", "success")
                .containsEntry("test", "failed")
                .containsEntry("after", "skipped");
        mark("mended");

        JsonNode rest = API.awaitEnd(API.post("/runs/" + failed + "/resume", "{}")
                .json()
                .path("run_id")
                .asString());
        assertThat(rest.path("status").asString()).as("%s", rest).isEqualTo("success");
        assertThat(ran()).isEqualTo(Map.of("unit", 1, "web", 2, "load", 1));

        JsonNode step = rerun(rest.path("run_id").asString(), "test");
        assertThat(step.path("result").path("value")).isEqualTo(json("{\"all\": [\"unit\", \"web\", \"load\"]}"));
        assertThat(ran()).isEqualTo(Map.of("unit", 2, "web", 3, "load", 2));

        JsonNode one = rerun(step.path("run_id").asString(), "test.2");
        assertThat(one.path("result").path("value")).isEqualTo(json("{\"all\": [\"unit\", \"web\", \"load\"]}"));
        assertThat(ran()).isEqualTo(Map.of("unit", 2, "web", 3, "load", 3));
        assertThat(one.path("steps").path(1).path("step_id").asString()).isEqualTo("test");
    }

    @Test
    void a_cancel_ends_all_instances() throws IOException {
        String run = API.run("matrix/paced", "{\"marks\": \"" + marks + "\"}");
        awaitMarks("began-0", "began-1");

        API.post("/runs/" + run + "/cancel", "{\"grace\": \"1s\"}");

        JsonNode ended = API.awaitEnd(run);
        assertThat(ended.path("status").asString()).isEqualTo("cancelled");
        assertThat(states(ended).values()).containsOnly("cancelled");
        List<String> finished = API.events(run).stream()
                .filter(event -> event.path("type").asString().equals("step.finished"))
                .map(event -> event.path("step_id").asString())
                .toList();
        assertThat(finished.getLast()).isEqualTo("part");
    }

    private JsonNode rerun(String run, String fromStep) {
        Answer answer = API.post("/runs/" + run + "/rerun", "{\"from_step\": \"" + fromStep + "\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        JsonNode ended = API.awaitEnd(answer.json().path("run_id").asString());
        assertThat(ended.path("status").asString()).as("%s", ended).isEqualTo("success");
        return ended;
    }

    private Map<String, Integer> ran() throws IOException {
        try (var files = Files.list(marks)) {
            return files.filter(file -> file.getFileName().toString().startsWith("ran-"))
                    .collect(Collectors.toMap(
                            file -> file.getFileName().toString().substring(4), MatrixTest::lines));
        }
    }

    private static int lines(Path file) {
        try {
            return Files.readAllLines(file).size();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** How many instances were under way at the same time, as the log tells. */
    private static int atOnce(List<JsonNode> events) {
        int most = 0;
        int now = 0;
        for (JsonNode event : events) {
            if (event.path("step_id").asString("").contains(".")) {
                switch (event.path("type").asString()) {
                    case "step.started" -> now++;
                    case "step.finished" -> now--;
                    default -> {}
                }
                most = Math.max(most, now);
            }
        }
        return most;
    }

    private void mark(String name) throws IOException {
        Files.writeString(marks.resolve(name), "");
    }

    private void awaitMarks(String... names) {
        await().until(() -> List.of(names).stream().allMatch(name -> Files.exists(marks.resolve(name))));
    }

    private static Map<String, String> states(JsonNode run) {
        return run.path("steps")
                .valueStream()
                .collect(Collectors.toMap(
                        step -> step.path("step_id").asString(),
                        step -> step.path("status").asString()));
    }
}
