package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Messages of other systems, and the steps that wait for them. */
class SignalsTest {

    private static final TestServer SERVER = TestServer.shared();
    private static final ApiClient API = SERVER.client();

    @BeforeAll
    static void writeJobs() {
        SERVER.job("signals/one").config("""
            composition: steps
            steps:
              - {id: ready, type: signal, signal: {name: go, schema: {type: object, required: [n],
                                                                   properties: {n: {type: integer}, m: {type: integer, default: 7}}}}}
              - {id: sum, needs: [ready], type: eval, values: {it: "steps.ready.outputs.n + steps.ready.outputs.m"}}
            """);
        SERVER.job("signals/three").config("""
            composition: steps
            steps:
              - {id: gate, type: signal, signal: {name: open}}
              - {id: one, needs: [gate], type: signal, signal: {name: go}}
              - {id: two, needs: [one], type: signal, signal: {name: go}}
              - {id: three, needs: [two], type: signal, signal: {name: go}}
            """);
        SERVER.job("signals/late").config("""
            composition: steps
            steps:
              - {id: ready, type: signal, signal: {name: go, timeout: 1s}}
            """);
    }

    @Test
    void a_signal_wakes_the_run_and_what_it_says_is_there_for_the_next_step() {
        String run = waiting("signals/one");
        JsonNode wait = API.get("/runs/" + run).json().path("wait");
        assertThat(wait.path("reason").asString()).isEqualTo("signal");

        assertRefused(send(run, "go", "{\"n\": \"five\"}"), 400, "validation-error");
        assertRefused(send(run, "gone", "{}"), 404, "signal-not-found");
        assertThat(send(run, "go", "{\"n\": 5}").status()).isEqualTo(202);

        JsonNode ended = API.awaitEnd(run);
        assertThat(ended.path("result").path("value").toString()).isEqualTo("{\"it\":12}");
        assertRefused(send(run, "go", "{\"n\": 5}"), 409, "run-not-active");
        assertThat(API.events(run).stream().map(event -> event.path("type").asString()))
                .contains("signal.received");
    }

    @Test
    void signals_that_come_early_are_kept_in_their_order_also_by_an_owner_after_another() {
        String run = waiting("signals/three");
        for (int i = 1; i <= 3; i++) {
            assertThat(send(run, "go", "{\"n\": " + i + "}").status()).isEqualTo(202);
        }
        API.await(
                run,
                seen -> API.events(run).stream()
                                .filter(event -> event.path("type").asString().equals("signal.received"))
                                .count()
                        == 3);
        assertThat(API.get("/runs/" + run).json().path("status").asString()).isEqualTo("waiting");

        send(run, "open", "{}");

        JsonNode ended = API.awaitEnd(run);
        assertThat(ended.path("steps")
                        .valueStream()
                        .map(step -> step.path("outputs").path("n").asInt()))
                .containsExactly(0, 1, 2, 3);
    }

    @Test
    void the_same_signal_sent_again_under_its_key_is_one() {
        String run = waiting("signals/three");
        for (int i = 0; i < 3; i++) {
            assertThat(API.post(
                                    "/runs/" + run + "/signals/go",
                                    "{\"payload\": {\"n\": 1}}",
                                    "Idempotency-Key",
                                    "one-" + run)
                            .status())
                    .isEqualTo(202);
        }
        send(run, "open", "{}");
        API.await(
                run,
                seen -> seen.path("steps").path(1).path("status").asString().equals("success")
                        && seen.path("steps").path(2).path("status").asString().equals("waiting"));
        send(run, "go", "{\"n\": 2}");
        send(run, "go", "{\"n\": 3}");
        assertThat(API.awaitEnd(run).path("status").asString()).isEqualTo("success");
    }

    @Test
    void a_signal_that_does_not_come_in_time_is_a_failure() {
        JsonNode ended = API.awaitEnd(API.run("signals/late", "{}"));

        assertThat(ended.path("failure").path("category").asString()).isEqualTo("timeout");
        assertThat(ended.path("failure").path("code").asString()).isEqualTo("signal-timeout");
    }

    @Test
    void more_than_a_run_keeps_are_refused() {
        String run = waiting("signals/three");
        String path = "/runs/" + run + "/signals/go";
        IntStream.range(0, TestServer.SIGNALS_KEPT)
                .parallel()
                .forEach(i -> assertThat(API.post(path, "{\"payload\": {\"n\": " + i + "}}")
                                .status())
                        .isEqualTo(202));
        assertRefused(API.post(path, "{}"), 409, "inbox-full");
        assertRefused(send(run, "go", "{\"text\": \"" + "x".repeat(65_536) + "\"}"), 413, "payload-too-large");

        API.post("/runs/" + run + "/cancel", "{}");
        assertThat(API.awaitEnd(run).path("status").asString()).isEqualTo("cancelled");
    }

    private static String waiting(String job) {
        String run = API.run(job, "{}");
        API.await(run, seen -> seen.path("status").asString().equals("waiting"));
        return run;
    }

    private static Answer send(String run, String name, String payload) {
        return API.post("/runs/" + run + "/signals/" + name, "{\"payload\": " + payload + "}");
    }

    private static void assertRefused(Answer answer, int status, String problem) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(List.of(answer.json().path("type").asString())).containsExactly("/problems/" + problem);
    }
}
