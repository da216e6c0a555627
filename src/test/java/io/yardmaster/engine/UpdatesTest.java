package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** What runs are asked for, and the steps that answer. */
class UpdatesTest {

    private static final TestServer SERVER = TestServer.shared();
    private static final ApiClient API = SERVER.client();

    @BeforeAll
    static void writeJobs() {
        SERVER.job("updates/serving").config("""
            composition: steps
            argspec:
              type: object
              properties: {token: {type: string, format: secret}}
            steps:
              - id: serve
                updates:
                  set-traffic: {schema: {type: object, required: [percent],
                                         properties: {percent: {type: integer}, note: {type: string, default: none}}}}
                  tell: {}
                  odd: {}
                  say: {}
                  stop: {}
                inline: |
                  echo serving
                  while ym_update; do
                    case $ym_update_name in
                      set-traffic)
                        if ((ym_update_fields[percent] > 100)); then
                          ym_refuse "100 is all there is, not ${ym_update_fields[percent]} \\"percent\\""
                        else
                          ym_answer "{\\"now\\": ${ym_update_fields[percent]}, \\"said\\": $ym_update_payload}"
                        fi ;;
                      tell) ym_answer "\\"${token:-nothing}\\"" ;;
                      say) ym_answer "${ym_update_fields[json]}" ;;
                      odd) ym_answer '{"never closed"' ;;
                      stop) ym_answer; break ;;
                    esac
                  done
            """);
        SERVER.job("updates/python").config("""
            composition: steps
            ulc_profile: ulc.python.3
            steps:
              - id: serve
                updates: {double: {}}
                inline: |
                  import glob, json, os, select
                  folder = os.environ["YM_UPDATES"]
                  bell = os.open(folder + "/bell", os.O_RDWR)
                  done = 0
                  while done < 2:
                      for file in sorted(glob.glob(folder + "/*.json")):
                          taken = file.removesuffix(".json") + ".taken"
                          os.rename(file, taken)
                          update = json.load(open(taken))
                          with open(update["answer"], "w") as answer:
                              json.dump({"result": update["payload"]["n"] * 2}, answer)
                          done += 1
                      if select.select([bell], [], [], 1)[0]: os.read(bell, 1)
            """);
        SERVER.job("updates/two-steps").config("""
            composition: steps
            steps:
              - {id: ready, type: signal, signal: {name: go}}
              - id: first
                needs: [ready]
                updates: {add: {}}
                inline: |
                  ym_update; ym_answer "{\\"by\\": 1, \\"said\\": $ym_update_payload}"
                  until [[ -n $(ls "$YM_UPDATES"/*.json 2>/dev/null) ]]; do sleep 0.02; done
              - id: second
                needs: [first]
                updates: {add: {}}
                inline: |
                  ym_update; ym_answer "{\\"by\\": 2, \\"said\\": $ym_update_payload}"
            """);
        SERVER.job("updates/deaf").config("""
            composition: steps
            steps:
              - {id: ready, type: signal, signal: {name: go}}
              - id: deaf
                needs: [ready]
                updates: {hear: {}}
                inline: |
                  until [[ -e go ]]; do sleep 0.02; done
              - id: drops
                updates: {drop: {}}
                inline: ym_update; echo "dropped $ym_update_id"
            """);
        SERVER.job("updates/anew").config("""
            composition: steps
            argspec:
              type: object
              properties: {how: {type: string}}
            steps:
              - id: silent
                updates: {hear: {}}
                inline: |
                  rm -r "$YM_UPDATES"
                  [[ $how == removed ]] || mkdir "$YM_UPDATES"
                  echo anew
                  ym_update; ym_answer 1
                  until [[ -e go ]]; do sleep 0.02; done
            """);
        SERVER.job("updates/broken").config("""
            composition: steps
            argspec:
              type: object
              properties: {how: {type: string}}
            steps:
              - id: breaks
                updates: {hear: {}}
                inline: |
                  case $how in
                    obstacle) mkdir -p "$YM_UPDATES"/00000000000{1..9}.new-update/in-the-way ;;
                    no-place) mkdir -p "$YM_UPDATES"/00000000000{1..9}.json ;;
                    file) rm -r "$YM_UPDATES"; touch "$YM_UPDATES" ;;
                    link) mkdir elsewhere; rm -r "$YM_UPDATES"; ln -s "$PWD/elsewhere" "$YM_UPDATES" ;;
                    locked) chmod 500 "$YM_UPDATES"; [[ -w $YM_UPDATES ]] && exit ;;
                  esac
                  echo broken
                  until [[ -e go ]]; do sleep 0.02; done
            """);
    }

    @Test
    void a_running_step_answers_refuses_and_is_not_asked_what_the_job_does_not_say() {
        String run = serving();

        Answer answered = update(run, "set-traffic", "{\"payload\": {\"percent\": 25}}");
        assertThat(answered.status()).as(answered.body()).isEqualTo(200);
        JsonNode told = answered.json();
        assertThat(told.path("status").asString()).isEqualTo("answered");
        assertThat(told.path("step_id").asString()).isEqualTo("serve");
        assertThat(told.path("result").toString())
                .isEqualTo("{\"now\":25,\"said\":{\"note\":\"none\",\"percent\":25}}");
        String id = told.path("update_id").asString();
        assertThat(answered.headers().firstValue("Location")).hasValue("/api/v1/updates/" + id);
        assertThat(API.get("/updates/" + id).json()).isEqualTo(told);

        JsonNode refused =
                update(run, "set-traffic", "{\"payload\": {\"percent\": 125}}").json();
        assertThat(refused.path("status").asString()).isEqualTo("refused");
        assertThat(refused.path("failure").path("code").asString()).isEqualTo("refused");
        assertThat(refused.path("failure").path("message").asString())
                .isEqualTo("100 is all there is, not 125 \"percent\"");

        JsonNode odd = update(run, "odd", "{}").json();
        assertThat(odd.path("status").asString()).isEqualTo("unanswered");
        assertThat(odd.path("failure").path("code").asString()).isEqualTo("invalid-answer");

        assertRefused(update(run, "set-traffic", "{\"payload\": {\"percent\": \"all\"}}"), 400, "validation-error");
        assertRefused(update(run, "set-trafic", "{}"), 404, "update-not-found");
        assertRefused(update(run, "stop", "{\"timeout\": \"2m\"}"), 400, "validation-error");
        assertRefused(
                update(run, "tell", "{\"payload\": {\"text\": \"" + "x".repeat(65_536) + "\"}}"),
                413,
                "payload-too-large");

        assertThat(update(run, "stop", "{}").json().has("result")).isFalse();
        assertThat(API.awaitEnd(run).path("status").asString()).isEqualTo("success");
        assertRefused(update(run, "tell", "{}"), 409, "run-not-active");
        assertThat(API.events(run).stream()
                        .map(event -> event.path("type").asString())
                        .filter(type -> type.startsWith("update."))
                        .limit(3))
                .containsExactly("update.received", "update.delivered", "update.answered");
        assertThat(API.get("/updates/" + id).json()).isEqualTo(told);
    }

    @Test
    void a_step_of_any_language_takes_files_and_answers_with_files() {
        String run = API.run("updates/python", "{}");

        List<JsonNode> answers = List.of(
                update(run, "double", "{\"payload\": {\"n\": 21}}").json(),
                update(run, "double", "{\"payload\": {\"n\": 4}}").json());

        assertThat(answers).extracting(answer -> answer.path("result").asInt()).containsExactly(42, 8);
        assertThat(API.awaitEnd(run).path("status").asString()).isEqualTo("success");
    }

    @Test
    void an_update_that_comes_early_is_kept_and_one_that_a_step_has_not_begun_with_goes_to_the_next() {
        String run = API.run("updates/two-steps", "{}");
        API.await(run, seen -> seen.path("status").asString().equals("waiting"));

        Answer early = update(run, "add", "{\"payload\": {\"n\": 1}, \"timeout\": \"0s\"}");
        assertThat(early.status()).as(early.body()).isEqualTo(202);
        assertThat(early.headers().firstValue("Retry-After")).isPresent();
        assertThat(early.json().path("status").asString()).isEqualTo("pending");
        String first = "/updates/" + early.json().path("update_id").asString();
        assertThat(API.get(first).json().path("status").asString()).isEqualTo("pending");

        API.post("/runs/" + run + "/signals/go", "{}");
        JsonNode ofFirst = API.get(first, "Prefer", "wait=20").json();
        assertThat(ofFirst.path("result").toString()).isEqualTo("{\"by\":1,\"said\":{\"n\":1}}");
        JsonNode ofSecond = update(run, "add", "{\"payload\": {\"n\": 2}, \"timeout\": \"20s\"}")
                .json();
        assertThat(ofSecond.path("result").toString()).isEqualTo("{\"by\":2,\"said\":{\"n\":2}}");
        assertThat(ofSecond.path("step_id").asString()).isEqualTo("second");
        assertThat(API.awaitEnd(run).path("status").asString()).isEqualTo("success");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void instances_of_a_matrix_are_asked_one_after_the_other(int atOnce) {
        String job = "updates/matrix-" + atOnce;
        SERVER.job(job).config("""
            composition: steps
            steps:
              - id: serve
                matrix: {n: [10, 11, 12]}
                max_parallel: %d
                updates: {who: {schema: {type: object, required: [by], properties: {by: {type: string}}}}}
                inline: |
                  ym_update; ym_answer "{\\"n\\": $YM_MATRIX_N, \\"by\\": \\"${ym_update_fields[by]}\\"}"
              - {id: after, needs: [serve], type: signal, signal: {name: go}}
            """.formatted(atOnce));
        String run = API.run(job, "{}");

        List<String> sent = new ArrayList<>();
        for (String by : List.of("a", "b", "c", "d")) {
            sent.add("/updates/"
                    + update(run, "who", "{\"payload\": {\"by\": \"" + by + "\"}, \"timeout\": \"0s\"}")
                            .json()
                            .path("update_id")
                            .asString());
        }

        List<JsonNode> told = sent.stream()
                .map(update -> API.get(update, "Prefer", "wait=30").json())
                .toList();
        assertThat(told.subList(0, 3))
                .allSatisfy(one -> {
                    assertThat(one.path("status").asString()).as("%s", one).isEqualTo("answered");
                    assertThat(one.path("step_id").asString())
                            .isEqualTo("serve." + (one.path("result").path("n").asInt() - 10));
                })
                .extracting(one -> one.path("result").path("by").asString())
                .containsExactly("a", "b", "c");
        assertThat(told.subList(0, 3))
                .extracting(one -> one.path("step_id").asString())
                .doesNotHaveDuplicates();
        assertThat(told.getLast().path("failure").path("code").asString()).isEqualTo("not-handled");
        API.post("/runs/" + run + "/signals/go", "{}");
        assertThat(API.awaitEnd(run).path("status").asString()).isEqualTo("success");
    }

    @Test
    void what_nobody_will_answer_any_more_is_said_to_be_so() {
        String run = API.run("updates/deaf", "{}");

        JsonNode dropped = update(run, "drop", "{\"timeout\": \"20s\"}").json();
        assertThat(dropped.path("failure").path("code").asString()).isEqualTo("step-ended");
        assertThat(dropped.path("status").asString()).isEqualTo("unanswered");
        JsonNode late = update(run, "drop", "{\"timeout\": \"20s\"}").json();
        assertThat(late.path("failure").path("code").asString()).isEqualTo("not-handled");

        CompletableFuture<Answer> hears =
                CompletableFuture.supplyAsync(() -> update(run, "hear", "{\"timeout\": \"30s\"}"));
        Awaitility.await()
                .until(() -> API.events(run).stream()
                                .filter(event -> event.path("type").asString().equals("update.received"))
                                .count()
                        == 3);
        API.post("/runs/" + run + "/cancel", "{}");
        assertThat(hears.join().json().path("failure").path("code").asString()).isEqualTo("run-ended");
        assertThat(API.awaitEnd(run).path("status").asString()).isEqualTo("cancelled");
    }

    @ParameterizedTest
    @ValueSource(strings = {"obstacle", "no-place", "file", "link", "locked"})
    void a_step_that_breaks_its_folder_hears_nothing_and_its_run_goes_on(String how) {
        String run = API.run("updates/broken", "{\"how\": \"" + how + "\"}");
        JsonNode begun = API.await(
                run,
                seen -> seen.path("status").asString().equals("success")
                        || API.events(run).stream()
                                .anyMatch(event ->
                                        event.path("message").asString("").equals("broken")));
        assumeThat(begun.path("status").asString())
                .as("nothing is locked for root")
                .isNotEqualTo("success");

        JsonNode told = update(run, "hear", "{\"timeout\": \"30s\"}").json();

        assertThat(told.path("status").asString()).isEqualTo("unanswered");
        assertThat(told.path("failure").path("code").asString()).isEqualTo("not-deliverable");
        API.post("/runs/" + run + "/cancel", "{}");
        assertThat(API.awaitEnd(run).path("status").asString()).isEqualTo("cancelled");
    }

    @ParameterizedTest
    @ValueSource(strings = {"removed", "replaced"})
    void a_silent_step_is_heard_although_its_folder_is_not_the_one_that_was_watched(String how) {
        String run = API.run("updates/anew", "{\"how\": \"" + how + "\"}");
        awaitPrinted(run, "anew");

        JsonNode told = update(run, "hear", "{\"timeout\": \"40s\"}").json();

        assertThat(told.path("result").toString()).as(told.toString()).isEqualTo("1");
        assertThat(API.get("/runs/" + run).json().path("status").asString()).isEqualTo("running");
        API.post("/runs/" + run + "/cancel", "{}");
        API.awaitEnd(run);
    }

    @Test
    void the_same_update_sent_again_under_its_key_is_one_and_secrets_do_not_show() {
        String run = API.run("updates/serving", "{\"token\": \"s3cr3t-of-updates\"}");
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            answers.add(API.post(
                    "/runs/" + run + "/updates/tell",
                    "{\"payload\": {\"text\": \"it is s3cr3t-of-updates\"}, \"timeout\": \"20s\"}",
                    "Idempotency-Key",
                    "tell-" + run));
        }
        assertThat(answers).extracting(Answer::status).containsOnly(200);
        assertThat(answers)
                .extracting(Answer::body)
                .containsOnly(answers.getFirst().body());
        assertThat(answers.getLast().headers().firstValue("Idempotency-Replayed"))
                .hasValue("true");
        assertThat(answers.getFirst().json().path("result").asString()).isEqualTo("***");
        update(run, "stop", "{}");
        API.awaitEnd(run);
        String log = API.events(run).toString();
        assertThat(log).contains("it is ***").doesNotContain("s3cr3t-of-updates");
        assertThat(log.split("update\\.received", -1)).hasSize(1 + 2);
    }

    @Test
    void a_number_of_seconds_is_looked_at_before_it_is_computed_with() {
        SERVER.job("updates/seconds").config("""
            argspec: {type: object, properties: {seconds: {type: string}}}
            updates: {hear: {}}
            inline: |
              ym_update "$seconds" || echo "came back with $?"
              [[ ! -e computed ]]
            """);

        String run = API.run("updates/seconds", "{\"seconds\": \"SECONDS[$(touch computed)]\"}");

        assertThat(API.awaitEnd(run).path("status").asString()).isEqualTo("success");
        assertThat(API.get("/runs/" + run + "/logs?format=text").body())
                .contains("is no whole number of seconds", "came back with 2");
    }

    @Test
    void more_than_a_run_may_have_unanswered_is_refused() {
        String run = API.run("updates/two-steps", "{}");
        for (int i = 0; i < TestServer.UPDATES_KEPT; i++) {
            assertThat(update(run, "add", "{\"timeout\": \"0s\"}").status()).isEqualTo(202);
        }
        assertRefused(update(run, "add", "{\"timeout\": \"0s\"}"), 409, "inbox-full");
        API.post("/runs/" + run + "/cancel", "{}");
        API.awaitEnd(run);
    }

    @Test
    void a_run_is_sent_no_more_in_all_than_it_may_be_in_its_life() {
        String run = serving();
        for (int i = 0; i < TestServer.UPDATES_IN_ALL; i++) {
            assertThat(update(run, "tell", "{}").json().path("status").asString())
                    .isEqualTo("answered");
        }

        Answer refused = update(run, "tell", "{}");

        assertRefused(refused, 409, "inbox-full");
        assertThat(refused.json().path("detail").asString())
                .contains("sent " + TestServer.UPDATES_IN_ALL + " updates in all");
        API.post("/runs/" + run + "/cancel", "{}");
        API.awaitEnd(run);
    }

    /** The first column is what the step says as JSON. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
        1e99999999                | holds a number of more than 400 digits
        [{"a": "x\\ud83dx"}]      | holds half of a surrogate pair
        {"\\udc00": 1}            | holds half of a surrogate pair
        {"a": 1, "b": 2, "a": 3}  | names the same member twice
        "a\\u0000b"               | holds a NUL character
        1} {"result": 2           | is not one JSON value
        """)
    void what_would_be_kept_as_something_else_is_no_answer(String json, String why) {
        String run = serving();
        String payload = JsonNodeFactory.instance.objectNode().put("json", json).toString();

        JsonNode told = update(run, "say", "{\"payload\": " + payload + "}").json();

        assertThat(told.path("status").asString()).as("%s", told).isEqualTo("unanswered");
        assertThat(told.path("failure").path("code").asString()).isEqualTo("invalid-answer");
        assertThat(told.path("failure").path("message").asString()).startsWith("The answer " + why);
        update(run, "stop", "{}");
        API.awaitEnd(run);
        assertThat(API.get("/runs/" + run + "/logs?format=text&step_id=serve&stream=stderr")
                        .body())
                .startsWith("yardmaster: the update say is not answered. The answer " + why);
    }

    @Test
    void what_can_be_kept_comes_as_the_step_has_said_it() {
        String run = serving();
        String said = "{\"n\":[12345678901234567890,0.1],\"t\":\"\\ud83d\\ude00 \\u0001\"}";
        String payload = JsonNodeFactory.instance.objectNode().put("json", said).toString();

        Answer told = update(run, "say", "{\"payload\": " + payload + "}");

        assertThat(told.body()).contains("\"n\":[12345678901234567890,0.1]");
        assertThat(told.json().path("result").path("t").asString()).isEqualTo("\ud83d\ude00 \u0001");
        update(run, "stop", "{}");
        API.awaitEnd(run);
    }

    /** How long each takes is printed, beside a request that changes nothing, and judged by whoever reads it. */
    @Test
    void updates_one_after_the_other_are_all_answered() {
        String run = serving();
        List<Long> asked = new ArrayList<>();
        List<Long> nothing = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            long start = System.nanoTime();
            assertThat(update(run, "tell", "{}").status()).isEqualTo(200);
            asked.add(System.nanoTime() - start);
            start = System.nanoTime();
            assertThat(API.get("/principal").status()).isEqualTo(200);
            nothing.add(System.nanoTime() - start);
        }
        System.out.printf(
                "update to a running Bash step: median %.1f ms; a request that does nothing: %.1f ms%n",
                median(asked), median(nothing));
        update(run, "stop", "{}");
        API.awaitEnd(run);
    }

    private static double median(List<Long> nanos) {
        List<Long> sorted = nanos.stream().skip(nanos.size() / 3).sorted().toList();
        return sorted.get(sorted.size() / 2) / 1e6;
    }

    /** A run whose step is at work. */
    private static String serving() {
        String run = API.run("updates/serving", "{}");
        awaitPrinted(run, "serving");
        return run;
    }

    private static void awaitPrinted(String run, String line) {
        API.await(
                run,
                seen -> API.events(run).stream()
                        .anyMatch(event -> event.path("message").asString("").equals(line)));
    }

    private static Answer update(String run, String name, String body) {
        return API.post("/runs/" + run + "/updates/" + name, body);
    }

    private static void assertRefused(Answer answer, int status, String problem) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().path("type").asString()).isEqualTo("/problems/" + problem);
    }
}
