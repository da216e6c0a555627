package io.yardmaster;

import io.yardmaster.kernel.Sha256;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** How each operation of the contract is called, with ids of things that exist on the shared server. */
final class ContractRecipes {

    /** Well formed, and nobody's. */
    private static final String NOBODYS = "01JD3M5ZK8Q2W4X6Y7A9B0C1DE";

    private static final String FOR_ALL = "this source is for all tenants";

    private final TestServer server = TestServer.shared();
    private final ApiClient client = server.client();
    private final Map<String, Recipe> recipes = new LinkedHashMap<>();

    /**
     * The first call is one that succeeds; it is also what those send who may not.
     *
     * @param repeatable makes a call that succeeds where the first one does only once; null: it always does
     */
    record Recipe(
            Call call,
            @Nullable Supplier<Call> repeatable,
            Elsewhere elsewhere,
            Map<Request, Integer> answers,
            List<Refused> refused) {

        Recipe answers(int status, String says, Supplier<Call> other) {
            answers.put(new Request(says, other), status);
            return this;
        }

        Recipe refuses(String slug, String says, Supplier<Call> other) {
            refused.add(new Refused(says, other, slug));
            return this;
        }
    }

    record Request(String says, Supplier<Call> call) {}

    record Refused(String says, Supplier<Call> call, String slug) {}

    /** What the first call gets in another tenant. */
    sealed interface Elsewhere {

        record NotFound(String slug) implements Elsewhere {}

        /** A list of this name that is empty. */
        record Empty(String list) implements Elsewhere {}

        /** Also a success, for this reason. */
        record Same(String why) implements Elsewhere {}

        record OwnRunsOnly() implements Elsewhere {}

        /** An export that has nothing but its end. */
        record NoLines() implements Elsewhere {}
    }

    ContractRecipes() {
        writeJobs();
        addJobs();
        addPlans();
        addRuns();
        addLogs();
        addArtifacts();
        addExports();
        addApprovals();
        addSignals();
        addUpdates();
        addSystem();
    }

    Map<String, Recipe> byOperation() {
        return recipes;
    }

    private void writeJobs() {
        server.job("coverage/leaving")
                .config("""
                    name: Leaves a file
                    command: ./leave.sh
                    """)
                .file("leave.sh", "echo leaving\nseq 1 20001 > \"$YM_ARTIFACTS/numbers.txt\"\n");
        server.job("coverage/failing").config("""
            name: Fails
            command: ./fail.sh
            """).file("fail.sh", "echo 'this will not do' >&2\nexit 3\n");
        server.job("coverage/slow").config("""
            name: Sleeps
            composition: steps
            steps:
              - {id: nap, type: sleep, for: 1h}
            """);
        server.job("coverage/alone").config("""
            name: Sleeps alone
            composition: steps
            concurrency: {key: coverage, on_conflict: reject}
            steps:
              - {id: nap, type: sleep, for: 1h}
            """);
        server.job("coverage/unsupported").config("""
            name: Wants a container
            executor: container
            image: x
            command: [./x]
            """);
        server.job("coverage/asking").config("""
            name: Asks anybody
            composition: steps
            steps:
              - {id: before, type: eval, values: {one: "1"}}
              - id: gate
                needs: [before]
                type: approval
                approval: {title: "Go on?", required: 2, deny_quorum: 2, allow_self: true, form: {type: object,
                           properties: {window: {type: string}}}, expires_in: 1h}
            """);
        server.job("coverage/asking-others").config("""
            name: Asks others
            composition: steps
            steps:
              - {id: gate, type: approval, approval: {title: "Go on?"}}
            """);
        for (String broken : List.of("coverage-broken", "coverage/broken")) {
            server.job(broken).config("name: Broken\ncommand: ./missing.sh\n");
        }
        for (String twin : List.of("coverage-twin", "coverage/twin")) {
            server.job(twin).config("name: One\ncommand: ./run.sh\n").file("run.sh", "true\n");
            server.secondJob(twin)
                    .config("name: The other\ncommand: ./run.sh\n")
                    .file("run.sh", "true\n");
        }
    }

    private void addJobs() {
        add("listJobs", Call.get("/jobs?source=examples"), new Elsewhere.Same(FOR_ALL));
        addJob("getJob", "/jobs/hello-world", "");
        addJob("listJobVersions", "/jobs/hello-world", "/versions");
        addJob("getNamespacedJob", "/jobs/backup/daily", "");
        addJob("listNamespacedJobVersions", "/jobs/backup/daily", "/versions");
    }

    private void addJob(String operation, String path, String rest) {
        String parent = path.substring(0, path.lastIndexOf('/') + 1);
        String of = path.contains("backup") ? "/jobs/coverage/" : "/jobs/coverage-";
        String twin = of + "twin";
        add(operation, Call.get(path + rest), new Elsewhere.Same(FOR_ALL))
                .answers(200, "a job of the named source", () -> Call.get(twin + rest + "?source=second"))
                .refuses("job-not-found", "a job that is not there", () -> Call.get(parent + "nothing" + rest))
                .refuses("job-not-found", "an id that no job can have", () -> Call.get(parent + "NoJob" + rest))
                .refuses(
                        "source-not-found",
                        "a source that is not there",
                        () -> Call.get(path + rest + "?source=nowhere"))
                .refuses("job-invalid", "a job that cannot be read", () -> Call.get(of + "broken" + rest))
                .refuses("job-ambiguous", "a job of two sources", () -> Call.get(twin + rest));
    }

    private void addPlans() {
        Call call = Call.post("/plans", "{\"job_id\": \"hello-world\", \"args\": {\"name\": \"Ada\"}}");
        Recipe create = add("createPlan", call, new Elsewhere.Same(FOR_ALL + " and the plan is its own"));
        addRefusedSubmissions(create, "/plans");
        create.refuses(
                "policy-denied",
                "a profile that processes cannot have yet",
                () -> Call.post("/plans", "{\"job_id\": \"hello-world\", \"security_profile\": \"secure\"}"));
        String plan = call.send().json().path("plan_id").asString();
        add("getPlan", Call.get("/plans/" + plan), new Elsewhere.NotFound("plan-not-found"))
                .refuses("plan-not-found", "a plan that is not there", () -> Call.get("/plans/plan_" + NOBODYS))
                .refuses("plan-not-found", "an id that no plan can have", () -> Call.get("/plans/nonsense"));
        Recipe run = add(
                "createRun",
                Call.post("/runs", "{\"plan_id\": \"" + plan + "\"}"),
                new Elsewhere.NotFound("plan-not-found"));
        addRefusedSubmissions(run, "/runs");
        run.answers(
                        201,
                        "a job with everything that can be said about a run",
                        () -> Call.post("/runs", """
                            {"job_id": "hello-world", "source": "examples", "args": {"name": "Ada"}, "tenant": "default",
                             "labels": {"team": "core"}, "attributes": {"rows": 5, "big": false, "due": "2026-01-31T08:00:00Z"},
                             "priority": 5, "timeouts": {"run": "30s", "deadline": "1h"},
                             "not_before": "2026-01-31T08:00:00Z", "security_profile": "permissive",
                             "external_id": "%s"}
                            """.formatted(UUID.randomUUID())))
                .answers(
                        201,
                        "who waits until it has ended",
                        () -> Call.post("/runs", "{\"job_id\": \"hello-world\"}")
                                .withHeader("Prefer", "wait=30"))
                .answers(
                        202,
                        "who waits too short",
                        () -> Call.post("/runs", "{\"job_id\": \"coverage/slow\"}")
                                .withHeader("Prefer", "wait=0"))
                .refuses(
                        "policy-denied",
                        "a profile that processes cannot have yet",
                        () -> Call.post("/runs", "{\"job_id\": \"hello-world\", \"security_profile\": \"secure\"}"))
                .refuses(
                        "plan-not-found",
                        "a plan that is not there",
                        () -> Call.post("/runs", "{\"plan_id\": \"plan_" + NOBODYS + "\"}"))
                .refuses("plan-stale", "a plan of a job that is no longer the same", this::stalePlan)
                .refuses("concurrency-conflict", "a job that refuses a second run at once", () -> {
                    Call same = Call.post("/runs", "{\"job_id\": \"coverage/alone\"}");
                    same.send();
                    return same;
                })
                .refuses("run-already-exists", "an external id that is taken", () -> {
                    Call same = Call.post(
                            "/runs", "{\"job_id\": \"hello-world\", \"external_id\": \"" + UUID.randomUUID() + "\"}");
                    same.send();
                    return same;
                });
    }

    private static void addRefusedSubmissions(Recipe recipe, String path) {
        recipe.refuses("job-not-found", "a job that is not there", () -> submission(path, "nothing", ""))
                .refuses(
                        "source-not-found",
                        "a source that is not there",
                        () -> submission(path, "hello-world", ", \"source\": \"nowhere\""))
                .refuses("job-ambiguous", "a job of two sources", () -> submission(path, "coverage/twin", ""))
                .refuses(
                        "job-invalid",
                        "a job that cannot be run yet",
                        () -> submission(path, "coverage/unsupported", ""))
                .refuses(
                        "permission-denied",
                        "a tenant that is not the token's",
                        () -> submission(path, "hello-world", ", \"tenant\": \"other\""))
                .refuses(
                        "validation-error",
                        "an argument that the job does not have",
                        () -> submission(path, "hello-world", ", \"args\": {\"nome\": \"Ada\"}"));
    }

    private static Call submission(String path, String job, String more) {
        return Call.post(path, "{\"job_id\": \"" + job + "\"" + more + "}");
    }

    private Call stalePlan() {
        server.job("coverage/changing")
                .config("name: Before\ncommand: ./run.sh\n")
                .file("run.sh", "true\n");
        JsonNode plan = submission("/plans", "coverage/changing", "").send().json();
        server.job("coverage/changing").config("name: After\ncommand: ./run.sh\n");
        return Call.post("/runs", "{\"plan_id\": \"" + plan.path("plan_id").asString() + "\"}");
    }

    private void addRuns() {
        String externalId = UUID.randomUUID().toString();
        JsonNode run = client.post("/runs", "{\"job_id\": \"hello-world\", \"external_id\": \"" + externalId + "\"}")
                .json();
        String id = run.path("run_id").asString();
        String step = run.path("steps").path(0).path("step_id").asString();
        client.awaitEnd(id);
        String failed = client.run("coverage/failing", "{}");
        client.awaitEnd(failed);
        String cancelled = client.run("coverage/slow", "{}");
        client.post("/runs/" + cancelled + "/cancel", "{}");
        client.awaitEnd(cancelled);

        add("listRuns", Call.get("/runs?external_id=" + externalId), new Elsewhere.Empty("runs"))
                .answers(
                        200,
                        "every filter at once",
                        () -> Call.get(
                                "/runs?job_id=coverage/failing&status=failed&status=cancelled&order=created_at&limit=1"
                                        + "&created_after=2026-01-31T08:00:00Z&created_before=2126-01-31T08:00:00Z"))
                .answers(
                        200,
                        "the other filters at once",
                        () -> Call.get("/runs?failure_category=application&label=team%3Dplatform&attribute=rows%3E%3D5"
                                + "&updated_after=2026-01-31T08:00:00Z&updated_before=2126-01-31T08:00:00Z"
                                + "&finished_after=2026-01-31T08:00:00Z&finished_before=2126-01-31T08:00:00Z"
                                + "&deadline_before=2126-01-31T08:00:00Z&id_prefix=run_01&order=-finished_at"
                                + "&parent_run_id=run_" + NOBODYS + "&rerun_of=run_" + NOBODYS))
                .answers(200, "a page by its offset", () -> Call.get("/runs?offset=1&limit=1"));
        add(
                        "aggregateRuns",
                        Call.get("/runs/aggregate?group_by=status&external_id=" + externalId),
                        new Elsewhere.Empty("groups"))
                .answers(200, "the values of a label", () -> Call.get("/runs/aggregate?group_by=label:team&limit=1"));
        Recipe get = add("getRun", Call.get("/runs/" + id), new Elsewhere.NotFound("run-not-found"))
                .answers(200, "a run that failed", () -> Call.get("/runs/" + failed))
                .answers(200, "a run that was cancelled", () -> Call.get("/runs/" + cancelled))
                .answers(200, "a run that waits", () -> Call.get("/runs/" + waiting()))
                .answers(200, "a run that is not over", () -> Call.get("/runs/" + client.run("coverage/slow", "{}")))
                .answers(200, "a run as it was", () -> Call.get("/runs/" + failed + "?at_seq=4"))
                .answers(200, "a run as it was at its end", () -> Call.get("/runs/" + failed + "?at_seq=9999"));
        addMissingRuns(get, "");
        Recipe frames = add(
                        "listRunFrames", Call.get("/runs/" + id + "/frames"), new Elsewhere.NotFound("run-not-found"))
                .answers(200, "a page of them", () -> Call.get("/runs/" + id + "/frames?limit=1&after_frame=1"))
                .answers(200, "a run that waits", () -> Call.get("/runs/" + waiting() + "/frames"));
        addMissingRuns(frames, "/frames");
        Recipe result = add(
                        "getRunResult", Call.get("/runs/" + id + "/result"), new Elsewhere.NotFound("run-not-found"))
                .answers(200, "a run that failed", () -> Call.get("/runs/" + failed + "/result"))
                .answers(200, "a run that was cancelled", () -> Call.get("/runs/" + cancelled + "/result"))
                .answers(202, "a run that is not over", () -> Call.get("/runs/" + waiting() + "/result"))
                .answers(
                        202,
                        "who waits too short",
                        () -> Call.get("/runs/" + waiting() + "/result").withHeader("Prefer", "wait=1"));
        addMissingRuns(result, "/result");
        Recipe getStep = add(
                        "getRunStep",
                        Call.get("/runs/" + id + "/steps/" + step),
                        new Elsewhere.NotFound("run-not-found"))
                .answers(200, "a step that failed", () -> Call.get("/runs/" + failed + "/steps/" + step))
                .answers(200, "a step that waits", () -> Call.get("/runs/" + waiting() + "/steps/nap"))
                .refuses(
                        "step-not-found",
                        "a step that its job does not have",
                        () -> Call.get("/runs/" + id + "/steps/nothing"));
        addMissingRuns(getStep, "/steps/" + step);
        add("cancelRun", Call.post("/runs/" + cancelled + "/cancel", null), new Elsewhere.NotFound("run-not-found"))
                .answers(
                        202,
                        "a run that is not over",
                        () -> Call.post(
                                "/runs/" + waiting() + "/cancel",
                                "{\"reason\": \"no longer needed\", \"grace\": \"2s\"}"))
                .refuses("run-not-active", "a run that has ended", () -> Call.post("/runs/" + id + "/cancel", null))
                .refuses(
                        "run-not-found",
                        "a run that is not there",
                        () -> Call.post("/runs/run_" + NOBODYS + "/cancel", null));
        addControls(id, failed);
        addUpdate(id);
        addBulk();
        addDelete();
        addStreams(id, step);
    }

    private void addControls(String succeeded, String failed) {
        Elsewhere elsewhere = new Elsewhere.NotFound("run-not-found");
        Recipe pause = add("pauseRun", Call.post("/runs/" + paused() + "/pause", null), elsewhere)
                .answers(
                        202,
                        "a run that is not paused yet",
                        () -> Call.post("/runs/" + waiting() + "/pause", "{\"reason\": \"a look at it\"}"))
                .refuses(
                        "run-not-active",
                        "a run that has ended",
                        () -> Call.post("/runs/" + succeeded + "/pause", null));
        Recipe resume = add("resumeRun", Call.post("/runs/" + waiting() + "/resume", null), elsewhere)
                .answers(200, "a run that is paused", () -> Call.post("/runs/" + paused() + "/resume", "{}"))
                .answers(201, "a run that has failed", () -> Call.post("/runs/" + failed + "/resume", "{\"args\": {}}"))
                .refuses(
                        "run-not-active",
                        "a run that has succeeded",
                        () -> Call.post("/runs/" + succeeded + "/resume", null))
                .refuses(
                        "validation-error",
                        "an argument that is no secret",
                        () -> Call.post("/runs/" + failed + "/resume", "{\"args\": {\"name\": \"Ada\"}}"));
        Recipe rerun = add("rerunRun", Call.post("/runs/" + succeeded + "/rerun", null), elsewhere)
                .answers(201, "all that can be different", () -> Call.post("/runs/" + succeeded + "/rerun", """
                    {"from_step": "main", "version": "latest", "args": {"name": "Ada"}}
                    """))
                .refuses("run-active", "a run that is not over", () -> Call.post("/runs/" + waiting() + "/rerun", null))
                .refuses(
                        "step-not-found",
                        "a step that its job does not have",
                        () -> Call.post("/runs/" + succeeded + "/rerun", "{\"from_step\": \"nothing\"}"))
                .refuses("step-not-reusable", "a step after one that failed", this::fromAfterAFailure)
                .refuses(
                        "job-not-found",
                        "the latest version of a job that is gone",
                        () -> latestOf(() -> server.job("coverage/fleeting").delete()))
                .refuses(
                        "job-invalid",
                        "the latest version of a job that cannot be run",
                        () -> latestOf(() -> server.job("coverage/fleeting").config("""
                            name: Wants a container
                            executor: container
                            image: x
                            command: [./x]
                            """)))
                .refuses(
                        "policy-denied",
                        "the latest version of a job that asks for what processes cannot have yet",
                        () -> latestOf(() -> server.job("coverage/fleeting").config("""
                            name: Strict
                            security_profile: secure
                            inline: echo strict
                            """)));
        for (Map.Entry<String, Recipe> recipe :
                Map.of("pause", pause, "resume", resume, "rerun", rerun).entrySet()) {
            recipe.getValue()
                    .refuses(
                            "run-not-found",
                            "a run that is not there",
                            () -> Call.post("/runs/run_" + NOBODYS + "/" + recipe.getKey(), null))
                    .refuses(
                            "run-not-found",
                            "an id that no run can have",
                            () -> Call.post("/runs/nonsense/" + recipe.getKey(), null));
        }
    }

    private void addUpdate(String id) {
        String body = "{\"labels\": {\"team\": \"platform\"}, \"attributes\": {\"rows\": 7, \"gone\": null}}";
        add("updateRun", update(id, body), new Elsewhere.NotFound("run-not-found"))
                .answers(200, "a run that is not over", () -> update(waiting(), body))
                .answers(
                        200,
                        "who has read it",
                        () -> update(id, body)
                                .withHeader(
                                        "If-Match",
                                        Call.get("/runs/" + id).send().header("ETag")))
                .refuses(
                        "precondition-failed",
                        "who has read something else",
                        () -> update(id, body).withHeader("If-Match", "\"5f2b8c\""))
                .refuses(
                        "validation-error",
                        "an attribute that is a list",
                        () -> update(id, "{\"attributes\": {\"rows\": [7]}}"))
                .refuses("run-not-found", "a run that is not there", () -> update("run_" + NOBODYS, body))
                .refuses("run-not-found", "an id that no run can have", () -> update("nonsense", body))
                .refuses("idempotency-mismatch", "a key that changed something else", () -> {
                    String key = "key-" + UUID.randomUUID();
                    update(id, body).withHeader("Idempotency-Key", key).send();
                    return update(id, "{\"labels\": {\"team\": \"core\"}}").withHeader("Idempotency-Key", key);
                });
    }

    private static Call update(String id, String body) {
        return Call.get("/runs/" + id).withMethod("PATCH").withBody("application/merge-patch+json", body);
    }

    private void addBulk() {
        add("updateRunsInBulk", bulk("label", mark("none")), new Elsewhere.Same("it is about its own runs only"))
                .answers(200, "runs that match", () -> bulk("cancel", marked("coverage/slow")))
                .answers(200, "who confirms", () -> confirmation("cancel", bulk("cancel", marked("coverage/slow"))))
                .answers(200, "runs that are done again", () -> {
                    String mark = marked("coverage/failing");
                    client.get("/runs?label=" + mark)
                            .json()
                            .path("runs")
                            .forEach(run -> client.awaitEnd(run.path("run_id").asString()));
                    return confirmation("retry", bulk("retry", mark));
                })
                .answers(200, "a run that has ended in between", () -> {
                    String mark = marked("coverage/slow");
                    Call confirmation = confirmation("cancel", bulk("cancel", mark));
                    client.get("/runs?label=" + mark).json().path("runs").forEach(run -> {
                        String id = run.path("run_id").asString();
                        client.post("/runs/" + id + "/cancel", "{}");
                        client.awaitEnd(id);
                    });
                    return confirmation;
                })
                .refuses(
                        "confirmation-invalid",
                        "a token that is none",
                        () -> Call.post(
                                "/runs/bulk",
                                "{\"action\": \"delete\", \"dry_run\": false, \"confirmation_token\": \"x\"}"))
                .refuses("validation-error", "no filter", () -> Call.post("/runs/bulk", "{\"action\": \"delete\"}"))
                .refuses(
                        "validation-error",
                        "a label without a change",
                        () -> Call.post(
                                "/runs/bulk", "{\"action\": \"label\", \"filter\": {\"job_id\": \"hello-world\"}}"))
                .refuses("idempotency-mismatch", "a key that did something else", () -> {
                    String key = "key-" + UUID.randomUUID();
                    bulk("cancel", mark("none"))
                            .withHeader("Idempotency-Key", key)
                            .send();
                    return bulk("delete", mark("none")).withHeader("Idempotency-Key", key);
                });
    }

    private static String mark(String value) {
        return "bulk=" + value;
    }

    /** A label that one run of a job has. */
    private String marked(String job) {
        String value = UUID.randomUUID().toString();
        client.post("/runs", "{\"job_id\": \"" + job + "\", \"labels\": {\"bulk\": \"" + value + "\"}}");
        return mark(value);
    }

    private static Call bulk(String action, String label) {
        return Call.post(
                "/runs/bulk",
                "{\"action\": \"" + action + "\", \"filter\": {\"label\": [\"" + label
                        + "\"]}, \"patch\": {\"labels\": {\"seen\": \"yes\"}}}");
    }

    private static Call confirmation(String action, Call dryRun) {
        return Call.post(
                "/runs/bulk",
                "{\"action\": \"" + action + "\", \"dry_run\": false, \"confirmation_token\": \""
                        + dryRun.send().json().path("confirmation_token").asString() + "\"}");
    }

    private void addDelete() {
        add("deleteRun", deletion(), this::deletion, new Elsewhere.NotFound("run-not-found"))
                .refuses("run-active", "a run that is not over", () -> Call.delete("/runs/" + waiting()))
                .refuses("run-not-found", "a run that is not there", () -> Call.delete("/runs/run_" + NOBODYS))
                .refuses("run-not-found", "an id that no run can have", () -> Call.delete("/runs/nonsense"))
                .refuses("idempotency-mismatch", "a key that deleted another run", () -> {
                    String key = "key-" + UUID.randomUUID();
                    deletion().withHeader("Idempotency-Key", key).send();
                    return deletion().withHeader("Idempotency-Key", key);
                });
    }

    private Call deletion() {
        String ended = client.run("hello-world", "{}");
        client.awaitEnd(ended);
        return Call.delete("/runs/" + ended);
    }

    private String paused() {
        String id = waiting();
        client.post("/runs/" + id + "/pause", "{}");
        client.await(id, run -> run.path("status").asString().equals("paused"));
        return id;
    }

    private Call fromAfterAFailure() {
        server.job("coverage/two").config("""
            composition: steps
            steps:
              - {id: first, inline: exit 3}
              - {id: second, needs: [first], inline: echo second}
            """);
        String id = client.run("coverage/two", "{}");
        client.awaitEnd(id);
        return Call.post("/runs/" + id + "/rerun", "{\"from_step\": \"second\"}");
    }

    private Call latestOf(Runnable change) {
        server.job("coverage/fleeting").config("inline: echo fleeting");
        String id = client.run("coverage/fleeting", "{}");
        client.awaitEnd(id);
        change.run();
        return Call.post("/runs/" + id + "/rerun", "{\"version\": \"latest\"}");
    }

    /** A run that its job makes wait for an hour. */
    private String waiting() {
        String id = client.run("coverage/slow", "{}");
        client.await(id, run -> run.path("status").asString().equals("waiting"));
        return id;
    }

    private void addStreams(String id, String step) {
        String events = "/runs/" + id + "/events";
        String last = client.get("/runs/" + id).json().path("last_seq").asString();
        Recipe stream = add("getRunEvents", Call.get(events), new Elsewhere.NotFound("run-not-found"))
                .answers(200, "a reader of lines", () -> Call.get(events).withHeader("Accept", "application/x-ndjson"))
                .answers(
                        200,
                        "a reader of pages",
                        () -> Call.get(events + "?limit=2&types=run.created&types=run.finished")
                                .withHeader("Accept", "application/json"))
                .answers(200, "a cursor beyond the end", () -> Call.get(events + "?after_seq=999999"))
                .answers(
                        204, "who comes back at the end", () -> Call.get(events).withHeader("Last-Event-ID", last))
                .refuses(
                        "validation-error",
                        "a cursor that is none",
                        () -> Call.get(events).withHeader("Last-Event-ID", "then"));
        addMissingRuns(stream, "/events");
        String logs = "/runs/" + id + "/logs";
        Recipe log = add("getRunLogs", Call.get(logs), new Elsewhere.NotFound("run-not-found"))
                .answers(200, "who asks for text", () -> Call.get(logs + "?format=text"))
                .answers(200, "who accepts text", () -> Call.get(logs).withHeader("Accept", "text/plain"))
                .answers(200, "who asks for lines", () -> Call.get(logs + "?format=ndjson"))
                .answers(200, "who follows", () -> Call.get(logs + "?follow=true"))
                .answers(200, "who accepts a stream", () -> Call.get(logs).withHeader("Accept", "text/event-stream"))
                .answers(
                        200,
                        "every filter at once",
                        () -> Call.get(logs + "?since=2026-01-31T08:00:00Z&stream=stdout&level=info&q=e&tail=3"
                                + "&limit=1&after_seq=1&step_id=" + step))
                .answers(
                        206,
                        "who asks for a part of the text",
                        () -> Call.get(logs + "?format=text").withHeader("Range", "bytes=1-"))
                .refuses(
                        "range-not-satisfiable",
                        "a part beyond the end",
                        () -> Call.get(logs + "?format=text").withHeader("Range", "bytes=1000000-"))
                .answers(
                        204,
                        "who comes back at the end",
                        () -> Call.get(logs + "?follow=true").withHeader("Last-Event-ID", last))
                .refuses(
                        "step-not-found",
                        "a step that its job does not have",
                        () -> Call.get(logs + "?step_id=nothing"));
        addMissingRuns(log, "/logs");
    }

    private static void addMissingRuns(Recipe recipe, String rest) {
        recipe.refuses("run-not-found", "a run that is not there", () -> Call.get("/runs/run_" + NOBODYS + rest))
                .refuses("run-not-found", "an id that no run can have", () -> Call.get("/runs/nonsense" + rest));
    }

    private void addLogs() {
        add("streamAllRunEvents", Call.get("/events/runs").until("\n\n"), new Elsewhere.OwnRunsOnly())
                .refuses("validation-error", "a cursor that is none", () -> Call.get("/events/runs?cursor=then"));
    }

    private void addArtifacts() {
        String run = client.run("coverage/leaving", "{}");
        client.awaitEnd(run);
        String list = "/artifacts?run_id=" + run;
        String path = "/artifacts/"
                + client.get(list).json().path("artifacts").path(0).path("id").asString();
        Call missing = Call.get("/artifacts/artifact_" + NOBODYS);
        add("listArtifacts", Call.get(list), new Elsewhere.Empty("artifacts"))
                .answers(200, "every filter at once", () -> Call.get(list + "&name=numbers.txt&limit=1"));
        add("getArtifact", Call.get(path), new Elsewhere.NotFound("artifact-not-found"))
                .answers(206, "who asks for a part", () -> Call.get(path).withHeader("Range", "bytes=0-99"))
                .refuses("artifact-not-found", "an artifact that is not there", () -> missing)
                .refuses(
                        "artifact-not-found", "an id that no artifact can have", () -> Call.get("/artifacts/nonsense"));
        addUploads(run);
        add("getArtifactMetadata", Call.get(path + "/metadata"), new Elsewhere.NotFound("artifact-not-found"))
                .refuses(
                        "artifact-not-found",
                        "an artifact that is not there",
                        () -> missing.withPath(missing.path() + "/metadata"));
    }

    private void addExports() {
        Elsewhere nothing = new Elsewhere.NoLines();
        String mark = "mark=" + UUID.randomUUID();
        String id = client.post(
                        "/runs", "{\"job_id\": \"hello-world\", \"labels\": {\"mark\": \"" + mark.substring(5) + "\"}}")
                .json()
                .path("run_id")
                .asString();
        client.awaitEnd(id);
        add("exportRuns", Call.get("/export/runs?label=" + mark.replace("=", "%3D")), nothing)
                .answers(
                        200,
                        "every filter at once",
                        () -> Call.get("/export/runs?job_id=hello-world&status=success"
                                + "&label=team%3Dcore&created_before=2126-01-31T08:00:00Z"
                                + "&finished_after=2026-01-31T08:00:00Z&finished_before=2126-01-31T08:00:00Z&cursor="
                                + id))
                .refuses("validation-error", "a cursor that is none", () -> Call.get("/export/runs?cursor=then"))
                .refuses("validation-error", "a label that is none", () -> Call.get("/export/runs?label=team"));
        add("exportEvents", Call.get("/export/events?run_id=" + id), nothing)
                .answers(
                        200,
                        "some of them",
                        () -> Call.get("/export/events?job_id=hello-world&types=run.created&types=run.finished"))
                .refuses("validation-error", "a cursor that is none", () -> Call.get("/export/events?cursor=then"));
        add("exportJobs", Call.get("/export/jobs?source=examples"), new Elsewhere.Same(FOR_ALL))
                .refuses(
                        "source-not-found", "a source that is not there", () -> Call.get("/export/jobs?source=nowhere"))
                .refuses("validation-error", "a cursor that is none", () -> Call.get("/export/jobs?cursor=then"));
    }

    private void addApprovals() {
        String run = asking("coverage/asking");
        String list = "/approvals?run_id=" + run;
        String path = "/approvals/"
                + client.get(list).json().path("approvals").path(0).path("id").asString();
        add("listApprovals", Call.get(list), new Elsewhere.Empty("approvals"))
                .answers(
                        200,
                        "every filter at once",
                        () -> Call.get(list + "&status=approved&status=denied&mine=true&limit=1"))
                .answers(200, "who may decide", () -> Call.get("/approvals?mine=true"));
        add("getApproval", Call.get(path), new Elsewhere.NotFound("approval-not-found"))
                .refuses(
                        "approval-not-found",
                        "an approval that is not there",
                        () -> Call.get("/approvals/approval_" + NOBODYS))
                .refuses(
                        "approval-not-found", "an id that no approval can have", () -> Call.get("/approvals/nonsense"));
        for (String decision : List.of("approve", "deny")) {
            Elsewhere approval = new Elsewhere.NotFound("approval-not-found");
            String own = decision.equals("approve") ? path : gate("coverage/asking");
            Recipe byId = add(decision + "Gate", Call.post(own + "/" + decision, null), approval)
                    .refuses(
                            "approval-not-found",
                            "an approval that is not there",
                            () -> Call.post("/approvals/approval_" + NOBODYS + "/" + decision, null));
            addRefusedVotes(byId, decision, () -> gate("coverage/asking"), () -> gate("coverage/asking-others"));
            Supplier<String> asking = () -> "/runs/" + asking("coverage/asking") + "/steps/gate";
            Recipe byStep = add(
                            decision + "Step",
                            Call.post(asking.get() + "/" + decision, null),
                            new Elsewhere.NotFound("run-not-found"))
                    .refuses(
                            "run-not-found",
                            "a run that is not there",
                            () -> Call.post("/runs/run_" + NOBODYS + "/steps/gate/" + decision, null))
                    .refuses(
                            "step-not-found",
                            "a step that its job does not have",
                            () -> Call.post("/runs/" + run + "/steps/nothing/" + decision, null))
                    .refuses(
                            "approval-not-found",
                            "a step that asks nobody",
                            () -> Call.post("/runs/" + run + "/steps/before/" + decision, null));
            addRefusedVotes(
                    byStep, decision, asking, () -> "/runs/" + asking("coverage/asking-others") + "/steps/gate");
        }
    }

    private void addRefusedVotes(Recipe recipe, String decision, Supplier<String> gate, Supplier<String> others) {
        String otherwise = decision.equals("approve") ? "deny" : "approve";
        String looked = "{\"note\": \"Looks good.\", \"plan_digest\": \"sha256:" + "0".repeat(64) + "\"}";
        recipe.refuses("not-allowed-to-decide", "whose run it is", () -> Call.post(others.get() + "/" + decision, null))
                .refuses(
                        "approval-stale",
                        "who has looked at something else",
                        () -> Call.post(gate.get() + "/" + decision, looked))
                .refuses("already-voted", "who has voted otherwise", () -> {
                    String path = gate.get();
                    Call.post(path + "/" + otherwise, null).send();
                    return Call.post(path + "/" + decision, null);
                })
                .refuses("already-decided", "a gate that is closed", () -> {
                    String path = others.get();
                    Call.post(path + "/" + otherwise, null)
                            .withToken("ada-token")
                            .send();
                    return Call.post(path + "/" + decision, null).withToken("ben-token");
                });
    }

    private void addSignals() {
        server.job("coverage/listening").config("""
            name: Waits for a message
            composition: steps
            steps:
              - {id: wait, type: signal, signal: {name: other, timeout: 1h}}
              - {id: more, type: signal, signal: {name: go, schema: {type: object, properties: {n: {type: integer}}}}}
            """);
        String path = "/runs/" + asking("coverage/listening") + "/signals/";
        String over = client.run("coverage/listening", "{}");
        client.post("/runs/" + over + "/cancel", "{}");
        client.awaitEnd(over);
        add("sendSignal", Call.post(path + "go", null), new Elsewhere.NotFound("run-not-found"))
                .answers(202, "who has something to say", () -> Call.post(path + "go", "{\"payload\": {\"n\": 5}}"))
                .refuses(
                        "validation-error",
                        "what the job does not take",
                        () -> Call.post(path + "go", "{\"payload\": {\"n\": \"five\"}}"))
                .refuses("signal-not-found", "a signal that nobody waits for", () -> Call.post(path + "gone", null))
                .refuses("inbox-full", "more than a run keeps", () -> {
                    String full = asking("coverage/listening");
                    String other = "/runs/" + full + "/signals/go";
                    client.post(other, "{}");
                    // One is taken, and makes room when it is.
                    client.await(
                            full,
                            run -> run.path("steps")
                                    .valueStream()
                                    .anyMatch(step ->
                                            step.path("status").asString().equals("success")));
                    IntStream.range(0, TestServer.SIGNALS_KEPT).parallel().forEach(_ -> client.post(other, "{}"));
                    // What was answered otherwise on a busy machine is made up for.
                    Awaitility.await().until(() -> client.post(other, "{}").status() == 409);
                    return Call.post(other, null);
                })
                .refuses(
                        "run-not-active",
                        "a run that has ended",
                        () -> Call.post("/runs/" + over + "/signals/go", null))
                .refuses(
                        "run-not-found",
                        "a run that is not there",
                        () -> Call.post("/runs/run_" + NOBODYS + "/signals/go", null));
    }

    private void addUpdates() {
        server.job("coverage/serving").config("""
            name: Answers
            composition: steps
            steps:
              - {id: wait, type: signal, signal: {name: never}}
              - id: serve
                needs: [wait]
                updates: {ask: {schema: {type: object, properties: {n: {type: integer}}}}}
                inline: ym_update
              - id: done
                updates: {late: {}}
                inline: ":"
            """);
        String run = asking("coverage/serving");
        String path = "/runs/" + run + "/updates/";
        String over = client.run("coverage/serving", "{}");
        client.post("/runs/" + over + "/cancel", "{}");
        client.awaitEnd(over);
        String now = "{\"timeout\": \"0s\"}";
        String sent = client.post(path + "ask", now).json().path("update_id").asString();
        add("sendUpdate", Call.post(path + "late", null), new Elsewhere.NotFound("run-not-found"))
                .answers(202, "who does not wait", () -> Call.post(path + "ask", now))
                .answers(200, "what nobody answers any more", () -> Call.post(path + "late", null))
                .refuses(
                        "validation-error",
                        "what the job does not take",
                        () -> Call.post(path + "ask", "{\"payload\": {\"n\": \"five\"}}"))
                .refuses("update-not-found", "an update that nobody handles", () -> Call.post(path + "gone", null))
                .refuses("inbox-full", "more than a run may have unanswered", () -> {
                    String other = "/runs/" + asking("coverage/serving") + "/updates/ask";
                    for (int i = 0; i < 100; i++) {
                        client.post(other, now);
                    }
                    return Call.post(other, now);
                })
                .refuses(
                        "run-not-active",
                        "a run that has ended",
                        () -> Call.post("/runs/" + over + "/updates/ask", null))
                .refuses(
                        "run-not-found",
                        "a run that is not there",
                        () -> Call.post("/runs/run_" + NOBODYS + "/updates/ask", null));
        add("getUpdate", Call.get("/updates/" + sent), new Elsewhere.NotFound("update-not-found"))
                .refuses(
                        "update-not-found",
                        "an update that is not there",
                        () -> Call.get("/updates/update_" + NOBODYS));
    }

    /** A run of a job that waits at its gate. */
    private String asking(String job) {
        String id = client.run(job, "{}");
        client.await(id, run -> run.path("status").asString().equals("waiting"));
        return id;
    }

    private String gate(String job) {
        String list = "/approvals?run_id=" + asking(job);
        return "/approvals/"
                + client.get(list).json().path("approvals").path(0).path("id").asString();
    }

    private void addUploads(String ended) {
        String live = client.run("coverage/slow", "{}");
        String bytes = "{\"coverage\": 80}";
        Call upload = upload("/runs/" + live + "/artifacts/coverage.json", bytes);
        add("uploadArtifact", upload, new Elsewhere.NotFound("run-not-found"))
                .answers(
                        201,
                        "an artifact under a key",
                        () -> upload(
                                "/runs/" + live + "/artifacts/coverage.json?key_mode=mutable&key=" + UUID.randomUUID(),
                                bytes))
                .answers(200, "the same once more", () -> {
                    Call same = upload("/runs/" + live + "/artifacts/same.json", bytes);
                    same.send();
                    return same;
                })
                .refuses(
                        "validation-error",
                        "a name that no file can have",
                        () -> upload("/runs/" + live + "/artifacts/%20", bytes))
                .refuses(
                        "digest-mismatch",
                        "other bytes than those of the digest",
                        () -> upload.withBody("text/plain", "other bytes"))
                .refuses(
                        "run-not-active",
                        "a run that has ended",
                        () -> upload("/runs/" + ended + "/artifacts/late.txt", bytes))
                .refuses("artifact-key-taken", "a key that names something for good", () -> {
                    String key = "?key=" + UUID.randomUUID();
                    upload("/runs/" + live + "/artifacts/one" + key, bytes).send();
                    return upload("/runs/" + live + "/artifacts/other" + key, bytes);
                })
                .refuses(
                        "artifact-too-large",
                        "more bytes than one artifact may have",
                        () -> upload("/runs/" + live + "/artifacts/large", " ".repeat((4 << 20) + 1)))
                .refuses(
                        "artifact-quota-used-up",
                        "more bytes than the tenant has room for",
                        () -> upload("/runs/" + bounded() + "/artifacts/large", " ".repeat((1 << 20) + 1))
                                .withToken(TestServer.BOUNDED_TENANT_TOKEN))
                .refuses(
                        "unsupported-media-type",
                        "a body that is packed for the way",
                        () -> upload.withHeader("Content-Encoding", "gzip"));
        add(
                        "deleteArtifact",
                        Call.delete("/artifacts/" + uploaded(live)),
                        () -> Call.delete("/artifacts/" + uploaded(live)),
                        new Elsewhere.NotFound("artifact-not-found"))
                .refuses(
                        "artifact-not-found",
                        "an artifact that is not there",
                        () -> Call.delete("/artifacts/artifact_" + NOBODYS))
                .refuses("idempotency-mismatch", "a key that deleted another artifact", () -> {
                    String key = "key-" + UUID.randomUUID();
                    Call.delete("/artifacts/" + uploaded(live))
                            .withHeader("Idempotency-Key", key)
                            .send();
                    return Call.delete("/artifacts/" + uploaded(live)).withHeader("Idempotency-Key", key);
                });
    }

    private String bounded() {
        return server.client(TestServer.BOUNDED_TENANT_TOKEN).run("coverage/slow", "{}");
    }

    private static Call upload(String path, String text) {
        return Call.get(path)
                .withMethod("PUT")
                .withBody("text/plain", text)
                .withHeader(
                        "Content-Digest",
                        "sha-256=:"
                                + Base64.getEncoder()
                                        .encodeToString(Sha256.of(text.getBytes(StandardCharsets.UTF_8))
                                                .bytes())
                                + ":");
    }

    private static String uploaded(String run) {
        return upload("/runs/" + run + "/artifacts/" + UUID.randomUUID(), "to be deleted")
                .send()
                .json()
                .path("id")
                .asString();
    }

    private void addSystem() {
        Elsewhere same = new Elsewhere.Same("it is about the server");
        add("getHealth", Call.get("/health"), same);
        add("getLiveness", Call.get("/livez"), same);
        add("getReadiness", Call.get("/readyz"), same);
        add("getStartup", Call.get("/startupz"), same);
        add("getSystemInfo", Call.get("/system/info"), same);
        add("getSystemNodes", Call.get("/system/nodes"), same);
        add("getSystemQueues", Call.get("/system/queues"), new Elsewhere.Same("only the totals are everybody's"));
        add("getMetrics", Call.get("//metrics"), same)
                .answers(
                        200,
                        "who accepts OpenMetrics",
                        () -> Call.get("//metrics").withHeader("Accept", "application/openmetrics-text;version=1.0.0"));
        add("getPrincipal", Call.get("/principal"), new Elsewhere.Same("it is about who asks"));
    }

    private Recipe add(String operation, Call call, Elsewhere elsewhere) {
        return add(operation, call, null, elsewhere);
    }

    private Recipe add(String operation, Call call, @Nullable Supplier<Call> repeatable, Elsewhere elsewhere) {
        Recipe recipe = new Recipe(call, repeatable, elsewhere, new LinkedHashMap<>(), new ArrayList<>());
        recipes.put(operation, recipe);
        return recipe;
    }
}
