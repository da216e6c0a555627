package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;

class FramesTest {

    private static final TestServer SERVER = TestServer.shared();
    private static final ApiClient API = SERVER.client();

    /** Fifty steps: most are done at once, one sleeps, one is tried again, some are skipped. */
    private static EndedRun fifty;

    @BeforeAll
    static void run_fifty_steps() {
        StringBuilder steps = new StringBuilder();
        for (int i = 1; i <= 44; i++) {
            steps.append("  - {id: e%d, type: eval, values: {n: '%d'}%s}\n"
                    .formatted(i, i, i <= 4 ? "" : ", needs: [e" + (i - 4) + "]"));
        }
        SERVER.job("frames/fifty")
                .config("""
                    composition: steps
                    steps:
                    %s
                      - {id: nap, type: sleep, for: 10ms, needs: [e44]}
                      - id: again
                        needs: [e1]
                        retry: {attempts: 3, backoff: 10ms}
                        inline: |
                          echo "try" >> tries
                          [ "$(wc -l < tries)" -ge 2 ]
                          echo "rows=7" >> "$YM_OUTPUT"
                          echo "all done" > "$YM_SUMMARY"
                      - {id: never, type: eval, needs: [again], when: "false", values: {n: '1'}}
                      - {id: breaks, needs: [again], inline: exit 3}
                      - {id: behind, needs: [breaks], inline: echo behind}
                      - {id: tidy, needs: [breaks], when: always(), inline: echo tidy}
                    """.formatted(steps.toString().stripTrailing().indent(0)));
        fifty = EndedRun.of(API, "frames/fifty", "{}");
        assertThat(fifty.steps()).as("%s", fifty.run()).hasSize(50);
    }

    @Test
    void the_frames_of_fifty_steps_folded_equal_the_run() {
        List<JsonNode> frames = frames(fifty.id(), 1000);

        assertThat(frames.getFirst().path("event").asString()).isEqualTo("run.created");
        assertThat(statuses(frames.getFirst()).values()).containsOnly("pending").hasSize(50);
        JsonNode last = frames.getLast();
        assertThat(last.path("event").asString()).isEqualTo("run.finished");
        assertThat(last.path("status").asString()).isEqualTo(fifty.status());
        assertThat(last.path("frame").asLong())
                .isEqualTo(fifty.run().path("last_seq").asLong());
        assertThat(statuses(last)).isEqualTo(fifty.steps());
        // Each step went through states that follow each other, and each frame changes one thing at most.
        JsonNode before = frames.getFirst();
        for (JsonNode frame : frames.subList(1, frames.size())) {
            Map<String, String> earlier = statuses(before);
            Set<String> changed = new HashSet<>();
            statuses(frame).forEach((step, status) -> {
                if (!status.equals(earlier.get(step))) {
                    changed.add(step);
                    assertThat(earlier.get(step)).isNotIn("success", "failed", "skipped", "cancelled");
                }
            });
            assertThat(changed).as("%s", frame).hasSizeLessThanOrEqualTo(1);
            assertThat(changed).isSubsetOf(frame.path("step_id").asString("the run"));
            before = frame;
        }
        assertThat(frames.stream()
                        .map(frame -> step(frame, "again"))
                        .map(step -> step.path("status").asString()
                                + step.path("attempt").asInt(0)
                                + step.path("wait_reason").asString(""))
                        .distinct())
                .containsExactly("pending0", "running1", "waiting1retry", "running2", "success2");
    }

    @Test
    void pages_of_seven_say_the_same_as_one_of_a_thousand() {
        List<JsonNode> whole = frames(fifty.id(), 1000);

        assertThat(whole).hasSizeGreaterThan(100);
        assertThat(frames(fifty.id(), 7)).isEqualTo(whole);
        assertThat(API.get("/runs/" + fifty.id() + "/frames?limit=7").header("Link"))
                .isEqualTo("</api/v1/runs/" + fifty.id() + "/frames?limit=7&after_frame="
                        + whole.get(6).path("frame").asString() + ">; rel=\"next\"");
        long end = fifty.run().path("last_seq").asLong();
        assertThat(page(fifty.id(), end, 7).path("frames")).isEmpty();
        JsonNode beyond = page(fifty.id(), end + 1_000_000, 7);
        assertThat(beyond.path("frames")).isEmpty();
        assertThat(beyond.has("next_after_frame")).isFalse();
        // An event that is no frame is as good a place to go on from.
        assertThat(page(fifty.id(), 2, 1).path("frames").path(0)).isEqualTo(whole.get(1));
    }

    @Test
    void a_run_that_is_not_over_is_paged_on_without_missing_any() {
        SERVER.job("frames/held").config("""
            composition: steps
            steps:
              - {id: first, inline: echo first}
              - {id: nap, type: sleep, for: 1h, needs: [first]}
            """);
        String id = API.run("frames/held", "{}");
        API.await(id, run -> run.path("status").asString().equals("waiting"));
        List<JsonNode> read = frames(id, 2);
        assertThat(read.getLast().path("status").asString()).isEqualTo("waiting");
        assertThat(step(read.getLast(), "nap").path("wait_reason").asString()).isEqualTo("sleep");
        JsonNode waiting = API.get("/runs/" + id).json();

        API.post("/runs/" + id + "/pause", "{\"reason\": \"a look\"}");
        JsonNode paused = API.await(id, run -> run.path("status").asString().equals("paused"));
        API.post("/runs/" + id + "/cancel", "{}");
        API.awaitEnd(id);
        List<JsonNode> rest = framesAfter(id, read.getLast().path("frame").asLong(), 3);

        List<JsonNode> whole = new ArrayList<>(read);
        whole.addAll(rest);
        assertThat(frames(id, 1000)).isEqualTo(whole);
        assertThat(rest.stream().map(frame -> frame.path("status").asString()))
                .contains("paused", "cancelling", "cancelled");

        // What it was then, it still was then.
        JsonNode earlier = at(id, waiting.path("last_seq").asLong());
        for (String same : List.of("status", "steps", "wait", "summary", "started_at", "last_seq", "args")) {
            assertThat(earlier.path(same)).as(same).isEqualTo(waiting.path(same));
        }
        assertThat(earlier.has("finished_at")).isFalse();
        JsonNode then = at(id, paused.path("last_seq").asLong());
        assertThat(then.path("status").asString()).isEqualTo("paused");
        assertThat(then.path("pause").path("requested_by"))
                .isEqualTo(paused.path("pause").path("requested_by"));
        assertThat(then.path("pause").path("reason").asString()).isEqualTo("a look");
    }

    @Test
    void a_run_at_its_last_event_is_the_run_and_at_each_frame_is_the_frame() {
        assertThat(at(fifty.id(), fifty.run().path("last_seq").asLong())).isEqualTo(fifty.run());
        assertThat(at(fifty.id(), 9_007_199_254_740_991L)).isEqualTo(fifty.run());

        List<JsonNode> frames = frames(fifty.id(), 1000);
        for (int i = 0; i < frames.size(); i += 9) {
            JsonNode frame = frames.get(i);
            JsonNode then = at(fifty.id(), frame.path("frame").asLong());
            assertThat(then.path("status")).isEqualTo(frame.path("status"));
            assertThat(statuses(then)).isEqualTo(statuses(frame));
            assertThat(then.path("last_seq")).isEqualTo(frame.path("frame"));
        }
        JsonNode retried = frames.stream()
                .filter(frame -> frame.path("event").asString().equals("step.retrying"))
                .findFirst()
                .orElseThrow();
        JsonNode again = step(at(fifty.id(), retried.path("frame").asLong()), "again");
        assertThat(again.path("status").asString()).isEqualTo("waiting");
        assertThat(again.path("attempts")).hasSize(1);
        assertThat(again.path("attempts").path(0).path("exit_code").asInt()).isEqualTo(1);
        assertThat(again.has("outputs")).isFalse();
        assertThat(again.has("summary")).isFalse();
    }

    @Test
    void a_rerun_begins_with_what_it_took_over() {
        Answer answer = API.post("/runs/" + fifty.id() + "/resume", "{}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        EndedRun again = EndedRun.of(API, answer.json().path("run_id").asString());

        assertThat(at(again.id(), again.run().path("last_seq").asLong())).isEqualTo(again.run());
        List<JsonNode> frames = frames(again.id(), 1000);
        JsonNode started = frames.stream()
                .filter(frame -> frame.path("event").asString().equals("run.started"))
                .findFirst()
                .orElseThrow();
        assertThat(step(started, "e44").path("status").asString()).isEqualTo("success");
        assertThat(step(started, "again").path("status").asString()).isEqualTo("success");
        assertThat(step(started, "breaks").path("status").asString()).isEqualTo("pending");
    }

    @Test
    void without_its_beginning_a_log_tells_nothing() {
        String id = EndedRun.of(API, "hello-world", "{}").id();
        int removed = Objects.requireNonNull(Tenancy.allTenants(() -> SERVER.bean(TransactionTemplate.class)
                .execute(transaction -> SERVER.bean(JdbcClient.class)
                        .sql("DELETE FROM run_event WHERE run_id = ? AND seq < 3")
                        .param(RunId.parse(id).orElseThrow().value())
                        .update())));
        assertThat(removed).isEqualTo(2);

        for (String path : List.of("/runs/" + id + "/frames", "/runs/" + id + "?at_seq=4")) {
            Answer answer = API.get(path);
            assertThat(answer.status()).as(answer.body()).isEqualTo(410);
            assertThat(answer.json().path("type").asString()).isEqualTo("/problems/cursor-expired");
            assertThat(answer.json().path("oldest_seq").asInt()).isEqualTo(3);
        }
        assertThat(API.get("/runs/" + id).status()).isEqualTo(200);
    }

    private static List<JsonNode> frames(String id, int limit) {
        return framesAfter(id, 0, limit);
    }

    private static List<JsonNode> framesAfter(String id, long after, int limit) {
        List<JsonNode> frames = new ArrayList<>();
        while (true) {
            JsonNode page = page(id, after, limit);
            page.path("frames").forEach(frames::add);
            if (!page.has("next_after_frame")) {
                return frames;
            }
            assertThat(page.path("frames")).hasSize(limit);
            after = page.path("next_after_frame").asLong();
        }
    }

    private static JsonNode page(String id, long after, int limit) {
        Answer answer = API.get("/runs/" + id + "/frames?limit=" + limit + "&after_frame=" + after);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static JsonNode at(String id, long seq) {
        Answer answer = API.get("/runs/" + id + "?at_seq=" + seq);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static Map<String, String> statuses(JsonNode of) {
        return of.path("steps")
                .valueStream()
                .collect(Collectors.toMap(
                        step -> step.path("step_id").asString(),
                        step -> step.path("status").asString()));
    }

    private static JsonNode step(JsonNode of, String id) {
        return of.path("steps")
                .valueStream()
                .filter(step -> step.path("step_id").asString().equals(id))
                .findFirst()
                .orElseThrow();
    }
}
