package io.yardmaster.engine;

import static io.yardmaster.engine.EndedRun.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Steps that run other jobs. */
class ChildRunsTest {

    private static final TestServer SERVER = TestServer.shared();
    private static final ApiClient API = SERVER.client();

    @BeforeAll
    static void writeJobs() {
        SERVER.job("family/leaf").config("""
            composition: steps
            argspec: {type: object, required: [n], properties: {n: {type: integer}, fail: {type: boolean, default: false}}}
            steps:
              - {id: main, type: eval, values: {n: "args.n / (args.fail ? 0 : 1)", by: "run.id"}}
            result: {twice: "${{ steps.main.outputs.n + steps.main.outputs.n }}", by: "${{ run.id }}"}
            """);
        SERVER.job("family/number").config("""
            composition: steps
            steps:
              - {id: main, inline: 'echo 42 > "$YM_RESULT"'}
            """);
        SERVER.job("family/parent").config("""
            composition: steps
            argspec: {type: object, properties: {fail: {type: boolean, default: false}}}
            steps:
              - {id: first, type: eval, values: {n: "20 + 1"}}
              - {id: child, needs: [first], type: job, job: family/leaf,
                 args: {n: "${{ steps.first.outputs.n }}", fail: "${{ args.fail }}"}}
              - {id: other, type: job, job: family/number}
              - {id: sum, needs: [child, other], type: eval, values: {it: "steps.child.outputs.twice + steps.other.outputs.result"}}
            """);
        SERVER.job("family/lenient").config("""
            composition: steps
            steps:
              - {id: child, type: job, job: family/leaf, args: {n: 1, fail: true}, on_failure: continue,
                 retry: {attempts: 2, backoff: 10ms}}
              - {id: told, needs: [child], type: eval,
                 values: {it: "steps.child.outputs.status + ' ' + steps.child.outputs.failure.category"}}
            """);
        SERVER.job("family/waits").config("""
            composition: steps
            steps:
              - {id: ready, type: signal, signal: {name: go}}
            """);
        SERVER.job("family/patient").config("""
            composition: steps
            steps:
              - {id: child, type: job, job: family/waits}
              - {id: after, needs: [child], type: eval, values: {it: "'went on'"}}
            """);
        SERVER.job("family/ancestor").config("""
            composition: steps
            steps:
              - {id: middle, type: job, job: family/patient}
            """);
        SERVER.job("family/keyed").config("""
            composition: steps
            concurrency: {key: family-one-key}
            steps:
              - {id: main, type: eval, values: {it: "1"}}
            """);
        SERVER.job("family/keeper").config("""
            composition: steps
            concurrency: {key: family-one-key}
            steps:
              - {id: child, type: job, job: family/keyed}
            """);
        SERVER.job("family/gated").config("""
            composition: steps
            steps:
              - {id: gate, type: approval, approval: {title: "Go on?"}}
            """);
        SERVER.job("family/asks").config("""
            composition: steps
            steps:
              - {id: child, type: job, job: family/gated}
            """);
        SERVER.job("family/many").config("""
            composition: steps
            steps:
              - {id: each, type: job, job: family/leaf, matrix: {n: [3, 1, 2]}, max_parallel: 2,
                 args: {n: "${{ matrix.n }}"}}
              - {id: all, needs: [each], type: eval, values: {all: "steps.each.outputs.map(one, one.twice)"}}
            """);
        SERVER.job("family/hasty").config("""
            composition: steps
            steps:
              - {id: waits, type: job, job: family/switch, matrix: {fail: [false, true, false]}, max_parallel: 2,
                 args: {fail: "${{ matrix.fail }}"}}
            """);
        SERVER.job("family/switch").config("""
            composition: steps
            argspec: {type: object, properties: {fail: {type: boolean}}}
            steps:
              - {id: ready, type: signal, signal: {name: go}}
              - {id: main, needs: [ready], type: eval, values: {it: "1 / (args.fail ? 0 : 1)"}}
            """);
        SERVER.job("family/crowd").config("""
            composition: steps
            steps:
              - {id: each, type: job, job: family/waits, matrix: {a: [%1$s], b: [%1$s]}}
              - {id: more, type: job, job: family/waits, matrix: {a: [%1$s], b: [%1$s]}}
            """.formatted(
                        IntStream.range(0, 16).mapToObj(String::valueOf).collect(Collectors.joining(", "))));
        SERVER.job("family/once").config("""
            composition: steps
            steps:
              - {id: ready, type: signal, signal: {name: go}}
              - {id: child, needs: [ready], type: job, job: family/changing}
            """);
    }

    @Test
    void a_step_gives_a_run_its_arguments_and_gets_its_result() {
        EndedRun parent = EndedRun.of(API, "family/parent", "{}");

        assertThat(parent.status()).as("%s", parent.run()).isEqualTo("success");
        assertThat(parent.result()).isEqualTo(json("{\"it\": 84}"));
        String child = parent.step("child").path("child_run_id").asString();
        JsonNode ended = API.get("/runs/" + child).json();
        assertThat(ended.path("args")).isEqualTo(json("{\"n\": 21, \"fail\": false}"));
        assertThat(ended.path("parent_run_id").asString()).isEqualTo(parent.id());
        assertThat(ended.path("provenance").path("submitted_by").asString()).isEqualTo("dev");
        assertThat(parent.step("child").path("outputs").path("by").asString()).isEqualTo(child);
        assertThat(API.get("/runs?parent_run_id=" + parent.id())
                        .json()
                        .path("runs")
                        .size())
                .isEqualTo(2);
        assertThat(parent.events("step.waiting", "child")
                        .getFirst()
                        .path("child_run_id")
                        .asString())
                .isEqualTo(child);
        assertThat(API.events(child).getFirst().path("parent_step_id").asString())
                .isEqualTo("child");
        JsonNode frames =
                API.get("/runs/" + parent.id() + "/frames?limit=1000").json().path("frames");
        assertThat(states(frames.path(frames.size() - 1))).isEqualTo(states(parent.run()));
    }

    @Test
    void a_run_that_fails_fails_the_step_with_its_category() {
        EndedRun parent = EndedRun.of(API, "family/parent", "{\"fail\": true}");

        assertThat(parent.status()).isEqualTo("failed");
        assertThat(parent.failure("category")).isEqualTo("application");
        assertThat(parent.failure("code")).isEqualTo("child-failed");
        assertThat(parent.failure("step_id")).isEqualTo("child");
        assertThat(parent.failure("message"))
                .contains(parent.step("child").path("child_run_id").asString(), "family/leaf", "has no value");
    }

    @Test
    void a_failure_may_be_told_instead_and_a_further_attempt_is_another_run() {
        EndedRun parent = EndedRun.of(API, "family/lenient", "{}");

        assertThat(parent.status()).as("%s", parent.run()).isEqualTo("success");
        assertThat(parent.result()).isEqualTo(json("{\"it\": \"failed application\"}"));
        assertThat(API.get("/runs?parent_run_id=" + parent.id())
                        .json()
                        .path("runs")
                        .size())
                .isEqualTo(2);
        assertThat(parent.types()).contains("step.retrying");
        JsonNode frames =
                API.get("/runs/" + parent.id() + "/frames?limit=1000").json().path("frames");
        assertThat(states(frames.path(frames.size() - 1))).isEqualTo(states(parent.run()));
    }

    @Test
    void a_run_that_waits_for_another_holds_nothing_and_goes_on_when_that_has_ended() {
        String parent = API.run("family/patient", "{}");
        String child = child(parent, "child");
        JsonNode waiting = API.await(
                parent,
                run -> run.path("status").asString().equals("waiting")
                        && run.path("owner").isMissingNode());
        assertThat(waiting.path("wait").path("reason").asString()).isEqualTo("child");
        assertThat(waiting.path("wait").path("step_ids").path(0).asString()).isEqualTo("child");

        signal(child);

        EndedRun ended = EndedRun.of(API, parent);
        assertThat(ended.status()).isEqualTo("success");
        long end = time(API.events(child).getLast());
        long woken = time(ended.events("step.finished", "child").getFirst());
        System.out.println("woken " + (woken - end) + " ms after the end of the child");
    }

    @Test
    void a_cancel_goes_down_through_all_generations() {
        String ancestor = API.run("family/ancestor", "{}");
        String parent = child(ancestor, "middle");
        String child = child(parent, "child");
        API.await(child, run -> run.path("status").asString().equals("waiting"));

        assertThat(API.post("/runs/" + ancestor + "/cancel", "{\"reason\": \"enough\"}")
                        .status())
                .isEqualTo(202);

        JsonNode ended = API.awaitEnd(ancestor);
        assertThat(ended.path("status").asString()).isEqualTo("cancelled");
        // It is over when they are.
        for (String below : List.of(parent, child)) {
            JsonNode run = API.get("/runs/" + below).json();
            assertThat(run.path("status").asString()).isEqualTo("cancelled");
            assertThat(run.path("failure").path("message").asString()).contains("enough");
            assertThat(run.path("finished_at").asString())
                    .isLessThanOrEqualTo(ended.path("finished_at").asString());
        }
        assertThat(API.get("/runs/" + child)
                        .json()
                        .path("failure")
                        .path("message")
                        .asString())
                .contains(parent);
    }

    @Test
    void a_run_that_somebody_cancels_fails_the_step() {
        String parent = API.run("family/patient", "{}");
        String child = child(parent, "child");
        API.post("/runs/" + child + "/cancel", "{\"reason\": \"not this one\"}");

        JsonNode ended = API.awaitEnd(parent);

        assertThat(ended.path("status").asString()).isEqualTo("failed");
        assertThat(ended.path("failure").path("code").asString()).isEqualTo("child-cancelled");
        assertThat(ended.path("failure").path("category").asString()).isEqualTo("cancellation");
        assertThat(ended.path("failure").path("message").asString()).contains("not this one");
    }

    @Test
    void a_paused_parent_learns_of_the_end_when_it_goes_on() {
        String parent = API.run("family/patient", "{}");
        String child = child(parent, "child");
        API.post("/runs/" + parent + "/pause", "{}");
        API.await(parent, run -> run.path("status").asString().equals("paused"));

        signal(child);
        API.awaitEnd(child);
        API.await(parent, run -> "success".equals(states(run).get("child")));
        assertThat(API.get("/runs/" + parent).json().path("status").asString()).isEqualTo("paused");

        API.post("/runs/" + parent + "/resume", "{}");
        assertThat(API.awaitEnd(parent).path("status").asString()).isEqualTo("success");
    }

    @Test
    void a_run_does_not_wait_for_a_key_that_its_parent_holds() {
        EndedRun first = EndedRun.of(API, "family/keeper", "{}");
        EndedRun second = EndedRun.of(API, "family/keeper", "{}");

        assertThat(List.of(first.status(), second.status())).containsOnly("success");
    }

    @Test
    void of_two_that_wait_for_each_others_keys_the_younger_gives_way() {
        SERVER.job("family/wants").config("""
            composition: steps
            argspec: {type: object, required: [key], properties: {key: {type: string}}}
            concurrency: {key: "${{ args.key }}"}
            steps:
              - {id: main, type: eval, values: {it: "1"}}
            """);
        SERVER.job("family/takes").config("""
            composition: steps
            argspec: {type: object, required: [one, other], properties: {one: {type: string}, other: {type: string}}}
            concurrency: {key: "${{ args.one }}"}
            steps:
              - {id: ready, type: signal, signal: {name: go}}
              - {id: child, needs: [ready], type: job, job: family/wants, args: {key: "${{ args.other }}"},
                 on_failure: continue}
            """);
        List<String> parents = List.of(
                API.run("family/takes", "{\"one\": \"circle-a\", \"other\": \"circle-b\"}"),
                API.run("family/takes", "{\"one\": \"circle-b\", \"other\": \"circle-a\"}"));
        // Who waits here holds its key.
        parents.forEach(
                parent -> API.await(parent, run -> run.path("status").asString().equals("waiting")));
        parents.forEach(ChildRunsTest::signal);

        List<JsonNode> ended = parents.stream().map(API::awaitEnd).toList();

        assertThat(ended).extracting(run -> run.path("status").asString()).containsOnly("success");
        List<JsonNode> children = parents.stream()
                .map(parent -> API.get("/runs/" + child(parent, "child")).json())
                .sorted(Comparator.comparing(run -> run.path("run_id").asString()))
                .toList();
        assertThat(children.getFirst().path("status").asString()).isEqualTo("success");
        assertThat(children.getLast().path("status").asString()).isEqualTo("failed");
        JsonNode failure = children.getLast().path("failure");
        assertThat(failure.path("category").asString()).isEqualTo("resource");
        assertThat(failure.path("code").asString()).isEqualTo("concurrency-deadlock");
        assertThat(failure.path("message").asString()).contains("the concurrency key circle-");
        JsonNode told = ended.stream()
                .map(run -> step(run, "child").path("outputs"))
                .filter(outputs -> outputs.has("failure"))
                .findFirst()
                .orElseThrow();
        assertThat(told.path("failure").path("category").asString()).isEqualTo("resource");
    }

    @Test
    void nobody_approves_his_own_run_by_way_of_a_child() {
        String parent = API.run("family/asks", "{}");
        String child = child(parent, "child");
        API.await(child, run -> run.path("status").asString().equals("waiting"));

        Answer own = API.post("/runs/" + child + "/steps/gate/approve", "{}");
        assertThat(own.status()).as(own.body()).isEqualTo(403);
        assertThat(own.json().path("type").asString()).isEqualTo("/problems/not-allowed-to-decide");

        // Who resumes the parent has a part in it from then on.
        API.post("/runs/" + parent + "/pause", "{}");
        API.await(parent, run -> run.path("status").asString().equals("paused"));
        SERVER.client("ada-token").post("/runs/" + parent + "/resume", "{}");
        assertThat(SERVER.client("ada-token")
                        .post("/runs/" + child + "/steps/gate/approve", "{}")
                        .status())
                .isEqualTo(403);
        assertThat(SERVER.client("ben-token")
                        .post("/runs/" + child + "/steps/gate/approve", "{}")
                        .status())
                .isEqualTo(200);
        assertThat(API.awaitEnd(parent).path("status").asString()).isEqualTo("success");
    }

    @Test
    void a_matrix_of_runs_has_their_outputs_in_its_own_order() {
        EndedRun parent = EndedRun.of(API, "family/many", "{}");

        assertThat(parent.result()).as("%s", parent.run()).isEqualTo(json("{\"all\": [6, 2, 4]}"));
        assertThat(API.get("/runs?parent_run_id=" + parent.id())
                        .json()
                        .path("runs")
                        .size())
                .isEqualTo(3);
    }

    @Test
    void the_first_run_of_a_matrix_that_fails_ends_the_others() {
        String parent = API.run("family/hasty", "{}");
        String slow = child(parent, "waits.0");
        signal(child(parent, "waits.1"));

        JsonNode ended = API.awaitEnd(parent);

        assertThat(states(ended))
                .isEqualTo(
                        Map.of("waits", "failed", "waits.0", "cancelled", "waits.1", "failed", "waits.2", "cancelled"));
        JsonNode other = API.get("/runs/" + slow).json();
        assertThat(other.path("status").asString()).isEqualTo("cancelled");
        assertThat(other.path("failure").path("message").asString())
                .contains(parent + " that has started this one needs it no more");
        assertThat(ended.path("failure").path("step_id").asString()).isEqualTo("waits.1");
    }

    @Test
    void a_cancel_is_heard_while_runs_are_being_started_and_leaves_none_behind() {
        String parent = API.run("family/crowd", "{}");
        String children = "/runs?limit=1000&parent_run_id=" + parent;
        await().atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> !API.get(children).json().path("runs").isEmpty());

        API.post("/runs/" + parent + "/cancel", "{}");

        JsonNode ended = API.awaitEnd(parent);
        assertThat(ended.path("status").asString()).isEqualTo("cancelled");
        assertThat(states(ended)).hasSize(2 * 257).containsValue("cancelled").doesNotContainValue("success");
        JsonNode started = API.get(children).json().path("runs");
        assertThat(started.size()).as("started before the cancel was heard").isBetween(1, 511);
        assertThat(started.valueStream().map(run -> run.path("status").asString()))
                .containsOnly("cancelled");
    }

    @Test
    void what_was_planned_is_what_is_run_also_of_the_jobs_that_a_job_runs() {
        changing("1");
        Answer plan = API.post("/plans", "{\"job_id\": \"family/once\"}");
        JsonNode called = plan.json().path("steps").path(1).path("job");
        assertThat(called.path("job_id").asString()).isEqualTo("family/changing");
        assertThat(called.path("job_digest").asString())
                .isEqualTo(
                        API.get("/jobs/family/changing").json().path("digest").asString());
        String planned = "{\"plan_id\": \"" + plan.json().path("plan_id").asString() + "\"}";
        String run = API.post("/runs", planned).json().path("run_id").asString();

        changing("2");
        Answer stale = API.post("/runs", planned);
        assertThat(stale.json().path("type").asString()).as(stale.body()).isEqualTo("/problems/plan-stale");
        assertThat(API.post("/plans", "{\"job_id\": \"family/once\"}").json().path("digest"))
                .isNotEqualTo(plan.json().path("digest"));

        signal(run);
        assertThat(API.awaitEnd(run).path("result").path("value")).isEqualTo(json("{\"it\": 1}"));

        String again = API.post("/runs/" + run + "/rerun", "{\"version\": \"pinned\"}")
                .json()
                .path("run_id")
                .asString();
        signal(again);
        assertThat(API.awaitEnd(again).path("result").path("value")).isEqualTo(json("{\"it\": 1}"));
        String now = API.run("family/once", "{}");
        signal(now);
        assertThat(API.awaitEnd(now).path("result").path("value")).isEqualTo(json("{\"it\": 2}"));
    }

    @Test
    void a_parent_can_do_without_a_run_that_was_deleted() {
        EndedRun parent = EndedRun.of(API, "family/parent", "{}");
        String child = parent.step("child").path("child_run_id").asString();
        assertThat(API.send("DELETE", "/runs/" + child, null).status()).isEqualTo(204);

        assertThat(API.get("/runs/" + parent.id()).json().path("result").path("value"))
                .isEqualTo(json("{\"it\": 84}"));
        Answer again = API.post("/runs/" + parent.id() + "/rerun", "{\"from_step\": \"sum\"}");
        JsonNode rerun = API.awaitEnd(again.json().path("run_id").asString());
        assertThat(rerun.path("result").path("value")).as("%s", rerun).isEqualTo(json("{\"it\": 84}"));
        assertThat(API.get("/runs?parent_run_id=" + rerun.path("run_id").asString())
                        .json()
                        .path("runs")
                        .size())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        family/round-a | family/round-b  | circle: family/round-a runs family/round-b runs family/round-a
        family/self    | family/self     | circle: family/self runs family/self
        family/absent  | family/nowhere  | runs family/nowhere, which is not in source test
        family/wrong   | family/leaf     | arguments that it does not take
        """)
    void what_can_never_run_is_refused_when_it_is_planned(String job, String called, String message) {
        SERVER.job("family/round-b").config("""
            composition: steps
            steps: [{id: back, type: job, job: family/round-a}]
            """);
        SERVER.job(job).config("composition: steps\nsteps: [{id: a, type: job, job: " + called + "}]\n");
        for (String path : List.of("/plans", "/runs")) {
            Answer answer = API.post(path, "{\"job_id\": \"" + job + "\"}");
            assertThat(answer.json().path("type").asString()).as(answer.body()).isEqualTo("/problems/job-invalid");
            assertThat(answer.json().path("detail").asString()).contains(message);
        }
        JsonNode detail = API.get("/jobs/" + job).json();
        assertThat(detail.path("runnable").asBoolean()).isFalse();
        assertThat(detail.path("not_runnable_reasons").valueStream().map(JsonNode::asString))
                .anySatisfy(reason -> assertThat(reason).contains(message));
    }

    @Test
    void a_job_is_runnable_where_those_that_it_runs_are() {
        JsonNode detail = API.get("/jobs/family/parent").json();
        assertThat(detail.path("runnable").asBoolean()).isTrue();
        assertThat(detail.path("not_runnable_reasons").isEmpty()).isTrue();
    }

    @Test
    void runs_are_no_deeper_than_eight() {
        for (int i = 0; i < 10; i++) {
            SERVER.job("family/deep" + i)
                    .config(
                            i == 9
                                    ? "inline: echo"
                                    : "composition: steps\nsteps: [{id: a, type: job, job: family/deep" + (i + 1)
                                            + "}]\n");
        }
        assertThat(API.post("/plans", "{\"job_id\": \"family/deep0\"}")
                        .json()
                        .path("detail")
                        .asString())
                .contains("more than 8 runs deep");
        assertThat(API.post("/plans", "{\"job_id\": \"family/deep1\"}").status())
                .isEqualTo(201);
    }

    @Test
    void a_run_starts_no_more_than_ten_thousand_others() {
        String matrix = IntStream.range(0, 100).mapToObj(String::valueOf).collect(Collectors.joining(", "));
        SERVER.job("family/wide").config("""
            composition: steps
            steps: [{id: many, type: job, job: family/number, matrix: {n: [%s]}}]
            """.formatted(matrix));
        SERVER.job("family/wider").config("""
            composition: steps
            steps: [{id: many, type: job, job: family/wide, matrix: {n: [%s]}}]
            """.formatted(matrix));
        SERVER.job("family/just").config("""
            composition: steps
            steps: [{id: many, type: job, job: family/wide, matrix: {n: [%s]}}]
            """.formatted(matrix.replace(", 99", "")));

        Answer refused = API.post("/plans", "{\"job_id\": \"family/wider\"}");
        assertThat(refused.json().path("type").asString()).as(refused.body()).isEqualTo("/problems/job-invalid");
        assertThat(refused.json().path("detail").asString())
                .contains("up to 10100, which is more than the 10000 runs that it may start in all");
        assertThat(API.post("/plans", "{\"job_id\": \"family/just\"}").status()).isEqualTo(201);
    }

    @Test
    void arguments_that_turn_out_wrong_fail_the_step() {
        SERVER.job("family/late").config("""
            composition: steps
            steps:
              - {id: first, type: eval, values: {n: "'no number'"}}
              - {id: child, needs: [first], type: job, job: family/leaf, args: {n: "${{ steps.first.outputs.n }}"}}
              - {id: after, needs: [child], when: "failure()", type: eval, values: {code: "steps.child.failure_code"}}
            """);
        EndedRun parent = EndedRun.of(API, "family/late", "{}");

        assertThat(parent.steps()).containsEntry("child", "failed").containsEntry("after", "success");
        assertThat(parent.failure("code")).isEqualTo("validation-error");
        assertThat(API.get("/runs?parent_run_id=" + parent.id())
                        .json()
                        .path("runs")
                        .size())
                .isZero();
    }

    private static void changing(String value) {
        SERVER.job("family/changing").config("""
            composition: steps
            steps:
              - {id: main, type: eval, values: {it: "%s"}}
            """.formatted(value));
    }

    private static String child(String parent, String step) {
        JsonNode known =
                API.await(parent, run -> !step(run, step).path("child_run_id").isMissingNode());
        String child = step(known, step).path("child_run_id").asString();
        // The step says which run it starts before that is there.
        API.await(child, run -> !run.path("run_id").isMissingNode());
        return child;
    }

    private static JsonNode step(JsonNode run, String id) {
        return run.path("steps")
                .valueStream()
                .filter(one -> one.path("step_id").asString().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static void signal(String run) {
        API.await(run, seen -> seen.path("status").asString().equals("waiting"));
        assertThat(API.post("/runs/" + run + "/signals/go", "{\"payload\": {}}").status())
                .isEqualTo(202);
    }

    private static long time(JsonNode event) {
        return java.time.Instant.parse(event.path("timestamp").asString()).toEpochMilli();
    }

    private static Map<String, String> states(JsonNode run) {
        return run.path("steps")
                .valueStream()
                .collect(Collectors.toMap(
                        step -> step.path("step_id").asString(),
                        step -> step.path("status").asString(),
                        (one, other) -> other,
                        HashMap::new));
    }
}
