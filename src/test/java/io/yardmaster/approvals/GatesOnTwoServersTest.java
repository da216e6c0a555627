package io.yardmaster.approvals;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.kernel.RunId;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.JobFolder;
import io.yardmaster.testkit.TestServer;
import io.yardmaster.wakeups.SharedDatabase;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;

/** Gates of runs that any of two servers may drive, decided on both. How often is said by the properties below. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GatesOnTwoServersTest {

    private static final int RUNS = Integer.getInteger("yardmaster.test.gates", 10);
    /** Those before it belong to the {@linkplain TestServer people of every test}. */
    private static final int FIRST_FREE_TOKEN = 7;

    private static final int PEOPLE = Integer.getInteger("yardmaster.test.deciders", 40);
    private static final int QUORUM = PEOPLE * 3 / 10;

    private static SharedDatabase database;
    private static TestServer a;
    private static TestServer b;

    @BeforeAll
    static void start() {
        database = SharedDatabase.start();
        job("gates/two").config("""
            composition: steps
            steps:
              - {id: gate, type: approval, approval: {title: "Go on?", required: 2}}
              - {id: after, needs: [gate], type: eval, values: {it: "'went on'"}}
            """);
        job("gates/two-and-process").config("""
            composition: steps
            steps:
              - {id: gate, type: approval, approval: {title: "Go on?", required: 2}}
              - {id: after, needs: [gate], inline: echo went on}
            """);
        job("gates/crowd").config("""
            composition: steps
            steps:
              - {id: gate, type: approval, approval: {title: "Go on?", required: %d, deny_quorum: %d}}
            """.formatted(QUORUM, QUORUM));
        job("gates/files").config("""
            composition: steps
            steps:
              - id: before
                inline: |
                  mkdir -p deep/er empty; echo left > deep/er/file; echo run > tool; chmod 750 tool
                  ln -s deep/er/file link; printf 'ümläut' > 'nämé with space'
              - {id: gate, needs: [before], type: approval, approval: {title: "Go on?"}}
              - id: after
                needs: [gate]
                inline: |
                  cat link; readlink link; stat -c %a tool; cat 'nämé with space'; echo; ls -d empty
            """);
        List<String> settings = new ArrayList<>();
        for (int i = 0; i < PEOPLE; i++) {
            settings.add("--yardmaster.dev.tokens[" + (FIRST_FREE_TOKEN + i) + "].token=person-" + i);
            settings.add("--yardmaster.dev.tokens[" + (FIRST_FREE_TOKEN + i) + "].subject=person-" + i);
        }
        a = database.server(settings.toArray(String[]::new));
        b = database.server(settings.toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        a.close();
        b.close();
        database.close();
    }

    private static JobFolder job(String id) {
        return new JobFolder(database.root().resolve("jobs").resolve(id));
    }

    @Test
    @Order(1)
    void two_who_agree_on_two_servers_at_the_same_moment_make_one_decision_and_the_run_goes_on() throws Exception {
        List<Long> nothing = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) {
            String run = waiting(i % 2 == 0 ? "gates/two" : "gates/two-and-process");
            String path = "/runs/" + run + "/steps/gate/approve";
            List<Answer> answers = atOnce(List.of(
                    () -> a.client("ada-token").post(path, "{}"),
                    () -> b.client("ben-token").post(path, "{}")));

            assertThat(answers)
                    .allSatisfy(answer ->
                            assertThat(answer.status()).as(answer.body()).isEqualTo(200));
            assertThat(a.client().awaitEnd(run).path("status").asString()).isEqualTo("success");
            List<JsonNode> events = a.client().events(run);
            assertThat(events.stream().filter(event -> type(event).equals("approval.voted")))
                    .hasSize(2);
            assertThat(events.stream().filter(event -> type(event).equals("approval.decided")))
                    .hasSize(1);
            long start = System.nanoTime();
            assertThat((i % 4 < 2 ? a : b).client().get("/principal").status()).isEqualTo(200);
            nothing.add((System.nanoTime() - start) / 1_000);
        }

        List<Long> eval = fromDecisionToNextStep("gates/two");
        List<Long> process = fromDecisionToNextStep("gates/two-and-process");
        assertThat(eval.size() + process.size()).isEqualTo(RUNS);
        // Printed, and judged by whoever reads it.
        print("from the commit of the deciding vote to that of step.started, an eval step", eval);
        print("from the commit of the deciding vote to that of step.started, a process step", process);
        print("the same, both", Stream.concat(eval.stream(), process.stream()).toList());
        print("a request that does nothing", nothing);
    }

    /** In microseconds, by the times at which the database has committed: all of one clock. */
    private static List<Long> fromDecisionToNextStep(String job) {
        String micros = database.ask("""
            SELECT string_agg((extract(epoch FROM pg_xact_commit_timestamp(e.xmin) - pg_xact_commit_timestamp(a.xmin))
                                   * 1000000)::bigint::text, ' ')
            FROM run r JOIN approval a ON a.run_id = r.run_id AND a.status = 'approved'
                       JOIN run_event e ON e.run_id = r.run_id AND e.type = 'step.started' AND e.step_id = 'after'
            WHERE r.job_id = '%s'
            """.formatted(job));
        return Stream.of(micros.split(" ", -1)).map(Long::valueOf).toList();
    }

    private static void print(String what, List<Long> micros) {
        List<Long> sorted = micros.stream().sorted().toList();
        System.out.printf(
                "%s, %d times on two servers: p50 %.1f ms, p99 %.1f ms, most %.1f ms%n",
                what,
                sorted.size(),
                percentile(sorted, 50) / 1e3,
                percentile(sorted, 99) / 1e3,
                sorted.getLast() / 1e3);
    }

    private static long percentile(List<Long> sorted, int percent) {
        return sorted.get(Math.max(0, (int) Math.ceil(sorted.size() * percent / 100.0) - 1));
    }

    @Test
    @Order(2)
    void many_who_decide_at_once_make_one_decision_and_are_counted_once_each() throws Exception {
        String run = waiting("gates/crowd");
        List<Supplier<Answer>> votes = new ArrayList<>();
        for (int i = 0; i < PEOPLE; i++) {
            ApiClient voter = (i % 2 == 0 ? a : b).client("person-" + i);
            String decision = i % 4 < 2 ? "approve" : "deny";
            votes.add(() -> voter.post("/runs/" + run + "/steps/gate/" + decision, "{}"));
        }

        List<Answer> answers = atOnce(votes);

        assertThat(answers)
                .allSatisfy(
                        answer -> assertThat(answer.status()).as(answer.body()).isIn(200, 409));
        JsonNode ended = a.client().awaitEnd(run);
        JsonNode gate = a.client()
                .get("/approvals?status=approved&status=denied&run_id=" + run)
                .json()
                .path("approvals")
                .path(0);
        int approvals = gate.path("approvals").asInt();
        int denials = gate.path("denials").asInt();
        boolean approved = gate.path("status").asString().equals("approved");
        assertThat(approved ? approvals : denials).isEqualTo(QUORUM);
        assertThat(approved ? denials : approvals).isLessThan(QUORUM);
        assertThat(ended.path("status").asString()).isEqualTo(approved ? "success" : "failed");
        assertThat(answers.stream().filter(answer -> answer.status() == 200)).hasSize(approvals + denials);
        List<JsonNode> events = a.client().events(run);
        assertThat(events.stream().filter(event -> type(event).equals("approval.voted")))
                .hasSize(approvals + denials);
        assertThat(events.stream().filter(event -> type(event).equals("approval.decided")))
                .hasSize(1);
    }

    @Test
    @Order(3)
    void what_a_step_left_is_there_for_the_step_after_the_gate_though_its_server_is_gone() throws Exception {
        String run = waiting("gates/files");
        assertThat(database.ask("SELECT count(*) FROM run_live WHERE host_id IS NULL AND owner_node IS NULL AND"
                        + " length(workspace) = 64 AND run_id = '"
                        + RunId.parse(run).orElseThrow().value() + "'"))
                .isEqualTo("1");
        String host = database.ask("SELECT host_id FROM step_attempt WHERE run_id = '"
                + RunId.parse(run).orElseThrow().value() + "'");
        boolean ranOnA =
                Files.readString(a.dataDirectory().resolve("host.id")).strip().equals(host);
        (ranOnA ? a : b).close();
        TestServer other = ranOnA ? b : a;

        assertThat(other.client("ada-token")
                        .post("/runs/" + run + "/steps/gate/approve", "{}")
                        .status())
                .isEqualTo(200);

        assertThat(other.client().awaitEnd(run).path("status").asString()).isEqualTo("success");
        assertThat(other.client()
                        .get("/runs/" + run + "/logs?format=text&step_id=after")
                        .body())
                .isEqualTo("left\ndeep/er/file\n750\nümläut\nempty\n");
        assertThat(database.ask("SELECT count(DISTINCT host_id) FROM step_attempt WHERE run_id = '"
                        + RunId.parse(run).orElseThrow().value() + "'"))
                .isEqualTo("2");
    }

    private static String waiting(String job) {
        String run = a.client().run(job, "{}");
        a.client().await(run, seen -> seen.path("status").asString().equals("waiting") && !seen.has("owner"));
        return run;
    }

    private static List<Answer> atOnce(List<Supplier<Answer>> requests) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> answers = requests.stream()
                    .map(request -> threads.submit(() -> {
                        start.await();
                        return request.get();
                    }))
                    .toList();
            start.countDown();
            List<Answer> all = new ArrayList<>();
            for (Future<Answer> answer : answers) {
                all.add(answer.get());
            }
            return all;
        }
    }

    private static String type(JsonNode event) {
        return event.path("type").asString();
    }
}
