package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Labels and attributes of runs that are there, changed by people and by steps. */
class LabelsTest {

    private static final TestServer SERVER = TestServer.shared();

    private final ApiClient api = SERVER.client();
    private final String mark = "m" + UUID.randomUUID().toString().substring(0, 12);

    @TempDir
    Path folder;

    @Test
    void a_run_that_has_ended_is_found_by_its_new_names_and_not_by_the_old_ones() throws Exception {
        String id = submit("hello-world", "{}");
        JsonNode ended = api.awaitEnd(id);

        Answer answer = patch(id, """
            {"labels": {"env": "prod", "team": null, "same": "as before"}, "attributes": {"rows": 5, "big": true, "gone": null}}
            """);

        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().path("labels"))
                .isEqualTo(EndedRun.json("{\"env\": \"prod\", \"mark\": \"" + mark + "\", \"same\": \"as before\"}"));
        assertThat(answer.json().path("attributes"))
                .isEqualTo(EndedRun.json("{\"big\": true, \"rows\": 5, \"due\": \"2026-03-02T12:00:00Z\"}"));
        assertThat(api.get("/runs/" + id).json()).isEqualTo(answer.json());
        assertThat(api.get("/runs/" + id).header("ETag")).isEqualTo(answer.header("ETag"));
        for (String fits :
                List.of("label=env=prod", "label=same=as%20before", "attribute=rows%3E4", "attribute=big=true")) {
            assertThat(found(fits)).as(fits).containsExactly(id);
        }
        for (String fits :
                List.of("label=team=core", "attribute=rows=12.5", "attribute=gone!=x", "attribute=rows=true")) {
            assertThat(found(fits)).as(fits).isEmpty();
        }
        assertThat(api.get("/runs/aggregate?group_by=label:env&label=mark=" + mark)
                        .json()
                        .path("groups"))
                .isEqualTo(EndedRun.json("[{\"key\": \"prod\", \"count\": 1}]"));
        // Its log was complete.
        assertThat(answer.json().path("last_seq")).isEqualTo(ended.path("last_seq"));
        assertThat(answer.json().path("updated_at")).isEqualTo(ended.path("updated_at"));

        assertThat(patch(id, "{\"labels\": {\"env\": null}, \"attributes\": {}}")
                        .status())
                .isEqualTo(200);
        assertThat(found("label=env=prod")).isEmpty();
        assertThat(found("label=same=as%20before")).containsExactly(id);
    }

    @Test
    void a_run_at_work_and_one_that_waits_tell_of_it_in_their_logs() throws Exception {
        SERVER.job("labels/works").config("""
            composition: steps
            argspec: {type: object, properties: {folder: {type: string}}}
            steps:
              - {id: work, env: {FOLDER: "${{ args.folder }}"}, inline: 'until [ -e "$FOLDER/go" ]; do sleep 0.02; done'}
              - {id: nap, type: sleep, for: 1h, needs: [work]}
            """);
        String id = submit("labels/works", "{\"folder\": \"" + folder + "\"}");
        api.await(id, run -> run.path("status").asString().equals("running"));

        assertThat(patch(id, "{\"labels\": {\"at\": \"work\"}}").status()).isEqualTo(200);
        assertThat(found("label=at=work")).containsExactly(id);
        Files.createFile(folder.resolve("go"));
        JsonNode waiting = api.await(id, run -> run.path("status").asString().equals("waiting"));
        assertThat(patch(id, "{\"attributes\": {\"n\": 1.50}}")
                        .json()
                        .path("last_seq")
                        .asLong())
                .as("one event more")
                .isEqualTo(waiting.path("last_seq").asLong() + 1);
        // Nothing changes, nothing is told.
        assertThat(patch(id, "{\"labels\": {\"at\": \"work\"}, \"attributes\": {\"n\": 1.5}}")
                        .status())
                .isEqualTo(200);
        assertThat(api.get("/runs/" + id).json().path("status").asString()).isEqualTo("waiting");
        api.post("/runs/" + id + "/cancel", "{}");
        EndedRun ended = EndedRun.of(api, id);

        List<JsonNode> told = ended.events("run.labelled", "");
        assertThat(told).hasSize(2);
        assertThat(told.get(0).path("labels")).isEqualTo(EndedRun.json("{\"at\": \"work\"}"));
        assertThat(told.get(0).path("requested_by").asString()).isEqualTo("dev");
        assertThat(told.get(1).path("attributes")).isEqualTo(EndedRun.json("{\"n\": 1.50}"));
        assertThat(ended.types().stream().filter("run.resumed"::equals).count())
                .as("it was not woken for it")
                .isLessThanOrEqualTo(1);
        assertThat(ended.events().stream().map(event -> event.path("seq").asInt()))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, ended.events().size()).boxed().toList());
        assertThat(ended.run().path("attributes").path("n").asDouble()).isEqualTo(1.5);
    }

    @Test
    void a_pause_stays_one_when_the_run_gets_a_label() throws Exception {
        SERVER.job("labels/naps").config("""
            composition: steps
            steps: [{id: nap, type: sleep, for: 1h}]
            """);
        String id = submit("labels/naps", "{}");
        api.post("/runs/" + id + "/pause", "{}");
        api.await(id, run -> run.path("status").asString().equals("paused"));
        assertThat(patch(id, "{\"labels\": {\"held\": \"yes\"}}").status()).isEqualTo(200);
        assertThat(api.post("/runs/" + id + "/pause", "{}").status()).isEqualTo(200);
        assertThat(api.get("/runs/" + id).json().path("status").asString()).isEqualTo("paused");
        assertThat(api.post("/runs/" + id + "/resume", "{}").status()).isEqualTo(200);
        api.await(id, run -> run.path("status").asString().equals("waiting"));
        api.post("/runs/" + id + "/cancel", "{}");
        assertThat(EndedRun.of(api, id).types()).contains("run.labelled");
    }

    @Test
    void of_those_who_change_what_they_have_read_only_the_first_does() throws Exception {
        SERVER.job("labels/talks").config("""
            argspec: {type: object, properties: {folder: {type: string}}}
            env: {FOLDER: "${{ args.folder }}"}
            inline: 'until [ -e "$FOLDER/go" ]; do echo still here; sleep 0.02; done'
            """);
        String id = submit("labels/talks", "{\"folder\": \"" + folder + "\"}");
        api.await(id, run -> run.path("status").asString().equals("running"));
        Answer read = api.get("/runs/" + id);
        api.await(
                id,
                run -> run.path("last_seq").asLong()
                        > read.json().path("last_seq").asLong() + 3);

        // What the run has done since does not matter.
        Answer first = patch(id, "{\"labels\": {\"owner\": \"ada\"}}", "If-Match", read.header("ETag"));
        Answer second = patch(id, "{\"labels\": {\"owner\": \"bob\"}}", "If-Match", read.header("ETag"));

        assertThat(first.status()).as(first.body()).isEqualTo(200);
        assertThat(second.status()).isEqualTo(412);
        assertThat(second.json().path("type").asString()).isEqualTo("/problems/precondition-failed");
        assertThat(patch(id, "{\"labels\": {\"owner\": \"eve\"}}", "If-Match", "W/" + first.header("ETag"))
                        .status())
                .isEqualTo(412);
        assertThat(patch(id, "{\"labels\": {\"owner\": \"bob\"}}", "If-Match", "\"other\", " + first.header("ETag"))
                        .status())
                .isEqualTo(200);
        assertThat(patch(id, "{\"labels\": {\"more\": \"1\"}}", "If-Match", "*").status())
                .isEqualTo(200);
        Files.createFile(folder.resolve("go"));
        JsonNode ended = api.awaitEnd(id);
        assertThat(ended.path("labels").path("owner").asString()).isEqualTo("bob");
    }

    @Test
    void changes_at_the_same_moment_are_all_made() {
        String id = submit("hello-world", "{}");
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String body = "{\"labels\": {\"l" + i + "\": \"x\"}, \"attributes\": {\"a" + i + "\": " + i + "}}";
            answers.add(CompletableFuture.supplyAsync(() -> patch(id, body)));
        }
        answers.forEach(answer -> assertThat(answer.join().status()).isEqualTo(200));
        JsonNode ended = api.awaitEnd(id);
        assertThat(ended.path("labels")).hasSize(20 + 2);
        assertThat(ended.path("attributes")).hasSize(20 + 3);
        assertThat(found("label=l7=x")).containsExactly(id);
    }

    @Test
    void steps_set_attributes_and_those_of_a_failed_attempt_count_too() {
        SERVER.job("labels/sets").config("""
            composition: steps
            steps:
              - id: counts
                retry: {attempts: 2, backoff: 10ms}
                inline: |
                  echo "tries=$YM_ATTEMPT" >> "$YM_ATTRIBUTES"
                  [ "$YM_ATTEMPT" = 2 ] || exit 1
                  {
                    echo "rows=12.50"
                    echo "rows=1250"
                    echo "clean=true"
                    echo 'version="5"'
                    echo "due=2026-03-02T12:00:00+01:00"
                    echo "note<<END"
                    echo "two words"
                    echo "END"
                  } >> "$YM_ATTRIBUTES"
            """);
        String id = submit("labels/sets", "{}");
        EndedRun ended = EndedRun.of(api, id);

        assertThat(ended.status()).as("%s", ended.run()).isEqualTo("success");
        JsonNode attributes = ended.run().path("attributes");
        assertThat(attributes.path("tries").asInt()).isEqualTo(2);
        assertThat(attributes.path("rows").asInt()).isEqualTo(1250);
        assertThat(attributes.path("clean").asBoolean()).isTrue();
        assertThat(attributes.path("version").asString()).isEqualTo("5");
        assertThat(attributes.path("due").asString()).isEqualTo("2026-03-02T11:00:00Z");
        assertThat(attributes.path("note").asString()).isEqualTo("two words");
        assertThat(attributes.path("gone").asString()).as("given with the run").isEqualTo("x");
        for (String fits : List.of("rows%3E=1250", "clean=true", "version=%225%22", "tries=2")) {
            assertThat(found("attribute=" + fits)).as(fits).containsExactly(id);
        }
        assertThat(found("attribute=rows=12.5")).isEmpty();
        List<JsonNode> told = ended.events("run.labelled", "counts");
        assertThat(told).hasSize(2);
        assertThat(told.getFirst().path("attributes").path("tries").asInt()).isEqualTo(1);
        assertThat(ended.outputs("counts")).isEmpty();
    }

    @Test
    void a_step_that_writes_what_is_no_attribute_fails_and_a_secret_never_becomes_one() {
        SERVER.job("labels/wrong").config("inline: 'echo \"Rows=5\" > \"$YM_ATTRIBUTES\"'");
        EndedRun wrong = EndedRun.of(api, "labels/wrong", "{}");
        assertThat(wrong.failure("code")).isEqualTo("invalid-output");
        assertThat(wrong.failure("message")).startsWith("$YM_ATTRIBUTES, line 1: expected key=value");
        SERVER.job("labels/long").config("inline: 'printf \"note=%0300d\" 7 > \"$YM_ATTRIBUTES\"'");
        assertThat(EndedRun.of(api, "labels/long", "{}").failure("message")).contains("at most 255 characters");

        SERVER.job("labels/leaks").config("""
            argspec:
              type: object
              properties: {pin: {type: string, format: secret}, folder: {type: string}}
            env: {FOLDER: "${{ args.folder }}"}
            inline: |
              echo "code=$(cat "$YM_SECRETS_DIR/pin")" > "$YM_ATTRIBUTES"
              until [ -e "$FOLDER/go" ]; do sleep 0.02; done
            """);
        String id = api.run("labels/leaks", "{\"pin\": \"4711081547\", \"folder\": \"" + folder + "\"}");
        Answer refused = patch(id, "{\"labels\": {\"pin\": \"x4711081547\"}, \"attributes\": {\"p\": \"4711081547\"}}");
        assertThat(refused.status()).as(refused.body()).isEqualTo(400);
        assertThat(refused.json().path("errors")).hasSize(2);
        assertThat(refused.body()).doesNotContain("4711081547");
        try {
            Files.createFile(folder.resolve("go"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        EndedRun ended = EndedRun.of(api, id);
        assertThat(ended.run().toString()).doesNotContain("4711081547");
        assertThat(ended.events().toString()).doesNotContain("4711081547");
        assertThat(ended.run().path("attributes").path("code").asString()).isEqualTo("***");
    }

    @Test
    void what_a_run_cannot_have_is_refused_whole() {
        String id = submit("hello-world", "{}");
        Answer refused = patch(id, """
            {"labels": {"Env": "prod"}, "attributes": {"far": 9007199254740992}, "status": "success"}
            """);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json()
                        .path("errors")
                        .valueStream()
                        .map(fault -> fault.path("pointer").asString()))
                .containsExactlyInAnyOrder("/labels", "/attributes/far", "/status");
        Answer list = patch(id, "{\"labels\": {\"n\": 5}, \"attributes\": {\"list\": [1]}}");
        assertThat(list.json()
                        .path("errors")
                        .valueStream()
                        .map(fault -> fault.path("pointer").asString()))
                .containsExactly("/labels/n", "/attributes/list");
        StringBuilder many = new StringBuilder("{\"labels\": {");
        for (int i = 0; i < 63; i++) {
            many.append(i == 0 ? "" : ", ").append("\"k").append(i).append("\": \"v\"");
        }
        Answer tooMany = patch(id, many + "}}");
        assertThat(tooMany.status()).isEqualTo(400);
        assertThat(tooMany.json().path("errors").path(0).path("code").asString())
                .isEqualTo("max-items");
        Answer asJson = api.send("PATCH", "/runs/" + id, "{\"labels\": {\"a\": \"b\"}}");
        assertThat(asJson.status()).isEqualTo(415);
        assertThat(asJson.header("Accept-Patch")).isEqualTo("application/merge-patch+json");
        JsonNode run = api.awaitEnd(id);
        assertThat(run.path("labels")).hasSize(2);
        assertThat(run.path("attributes")).hasSize(3);
    }

    private String submit(String job, String args) {
        Answer answer = api.post("/runs", """
            {"job_id": "%s", "args": %s, "labels": {"team": "core", "mark": "%s"},
             "attributes": {"rows": 12.5, "gone": "x", "due": "2026-03-02T12:00:00Z"}}
            """.formatted(job, args, mark));
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return answer.json().path("run_id").asString();
    }

    private List<String> found(String filter) {
        return api.get("/runs?" + filter + "&" + mark())
                .json()
                .path("runs")
                .valueStream()
                .map(run -> run.path("run_id").asString())
                .toList();
    }

    private String mark() {
        return "label=" + URLEncoder.encode("mark=" + mark, StandardCharsets.UTF_8);
    }

    private static Answer patch(String id, String body, String... headers) {
        return SERVER.client().patch("/runs/" + id, body, headers);
    }
}
