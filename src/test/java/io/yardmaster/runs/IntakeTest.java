package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.yardmaster.database.Tenancy;
import io.yardmaster.jobs.JobId;
import io.yardmaster.jobs.PlanRequest;
import io.yardmaster.jobs.Planner;
import io.yardmaster.jobs.PreparedRun;
import io.yardmaster.jobs.Timeouts;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataIntegrityViolationException;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class IntakeTest {

    private static final TestServer SERVER = TestServer.shared();
    private static final Actor CALLER =
            new Actor("somebody", Tenant.DEFAULT, Set.of("runs:write"), Set.of(), "test", null);

    private final ApiClient api = SERVER.client();

    @BeforeAll
    static void writeJob() {
        SERVER.job("intake/any").config("""
            name: Takes anything
            argspec: {type: object, additionalProperties: true, properties: {key: {type: string, secret: true}}}
            composition: steps
            steps:
              - {id: one, type: eval, values: {x: 1}}
            """);
    }

    @Test
    void who_submits_is_told_what_get_tells() {
        Answer submitted = api.post("/runs", """
            {"job_id": "intake/any", "not_before": "2999-01-01T00:00:00Z", "external_id": "%s", "priority": 3,
             "labels": {"b": "1", "aa": "ü", "a": ""}, "timeouts": {"deadline": "1001d", "queue": "1h"},
             "attributes": {"rows": 1e2, "x": 1.50, "due": "2026-03-02T12:00:00Z", "yes": true, "far": 1e-7},
             "args": {"zz": [1.0, {"b": null, "a": "\\u00e9"}], "b": {}, "aa": 12345678901234567890, "key": "s3cret-s3cret"}}
            """.formatted(UUID.randomUUID()));
        assertThat(submitted.status()).as("%s", submitted).isEqualTo(201);

        String path = "/runs/" + submitted.json().path("run_id").asString();
        ObjectNode read = (ObjectNode) api.get(path).json();
        api.post(path + "/cancel", "{}");

        // What it waits for is not known before it is stored.
        assertThat(read.remove("wait")).isNotNull();
        assertThat(submitted.json().toString()).isEqualTo(read.toString());
    }

    @Test
    void one_name_for_many_at_once_goes_to_one_and_the_others_harm_nobody() throws Exception {
        String name = "taken-" + UUID.randomUUID();
        List<Answer> answers = atOnce(
                60,
                i -> () -> api.post("/runs", """
                    {"job_id": "intake/any"%s}
                    """.formatted(i % 2 == 0 ? ", \"external_id\": \"" + name + "\"" : "")));

        List<Answer> accepted =
                answers.stream().filter(answer -> answer.status() == 201).toList();
        List<Answer> refused =
                answers.stream().filter(answer -> answer.status() == 409).toList();
        assertThat(accepted).hasSize(31);
        assertThat(refused).hasSize(29);
        String owner = api.get("/runs?external_id=" + name)
                .json()
                .path("runs")
                .path(0)
                .path("run_id")
                .asString();
        assertThat(refused).allSatisfy(answer -> {
            assertThat(answer.json().path("type").asString()).isEqualTo("/problems/run-already-exists");
            assertThat(answer.json().path("run_id").asString()).isEqualTo(owner);
        });
        accepted.forEach(answer -> assertThat(
                        api.get("/runs/" + answer.json().path("run_id").asString())
                                .status())
                .isEqualTo(200));
    }

    @Test
    void a_row_that_cannot_be_stored_harms_its_own_caller_only() throws Exception {
        Intake intake = SERVER.bean(Intake.class);
        double failedBefore = failedBatches();
        List<NewRun> runs = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            NewRun run = run();
            runs.add(
                    i % 10 == 0
                            ? new NewRun(
                                    run.view(),
                                    run.tenant(),
                                    new NewRun.Texts("{}", "{}", "{}", "no JSON"),
                                    run.trace(),
                                    run.readyAt(),
                                    run.due(),
                                    run.initiators(),
                                    run.labels(),
                                    run.attributes(),
                                    run.sealedSecrets(),
                                    run.keys(),
                                    run.kin(),
                                    run.beginning(),
                                    null)
                            : run);
        }

        List<String> outcomes = atOnce(runs.size(), i -> () -> {
            try {
                intake.store(runs.get(i));
                return "stored";
            } catch (DataIntegrityViolationException e) {
                return "refused";
            }
        });

        for (int i = 0; i < runs.size(); i++) {
            RunView view = runs.get(i).view();
            boolean bad = i % 10 == 0;
            assertThat(outcomes.get(i)).as("run %d", i).isEqualTo(bad ? "refused" : "stored");
            assertThat(api.get("/runs/" + view.runId()).status()).isEqualTo(bad ? 404 : 200);
        }
        assertThat(failedBatches()).as("batches with a bad row among others").isGreaterThan(failedBefore);
    }

    @Test
    void a_run_that_is_stored_twice_is_refused() {
        Intake intake = SERVER.bean(Intake.class);
        NewRun run = run();
        intake.store(run);

        assertThatThrownBy(() -> intake.store(run)).isInstanceOf(DataIntegrityViolationException.class);
    }

    private static double failedBatches() {
        return SERVER.bean(MeterRegistry.class)
                .get("yardmaster.intake.batches.failed")
                .counter()
                .count();
    }

    private static NewRun run() {
        RunSubmission submission = new RunSubmission(
                new RunSubmission.Job(new PlanRequest(
                        new JobId("intake/any"), null, JsonNodeFactory.instance.objectNode(), Timeouts.NONE, null)),
                Map.of("kind", "intake"),
                JsonNodeFactory.instance.objectNode(),
                0,
                null,
                null,
                null);
        return Tenancy.call(Tenant.DEFAULT, () -> {
            PreparedRun prepared =
                    SERVER.bean(Planner.class).prepare(((RunSubmission.Job) submission.what()).request(), CALLER);
            return SERVER.bean(Submissions.class).make(submission, prepared, CALLER);
        });
    }

    private interface Numbered<T> {
        Callable<T> work(int number);
    }

    private static <T> List<T> atOnce(int count, Numbered<T> work) throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<T>> running = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Callable<T> mine = work.work(i);
                running.add(threads.submit(() -> {
                    go.await();
                    return mine.call();
                }));
            }
            go.countDown();
            List<T> results = new ArrayList<>();
            for (Future<T> one : running) {
                results.add(one.get());
            }
            return results;
        }
    }
}
