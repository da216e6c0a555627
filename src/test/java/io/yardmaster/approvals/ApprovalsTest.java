package io.yardmaster.approvals;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What people decide at gates, and what becomes of the runs that wait there. */
class ApprovalsTest {

    private static final TestServer SERVER = TestServer.shared();
    private static final ApiClient DEV = SERVER.client();
    private static final ApiClient ADA = SERVER.client("ada-token");
    private static final ApiClient BEN = SERVER.client("ben-token");
    private static final ApiClient EVE = SERVER.client("eve-token");

    @BeforeAll
    static void writeJobs() {
        SERVER.job("gates/release").config("""
            composition: steps
            argspec: {type: object, properties: {version: {type: string, default: "1.0"}, token: {type: string, format: secret}}}
            steps:
              - {id: build, inline: 'echo built > build.txt'}
              - id: gate
                needs: [build]
                type: approval
                approval:
                  title: "Release ${{ args.version }}?"
                  description: Look at the change log.
                  required: 2
                  groups: [release, managers]
                  form: {type: object, required: [window], additionalProperties: false,
                         properties: {window: {type: string, enum: [now, night]}, tries: {type: integer, default: 3}}}
              - id: ship
                needs: [gate]
                inline: 'cat build.txt; echo "shipped $WINDOW $TRIES"'
                env: {WINDOW: "${{ steps.gate.outputs.window }}", TRIES: "${{ steps.gate.outputs.tries }}"}
            """);
        SERVER.job("gates/one").config("""
            composition: steps
            steps:
              - {id: gate, type: approval, approval: {title: "Go on?"}}
              - {id: after, needs: [gate], type: eval, values: {it: "'went on'"}}
              - {id: sorry, needs: [gate], when: "denied('gate')", type: eval, values: {it: "'denied'"}}
              - {id: late, needs: [gate], when: "expired('gate')", type: eval, values: {it: "'late'"}}
            """);
        SERVER.job("gates/quorum").config("""
            composition: steps
            steps:
              - {id: gate, type: approval, approval: {title: "Go on?", required: 2, deny_quorum: 2, allow_self: true}}
            """);
        SERVER.job("gates/whole").config("""
            name: Everything
            policy: approval
            approval: {groups: [release]}
            inline: echo done
            """);
        SERVER.job("gates/whole-always").config("""
            composition: steps
            policy: approval
            steps:
              - {id: work, inline: echo work}
              - {id: tidy, when: always(), inline: echo tidy}
            """);
    }

    @Test
    void two_of_a_group_let_a_run_go_on_and_what_they_answer_is_there_for_the_next_step() {
        String run = waiting("gates/release", "{\"version\": \"2.0\"}");
        JsonNode gate = gate(run);
        assertThat(gate.path("status").asString()).isEqualTo("pending");
        assertThat(gate.path("title").asString()).isEqualTo("Release 2.0?");
        assertThat(gate.path("approves").path("args").path("version").asString())
                .isEqualTo("2.0");
        JsonNode waits = DEV.get("/runs/" + run).json().path("wait");
        assertThat(waits.path("reason").asString()).isEqualTo("approval");
        assertThat(waits.path("step_ids").path(0).asString()).isEqualTo("gate");

        assertRefused(vote(DEV, gate, "approve", "{\"inputs\": {\"window\": \"now\"}}"), 403, "not-allowed-to-decide");
        assertRefused(vote(EVE, gate, "approve", "{\"inputs\": {\"window\": \"now\"}}"), 403, "not-allowed-to-decide");
        assertRefused(vote(ADA, gate, "approve", "{\"inputs\": {\"window\": \"noon\"}}"), 400, "validation-error");
        assertRefused(vote(ADA, gate, "approve", "{}"), 400, "validation-error");
        Answer first = vote(ADA, gate, "approve", "{\"note\": \"Checked.\", \"inputs\": {\"window\": \"night\"}}");
        assertThat(first.status()).isEqualTo(200);
        assertThat(first.json().path("approvals").asInt()).isEqualTo(1);
        assertThat(first.json().path("status").asString()).isEqualTo("pending");
        for (String same : List.of("{}", "{\"note\": \"Checked.\", \"inputs\": {\"window\": \"night\"}}")) {
            Answer again = vote(ADA, gate, "approve", same);
            assertThat(again.status()).isEqualTo(200);
            assertThat(again.json().path("approvals").asInt()).isEqualTo(1);
            assertThat(again.json().path("inputs").path("window").asString()).isEqualTo("night");
        }
        assertRefused(vote(ADA, gate, "approve", "{\"inputs\": {\"window\": \"now\"}}"), 409, "already-voted");
        assertRefused(vote(ADA, gate, "approve", "{\"note\": \"Hm.\"}"), 409, "already-voted");
        assertRefused(vote(ADA, gate, "deny", "{}"), 409, "already-voted");
        assertRefused(vote(BEN, gate, "approve", "{\"inputs\": {\"window\": \"now\"}}"), 400, "validation-error");
        assertThat(DEV.get("/runs/" + run).json().path("status").asString()).isEqualTo("waiting");
        JsonNode closed = vote(BEN, gate, "approve", "{}").json();
        assertThat(closed.path("status").asString()).isEqualTo("approved");
        assertThat(closed.path("closed_by").asString()).isEqualTo("votes");

        JsonNode ended = DEV.awaitEnd(run);
        assertThat(ended.path("status").asString()).isEqualTo("success");
        assertThat(step(ended, "gate").path("outputs").toString()).isEqualTo("{\"tries\":3,\"window\":\"night\"}");
        assertThat(DEV.get("/runs/" + run + "/logs?format=text").body()).isEqualTo("built\nshipped night 3\n");
        assertThat(types(run))
                .filteredOn(type -> type.startsWith("approval.") || type.startsWith("run."))
                .containsExactly(
                        "run.created",
                        "run.started",
                        "approval.requested",
                        "run.waiting",
                        "approval.voted",
                        "approval.voted",
                        "approval.decided",
                        "run.resumed",
                        "run.finished");
        assertRefused(vote(SERVER.client("eve-token"), gate, "approve", "{}"), 409, "already-decided");
    }

    @Test
    void a_denial_fails_the_step_and_branches_see_why() {
        String run = waiting("gates/one", "{}");

        assertThat(ADA.post("/runs/" + run + "/steps/gate/deny", "{\"note\": \"Not today.\"}")
                        .status())
                .isEqualTo(200);

        JsonNode ended = DEV.awaitEnd(run);
        assertThat(ended.path("failure").path("category").asString()).isEqualTo("approval");
        assertThat(ended.path("failure").path("code").asString()).isEqualTo("denied");
        assertThat(ended.path("failure").path("message").asString()).isEqualTo("Denied by ada: Not today.");
        assertThat(step(ended, "after").path("status").asString()).isEqualTo("skipped");
        assertThat(step(ended, "sorry").path("status").asString()).isEqualTo("success");
        assertThat(step(ended, "late").path("status").asString()).isEqualTo("skipped");
    }

    @Test
    void one_of_two_denials_that_are_needed_closes_nothing() {
        String run = waiting("gates/quorum", "{}");
        JsonNode gate = gate(run);

        assertThat(vote(DEV, gate, "deny", "{}").json().path("status").asString())
                .isEqualTo("pending");
        assertThat(vote(ADA, gate, "approve", "{}").json().path("status").asString())
                .isEqualTo("pending");
        assertThat(vote(EVE, gate, "deny", "{}").json().path("status").asString())
                .isEqualTo("denied");
        assertThat(DEV.awaitEnd(run).path("failure").path("code").asString()).isEqualTo("denied");
        JsonNode after = gate(run);
        assertThat(after.path("approvals").asInt()).isEqualTo(1);
        assertThat(after.path("denials").asInt()).isEqualTo(2);
        assertThat(after.path("votes").size()).isEqualTo(3);
    }

    @Test
    void a_run_that_waits_holds_nothing() {
        String run = waiting("gates/one", "{}");

        JsonNode seen = DEV.get("/runs/" + run).json();
        assertThat(seen.has("owner")).isFalse();
        assertThat(DEV.post("/runs/" + run + "/cancel", "{}").status()).isEqualTo(202);
        assertThat(DEV.awaitEnd(run).path("status").asString()).isEqualTo("cancelled");
        JsonNode gate = gate(run);
        assertThat(gate.path("status").asString()).isEqualTo("cancelled");
        assertThat(gate.path("closed_by").asString()).isEqualTo("run");
        assertRefused(vote(ADA, gate, "approve", "{}"), 409, "already-decided");
    }

    @Test
    void who_may_decide_finds_what_waits_for_him() {
        String run = waiting("gates/release", "{}");
        String list = "/approvals?mine=true&run_id=" + run;

        assertThat(ADA.get(list).json().path("approvals").size()).isEqualTo(1);
        assertThat(EVE.get(list).json().path("approvals").size()).isZero();
        assertThat(DEV.get(list).json().path("approvals").size()).isZero();
        vote(ADA, gate(run), "approve", "{\"inputs\": {\"window\": \"now\"}}");
        assertThat(ADA.get(list).json().path("approvals").size()).isZero();
        assertThat(BEN.get(list).json().path("approvals").size()).isEqualTo(1);
        assertThat(BEN.get("/approvals?run_id=" + run + "&status=approved")
                        .json()
                        .path("approvals")
                        .size())
                .isZero();
        DEV.post("/runs/" + run + "/cancel", "{}");
    }

    @Test
    void whoever_planned_the_run_or_one_that_it_repeats_may_not_decide() {
        String plan = ADA.post("/plans", "{\"job_id\": \"gates/one\"}")
                .json()
                .path("plan_id")
                .asString();
        String run = DEV.post("/runs", "{\"plan_id\": \"" + plan + "\"}")
                .json()
                .path("run_id")
                .asString();
        awaitGate(run);
        assertRefused(vote(ADA, gate(run), "approve", "{}"), 403, "not-allowed-to-decide");
        assertThat(gate(run).path("initiated_by").toString()).isEqualTo("[\"ada\",\"dev\"]");
        vote(BEN, gate(run), "deny", "{}");
        DEV.awaitEnd(run);

        String again =
                EVE.post("/runs/" + run + "/rerun", "{}").json().path("run_id").asString();
        awaitGate(again);
        for (ApiClient own : List.of(ADA, DEV, EVE)) {
            assertRefused(vote(own, gate(again), "approve", "{}"), 403, "not-allowed-to-decide");
        }
        assertThat(vote(BEN, gate(again), "approve", "{}").status()).isEqualTo(200);
        assertThat(DEV.awaitEnd(again).path("status").asString()).isEqualTo("success");
    }

    @Test
    void who_resumed_a_run_may_not_decide() {
        String run = waiting("gates/one", "{}");
        ADA.post("/runs/" + run + "/pause", "{}");
        DEV.await(run, seen -> seen.path("status").asString().equals("paused"));
        ADA.post("/runs/" + run + "/resume", "{}");
        awaitGate(run);

        assertRefused(vote(ADA, gate(run), "approve", "{}"), 403, "not-allowed-to-decide");
        assertThat(vote(BEN, gate(run), "approve", "{}").status()).isEqualTo(200);
        assertThat(DEV.awaitEnd(run).path("status").asString()).isEqualTo("success");
    }

    @Test
    void a_paused_run_can_be_decided_about_and_goes_on_when_it_is_resumed() {
        String run = waiting("gates/one", "{}");
        DEV.post("/runs/" + run + "/pause", "{}");
        DEV.await(run, seen -> seen.path("status").asString().equals("paused"));

        assertThat(vote(ADA, gate(run), "approve", "{}").json().path("status").asString())
                .isEqualTo("approved");
        DEV.await(run, seen -> step(seen, "gate").path("status").asString().equals("success"));
        assertThat(DEV.get("/runs/" + run).json().path("status").asString()).isEqualTo("paused");
        DEV.post("/runs/" + run + "/resume", "{}");
        assertThat(DEV.awaitEnd(run).path("status").asString()).isEqualTo("success");
    }

    @Test
    void a_vote_counts_only_for_the_plan_that_was_looked_at() {
        String run = waiting("gates/one", "{}");
        JsonNode gate = gate(run);
        String other = "sha256:" + "0".repeat(64);

        assertRefused(vote(ADA, gate, "approve", "{\"plan_digest\": \"" + other + "\"}"), 409, "approval-stale");
        String looked = gate.path("approves").path("plan_digest").asString();
        assertThat(looked)
                .isEqualTo(DEV.get("/runs/" + run)
                        .json()
                        .path("provenance")
                        .path("plan_digest")
                        .asString());
        assertThat(vote(ADA, gate, "approve", "{\"plan_digest\": \"" + looked + "\"}")
                        .status())
                .isEqualTo(200);
        DEV.awaitEnd(run);
    }

    @Test
    void a_whole_run_waits_for_its_gate() {
        String run = waiting("gates/whole", "{}");
        JsonNode gate = gate(run);
        assertThat(gate.path("step_id").asString()).isEqualTo("approval");
        assertThat(gate.path("title").asString()).isEqualTo("Run Everything?");

        vote(ADA, gate, "approve", "{}");

        assertThat(DEV.awaitEnd(run).path("status").asString()).isEqualTo("success");
    }

    @Test
    void nothing_of_a_whole_run_happens_where_it_is_refused() {
        String run = waiting("gates/whole-always", "{}");

        vote(ADA, gate(run), "deny", "{}");

        JsonNode ended = DEV.awaitEnd(run);
        assertThat(ended.path("status").asString()).isEqualTo("failed");
        assertThat(step(ended, "work").path("status").asString()).isEqualTo("skipped");
        assertThat(step(ended, "tidy").path("status").asString()).isEqualTo("skipped");
    }

    @Test
    void a_plan_names_the_gates_and_the_questions() {
        JsonNode approvals = DEV.post("/plans", "{\"job_id\": \"gates/release\", \"args\": {\"version\": \"3.1\"}}")
                .json()
                .path("approvals");

        assertThat(approvals.size()).isEqualTo(1);
        assertThat(approvals.path(0).path("title").asString()).isEqualTo("Release 3.1?");
        assertThat(approvals.path(0).path("required").asInt()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {40})
    void many_who_decide_at_once_make_one_decision(int people) throws Exception {
        String run = waiting("gates/quorum", "{}");
        String path = "/approvals/" + gate(run).path("id").asString();
        CountDownLatch start = new CountDownLatch(1);
        List<Answer> answers;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<ApiClient> voters = List.of(DEV, ADA, BEN, EVE);
            List<Future<Answer>> votes = Stream.iterate(0, i -> i < people, i -> i + 1)
                    .map(i -> threads.submit(() -> {
                        start.await();
                        String decision = i / voters.size() % 2 == i % 2 ? "approve" : "deny";
                        return voters.get(i % voters.size()).post(path + "/" + decision, "{}");
                    }))
                    .toList();
            start.countDown();
            answers = votes.stream().map(ApprovalsTest::result).toList();
        }

        assertThat(answers).allSatisfy(answer -> assertThat(answer.status()).isIn(200, 409));
        JsonNode gate = gate(run);
        assertThat(gate.path("status").asString()).isIn("approved", "denied");
        assertThat(gate.path("votes").size())
                .isEqualTo(gate.path("approvals").asInt() + gate.path("denials").asInt());
        DEV.awaitEnd(run);
        assertThat(types(run).stream().filter("approval.decided"::equals)).hasSize(1);
        assertThat(types(run).stream().filter("approval.voted"::equals))
                .hasSize(gate.path("votes").size());
    }

    @Test
    void what_was_approved_runs_whatever_has_become_of_the_folder() {
        SERVER.job("gates/changing").config(GATED).file("after.sh", "echo old bytes\n");
        String run = waiting("gates/changing", "{}");
        JsonNode gate = gate(run);
        SERVER.job("gates/changing").config(GATED + "# new\n").file("after.sh", "echo new bytes\n");
        assertThat(DEV.get("/jobs/gates/changing").json().path("digest").asString())
                .isNotEqualTo(gate.path("approves").path("job_digest").asString());

        assertThat(vote(ADA, gate, "approve", "{}").status()).isEqualTo(200);

        assertThat(DEV.awaitEnd(run).path("status").asString()).isEqualTo("success");
        assertThat(DEV.get("/runs/" + run + "/logs?format=text").body()).isEqualTo("old bytes\n");
        String latest = rerun(run, "{\"from_step\": \"after\", \"version\": \"latest\"}");
        assertThat(step(DEV.get("/runs/" + latest).json(), "gate").has("reused_from"))
                .isFalse();
        awaitGate(latest);
        vote(BEN, gate(latest), "approve", "{}");
        DEV.awaitEnd(latest);
        assertThat(DEV.get("/runs/" + latest + "/logs?format=text").body()).isEqualTo("new bytes\n");
    }

    @Test
    void a_decision_is_taken_over_only_for_exactly_what_was_approved() {
        SERVER.job("gates/again").config("""
            composition: steps
            argspec: {type: object, properties: {x: {type: string, default: one}}}
            steps:
              - {id: gate, type: approval, approval: {title: "Go on?"}}
              - {id: ship, needs: [gate], type: eval, values: {it: "'shipped ' + args.x"}}
              - {id: check, needs: [ship], type: eval, values: {it: "steps.ship.outputs.it"}}
            """);
        String run = waiting("gates/again", "{}");
        vote(ADA, gate(run), "approve", "{}");
        DEV.awaitEnd(run);

        String equal = rerun(run, "{\"from_step\": \"check\"}");
        JsonNode ended = DEV.awaitEnd(equal);
        assertThat(ended.path("status").asString()).isEqualTo("success");
        assertThat(step(ended, "gate").path("reused_from").asString()).isEqualTo(run);

        String other = rerun(run, "{\"from_step\": \"check\", \"args\": {\"x\": \"two\"}}");
        awaitGate(other);
        JsonNode waits = DEV.get("/runs/" + other).json();
        assertThat(step(waits, "ship").path("reused_from").asString()).isEqualTo(run);
        assertThat(step(waits, "check").path("status").asString()).isEqualTo("pending");
        vote(ADA, gate(other), "deny", "{}");
        ended = DEV.awaitEnd(other);
        assertThat(step(ended, "check").path("status").asString()).isEqualTo("skipped");

        String denied = rerun(other, "{\"from_step\": \"ship\"}");
        awaitGate(denied);
        vote(ADA, gate(denied), "approve", "{}");
        assertThat(DEV.awaitEnd(denied).path("status").asString()).isEqualTo("success");
    }

    private static final String GATED = """
        composition: steps
        steps:
          - {id: gate, type: approval, approval: {title: "Go on?"}}
          - {id: after, needs: [gate], script: after.sh}
        """;

    private static String rerun(String run, String body) {
        Answer answer = DEV.post("/runs/" + run + "/rerun", body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return answer.json().path("run_id").asString();
    }

    private static Answer result(Future<Answer> vote) {
        try {
            return vote.get();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static String waiting(String job, String args) {
        String run = DEV.run(job, args);
        awaitGate(run);
        return run;
    }

    private static void awaitGate(String run) {
        DEV.await(run, seen -> seen.path("status").asString().equals("waiting"));
    }

    private static JsonNode gate(String run) {
        String all = "&status=pending&status=approved&status=denied&status=expired&status=cancelled";
        String id = DEV.get("/approvals?run_id=" + run + all)
                .json()
                .path("approvals")
                .path(0)
                .path("id")
                .asString();
        return DEV.get("/approvals/" + id).json();
    }

    private static Answer vote(ApiClient voter, JsonNode gate, String decision, String body) {
        return voter.post("/approvals/" + gate.path("id").asString() + "/" + decision, body);
    }

    private static void assertRefused(Answer answer, int status, String problem) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().path("type").asString()).isEqualTo("/problems/" + problem);
    }

    private static JsonNode step(JsonNode run, String id) {
        for (JsonNode step : run.path("steps")) {
            if (step.path("step_id").asString().equals(id)) {
                return step;
            }
        }
        throw new AssertionError("no step " + id);
    }

    private static List<String> types(String run) {
        return DEV.events(run).stream()
                .map(event -> event.path("type").asString())
                .toList();
    }
}
