package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.kernel.Sha256;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.BareReader;
import io.yardmaster.testkit.ServerProcess;
import io.yardmaster.testkit.SseEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * A server of its own is stopped once and killed once in the middle of everything, and started again on the same data
 * directory each time. The tests look at what became of the runs it left.
 */
class RestartTest {

    private static final String SECRET = "the-cat-sat-on-the-mat-42";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> TWENTY =
            IntStream.rangeClosed(1, 20).mapToObj(i -> "twenty-" + i).toList();
    private static final Executor THREADS =
            task -> Thread.ofVirtual().name("reader").start(task);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path root;

    private static final Map<Ending, Scene> SCENES = new EnumMap<>(Ending.class);
    private static @Nullable ServerProcess started;
    private static @Nullable Finished before;

    /** How the server ends. */
    enum Ending {
        STOPPED,
        KILLED
    }

    @BeforeAll
    static void end_a_server_twice() {
        ServerProcess server = new ServerProcess(root.resolve("data"), root.resolve("jobs"));
        started = server;
        writeJobs(server);
        jobsThatMustNotMeet(server);
        server.start();
        before = Finished.of(server.client());
        for (Ending ending : Ending.values()) {
            Scene scene = new Scene(server, root.resolve(ending.name()));
            SCENES.put(ending, scene);
            scene.playUntil(ending);
        }
    }

    @AfterAll
    static void end_all() {
        SCENES.values().forEach(Scene::goOn);
        if (started != null) {
            started.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_step_at_work_goes_on_without_a_server_and_is_told_whole_by_the_next(Ending ending) {
        Scene scene = scene(ending);
        JsonNode run = scene.end("count");

        JsonNode step = step(run, "count");
        assertThat(run.path("status").asString()).isEqualTo("failed");
        assertThat(step.path("attempts")).hasSize(1);
        assertThat(step.path("attempts").path(0).path("exit_code").asInt()).isEqualTo(7);
        assertThat(scene.mark("count", "started")).isEqualTo("attempt 1\n");
        List<String> out = scene.lines("count", "stdout");
        int last = out.size() - 1;
        assertThat(last).isGreaterThan(20);
        assertThat(out.subList(0, last))
                .isEqualTo(IntStream.rangeClosed(1, last)
                        .mapToObj(i -> "line " + i)
                        .toList());
        assertThat(out.getLast()).isEqualTo("end " + last);
        assertThat(scene.lines("count", "stderr"))
                .isEqualTo(IntStream.rangeClosed(1, last / 10)
                        .mapToObj(i -> "warning " + 10 * i)
                        .toList());
    }

    @ParameterizedTest
    @EnumSource
    void a_step_that_ends_while_there_is_no_server_is_told_whole_by_the_next(Ending ending) {
        Scene scene = scene(ending);
        JsonNode run = scene.end("alone");

        assertThat(run.path("status").asString()).isEqualTo("success");
        assertThat(run.path("result").path("value").path("answer").asString()).isEqualTo("alone");
        assertThat(step(run, "alone").path("attempts")).hasSize(1);
        assertThat(scene.mark("alone", "started")).isEqualTo("attempt 1\n");
        assertThat(scene.lines("alone", "stdout"))
                .isEqualTo(Stream.concat(
                                Stream.of("before"),
                                IntStream.rangeClosed(1, 3000).mapToObj(i -> "alone " + i))
                        .toList());
    }

    @ParameterizedTest
    @EnumSource
    void a_retry_comes_when_its_back_off_is_over(Ending ending) {
        Scene scene = scene(ending);
        JsonNode run = scene.end("again");

        JsonNode step = step(run, "again");
        assertThat(run.path("status").asString()).isEqualTo("success");
        assertThat(step.path("attempts")).hasSize(2);
        assertThat(scene.mark("again", "started")).isEqualTo("attempt 1\nattempt 2\n");
        Instant failed = instant(step.path("attempts").path(0), "finished_at");
        assertThat(instant(step.path("attempts").path(1), "started_at")).isAfterOrEqualTo(failed.plusSeconds(10));
        assertThat(scene.events("again", "step.retrying")).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void a_sleep_is_slept_to_its_end_and_not_begun_anew(Ending ending) {
        Scene scene = scene(ending);
        for (String name : List.of("nap", "night")) {
            JsonNode run = scene.end(name);

            JsonNode sleep = step(run, "sleep");
            Instant due = Instant.parse(
                    scene.events(name, "step.waiting").getFirst().path("due_at").asString());
            assertThat(run.path("status").asString()).isEqualTo("success");
            assertThat(scene.events(name, "step.waiting")).as(name).hasSize(1);
            assertThat(instant(sleep, "finished_at")).as(name).isAfterOrEqualTo(due);
            assertThat(scene.mark(name, "before")).as(name).isEqualTo("x\n");
            assertThat(scene.mark(name, "after")).as(name).isEqualTo("x\n");
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_run_that_was_between_two_steps_goes_on_with_the_next(Ending ending) {
        Scene scene = scene(ending);
        JsonNode run = scene.end("between");

        assertThat(run.path("status").asString()).isEqualTo("success");
        assertThat(step(run, "first").path("attempts")).hasSize(1);
        assertThat(scene.mark("between", "first")).isEqualTo("x\n");
        assertThat(scene.mark("between", "second")).isEqualTo("x\n");
        assertThat(scene.lines("between", "stdout")).containsExactly("first", "second");
    }

    @ParameterizedTest
    @EnumSource
    void a_run_that_somebody_paused_begins_no_step_until_it_is_resumed(Ending ending) {
        Scene scene = scene(ending);
        assertThat(scene.status("still")).isEqualTo("paused");
        Instant due = instant(step(scene.look("still"), "nap"), "due_at");
        // Asked for while a step was at work, which has ended since.
        server().client()
                .await(
                        scene.run("pausing"),
                        run -> run.path("status").asString().equals("paused"));
        await().until(() -> Instant.now().isAfter(due));
        assertThat(scene.exists("still", "after")).isFalse();
        assertThat(scene.exists("pausing", "second")).isFalse();

        scene.post("still", "resume");
        scene.post("pausing", "resume");

        for (String name : List.of("still", "pausing")) {
            assertThat(scene.end(name).path("status").asString()).as(name).isEqualTo("success");
            assertThat(scene.events(name, "run.paused")).as(name).hasSize(1);
        }
        assertThat(scene.mark("still", "after")).isEqualTo("x\n");
        assertThat(scene.mark("pausing", "first")).isEqualTo("x\n");
        assertThat(scene.mark("pausing", "second")).isEqualTo("x\n");
    }

    @ParameterizedTest
    @EnumSource
    void secrets_are_there_for_a_step_that_was_taken_up_and_gone_after_its_end(Ending ending) {
        Scene scene = scene(ending);
        JsonNode run = scene.end("secret");

        String digest = Sha256.of(SECRET.getBytes(StandardCharsets.UTF_8)).hex() + "  -\n";
        assertThat(run.path("status").asString()).isEqualTo("success");
        assertThat(scene.mark("secret", "before")).isEqualTo(digest);
        assertThat(scene.mark("secret", "after")).isEqualTo(digest);
        assertThat(scene.lines("secret", "stdout"))
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).isNotBlank().doesNotContain(SECRET));
        Path folder = Path.of(scene.mark("secret", "where").strip());
        await().atMost(PATIENCE).until(() -> Files.notExists(folder));
    }

    @ParameterizedTest
    @EnumSource
    void five_steps_side_by_side_all_go_on_and_none_runs_twice(Ending ending) {
        Scene scene = scene(ending);
        JsonNode run = scene.end("five");

        assertThat(run.path("status").asString()).isEqualTo("success");
        for (String id : List.of("one", "two", "three", "four", "five")) {
            assertThat(step(run, id).path("attempts")).as(id).hasSize(1);
            assertThat(scene.mark("five", id)).as(id).isEqualTo("x\n");
        }
        assertThat(scene.lines("five", "stdout"))
                .containsExactlyInAnyOrder("one", "two", "three", "four", "five", "joined");
    }

    @ParameterizedTest
    @EnumSource
    void twenty_steps_at_work_all_end_with_full_output_and_none_runs_twice(Ending ending) {
        Scene scene = scene(ending);
        for (String name : TWENTY) {
            JsonNode run = scene.end(name);

            assertThat(run.path("status").asString()).as(name).isEqualTo("success");
            assertThat(step(run, "work").path("attempts")).as(name).hasSize(1);
            assertThat(scene.mark(name, "started")).as(name).isEqualTo("attempt 1\n");
            assertThat(scene.lines(name, "stdout"))
                    .as(name)
                    .isEqualTo(IntStream.rangeClosed(1, 400)
                            .mapToObj(i -> "line " + i)
                            .toList());
        }
    }

    @ParameterizedTest
    @EnumSource
    void readers_that_were_cut_off_miss_nothing_when_they_come_back(Ending ending) {
        Scene scene = scene(ending);
        scene.end("count");
        List<JsonNode> all = server().client().events(scene.run("count"));

        List<SseEvent> read = new ArrayList<>(ofTheLog(scene.readBefore()));
        String id = Objects.requireNonNull(read.getLast().id());
        read.addAll(ofTheLog(replay(scene.run("count"), "", "Last-Event-ID", id)));

        assertThat(read).extracting(SseEvent::data).isEqualTo(all);
        assertThat(all)
                .extracting(event -> event.path("seq").asLong())
                .isEqualTo(LongStream.rangeClosed(1, all.size()).boxed().toList());
    }

    @Test
    void readers_are_told_that_the_server_stops() {
        Scene scene = scene(Ending.STOPPED);

        assertThat(scene.readBefore().getLast().name()).isEqualTo("server.draining");
        assertThat(scene.readBefore().getLast().id()).isNull();
        assertThat(scene.readOfAllRuns().getLast().name()).isEqualTo("server.draining");
        assertThat(scene.stopped).isLessThan(Duration.ofSeconds(45));
    }

    @Test
    void the_database_of_a_killed_server_is_replaced() {
        Scene scene = scene(Ending.KILLED);

        assertThat(scene.leftover).isPresent();
        assertThat(scene.leftover.orElseThrow().isAlive()).isFalse();
        assertThat(server().postgres()).isPresent().isNotEqualTo(scene.leftover);
    }

    @Test
    void runs_that_had_ended_are_there_with_their_events_and_artifacts() {
        Finished then = Objects.requireNonNull(before);
        ApiClient client = server().client();

        assertThat(client.get("/runs/" + then.runId).json()).isEqualTo(then.run);
        assertThat(client.events(then.runId)).isEqualTo(then.events);
        assertThat(client.get("/runs/" + then.runId + "/frames").json()).isEqualTo(then.frames);
        assertThat(client.get("/artifacts?run_id=" + then.runId).json()).isEqualTo(then.artifacts);
        String artifact = then.artifacts.path("artifacts").path(0).path("id").asString();
        assertThat(Sha256.of(client.bytes("/artifacts/" + artifact).body())).isEqualTo(then.content);
        assertThat(client.get("/runs").json().path("runs"))
                .anySatisfy(run -> assertThat(run.path("run_id").asString()).isEqualTo(then.runId));
    }

    @ParameterizedTest
    @EnumSource
    void a_slot_stays_with_its_run_and_goes_to_the_next_one_at_its_end(Ending ending) {
        Scene scene = scene(ending);
        JsonNode holder = scene.end("holder");
        JsonNode parked = scene.end("parked");

        assertThat(List.of(holder, parked))
                .allSatisfy(run -> assertThat(run.path("status").asString()).isEqualTo("success"));
        assertThat(instant(parked, "started_at")).isAfterOrEqualTo(instant(holder, "finished_at"));
        assertThat(scene.mark("holder", "started")).isEqualTo("x\n");
        assertThat(scene.mark("parked", "started")).isEqualTo("x\n");
    }

    @Test
    void the_log_of_a_run_that_had_ended_replays_from_any_position() {
        Finished then = Objects.requireNonNull(before);
        int last = then.events.size();

        assertThat(last).isGreaterThan(100);
        for (int after : List.of(0, 1, 5, last - 1)) {
            List<SseEvent> replayed = replay(then.runId, "?after_seq=" + after);
            assertThat(ofTheLog(replayed))
                    .extracting(SseEvent::data)
                    .as("after %d", after)
                    .isEqualTo(then.events.subList(after, last));
            assertThat(replayed.getLast().name()).isEqualTo("stream.end");
            assertThat(ofTheLog(replay(then.runId, "", "Last-Event-ID", Integer.toString(after))))
                    .isEqualTo(ofTheLog(replayed));
        }
        assertThat(server().client()
                        .get(
                                "/runs/" + then.runId + "/events",
                                "Accept",
                                "text/event-stream",
                                "Last-Event-ID",
                                Integer.toString(last))
                        .status())
                .isEqualTo(204);
    }

    private static ServerProcess server() {
        return Objects.requireNonNull(started);
    }

    private static Scene scene(Ending ending) {
        return Objects.requireNonNull(SCENES.get(ending));
    }

    private static List<SseEvent> replay(String runId, String query, String... headers) {
        return server().client().stream("/runs/" + runId + "/events" + query, events -> false, headers);
    }

    private static List<SseEvent> ofTheLog(List<SseEvent> events) {
        return events.stream().filter(event -> event.id() != null).toList();
    }

    private static JsonNode step(JsonNode run, String stepId) {
        return run.path("steps")
                .valueStream()
                .filter(step -> step.path("step_id").asString().equals(stepId))
                .findFirst()
                .orElseThrow();
    }

    private static Instant instant(JsonNode json, String member) {
        return Instant.parse(json.path(member).asString());
    }

    private static void writeJobs(ServerProcess server) {
        job(server, "finished", "{id: work, script: ./work.sh}", "work", """
            for i in $(seq 1 120); do echo "line $i"; done
            head -c 100000 /dev/urandom > "$YM_ARTIFACTS/noise.bin"
            """);
        job(server, "count", "{id: count, script: ./count.sh}", "count", """
            echo "attempt $YM_ATTEMPT" >> "$marks/started"
            i=0
            while [ ! -e "$marks/go-on" ]; do
                i=$((i + 1))
                echo "line $i"
                if [ $((i % 10)) = 0 ]; then echo "warning $i" >&2; fi
                sleep 0.05
            done
            echo "end $i"
            exit 7
            """);
        job(server, "alone", "{id: alone, script: ./alone.sh}", "alone", """
            echo "attempt $YM_ATTEMPT" >> "$marks/started"
            echo before
            until [ -e "$marks/no-server" ]; do sleep 0.1; done
            for i in $(seq 1 3000); do echo "alone $i"; done
            echo '{"answer": "alone"}' > "$YM_RESULT"
            touch "$marks/over"
            """);
        job(server, "again", """
            {id: again, script: ./again.sh, retry: {attempts: 2, backoff: 10s, jitter: false, match: ["exit:75"]}}\
            """, "again", """
            echo "attempt $YM_ATTEMPT" >> "$marks/started"
            if [ "$YM_ATTEMPT" = 1 ]; then exit 75; fi
            """);
        job(server, "twenty", "{id: work, script: ./work.sh}", "work", """
            for i in $(seq 1 200); do echo "line $i"; done
            echo "attempt $YM_ATTEMPT" >> "$marks/started"
            until [ -e "$marks/go-on" ]; do sleep 0.5; done
            for i in $(seq 201 400); do echo "line $i"; done
            """);
        for (String sleep : List.of("nap 8s", "night 32s")) {
            job(
                    server,
                    sleep.substring(0, sleep.indexOf(' ')),
                    """
                    {id: before, script: ./mark.sh}
                      - {id: sleep, needs: [before], type: sleep, for: %s}
                      - {id: after, needs: [sleep], script: ./mark.sh}\
                    """.formatted(sleep.substring(sleep.indexOf(' ') + 1)),
                    "mark",
                    """
                    echo x >> "$marks/$YM_STEP_ID"
                    """);
        }
        job(server, "between", """
            {id: first, script: ./mark.sh}
              - {id: second, needs: [first], script: ./mark.sh}\
            """, "mark", """
            echo "$YM_STEP_ID"
            echo x >> "$marks/$YM_STEP_ID"
            """);
        job(server, "five", """
            {id: one, script: ./wait.sh}
              - {id: two, script: ./wait.sh}
              - {id: three, script: ./wait.sh}
              - {id: four, script: ./wait.sh}
              - {id: five, script: ./wait.sh}
              - {id: join, needs: [one, two, three, four, five], command: [echo, joined]}\
            """, "wait", """
            echo x >> "$marks/$YM_STEP_ID"
            until [ -e "$marks/go-on" ]; do sleep 0.2; done
            echo "$YM_STEP_ID"
            """);
        job(server, "still", """
            {id: nap, type: sleep, for: 5s}
              - {id: after, needs: [nap], script: ./mark.sh}\
            """, "mark", """
            echo x >> "$marks/$YM_STEP_ID"
            """);
        job(server, "pausing", """
            {id: first, script: ./wait.sh}
              - {id: second, needs: [first], script: ./wait.sh}\
            """, "wait", """
            echo x >> "$marks/$YM_STEP_ID"
            until [ -e "$marks/go-on" ]; do sleep 0.2; done
            """);
        job(server, "secret", "{id: secret, script: ./secret.sh}", "secret", """
            cat "$YM_SECRETS_DIR/token"; echo
            echo "$YM_SECRETS_DIR" > "$marks/where"
            sha256sum < "$YM_SECRETS_DIR/token" > "$marks/before"
            until [ -e "$marks/go-on" ]; do sleep 0.2; done
            sha256sum < "$YM_SECRETS_DIR/token" > "$marks/after"
            cat "$YM_SECRETS_DIR/token"; echo
            """);
    }

    private static void jobsThatMustNotMeet(ServerProcess server) {
        for (String name : List.of("holder", "parked")) {
            server.job(name).config("""
                concurrency: {key: one-at-a-time}
                argspec: {type: object, properties: {marks: {type: string}}}
                script: ./work.sh
                """).file("work.sh", """
                    echo x >> "$marks/started"
                    until [ -e "$marks/go-on" ]; do sleep 0.2; done
                    """);
        }
    }

    private static void job(ServerProcess server, String name, String steps, String script, String text) {
        server.job(name).config("""
            name: %s
            composition: steps
            argspec:
              type: object
              properties: {marks: {type: string}, token: {type: string, format: secret}}
            steps:
              - %s
            """.formatted(name, steps)).file(script + ".sh", text);
    }

    /** A run that had ended before anything happened to the server. */
    private record Finished(
            String runId, JsonNode run, List<JsonNode> events, JsonNode frames, JsonNode artifacts, Sha256 content) {

        static Finished of(ApiClient client) {
            String runId = client.run("finished", "{}");
            JsonNode run = client.awaitEnd(runId);
            JsonNode artifacts = client.get("/artifacts?run_id=" + runId).json();
            String artifact = artifacts.path("artifacts").path(0).path("id").asString();
            return new Finished(
                    runId,
                    run,
                    client.events(runId),
                    client.get("/runs/" + runId + "/frames").json(),
                    artifacts,
                    Sha256.of(client.bytes("/artifacts/" + artifact).body()));
        }
    }

    /** One end of the server, with a run of every kind in the middle of its work. */
    private static final class Scene {

        private final ServerProcess server;
        private final Path marks;
        private final Map<String, String> runs = new HashMap<>();
        private final List<CompletableFuture<List<SseEvent>>> readers = new ArrayList<>();
        private Duration stopped = Duration.ZERO;
        private Optional<ProcessHandle> leftover = Optional.empty();

        Scene(ServerProcess server, Path marks) {
            this.server = server;
            this.marks = marks;
        }

        void playUntil(Ending ending) {
            bringEverythingToItsMiddle();
            switch (ending) {
                case STOPPED -> {
                    stopped = server.stop();
                    assertThat(server.postgres()).isEmpty();
                }
                case KILLED -> {
                    server.kill();
                    leftover = server.postgres();
                }
            }
            mark("alone", Path.of("no-server"));
            await().atMost(PATIENCE).until(() -> exists("alone", "over"));
            server.start();
            goOn();
        }

        private void bringEverythingToItsMiddle() {
            for (String name : List.of("count", "alone", "five", "secret", "night")) {
                submit(name);
            }
            TWENTY.forEach(name -> submit("twenty", name));
            read("/runs/" + run("count") + "/events");
            read("/events/runs");
            await().atMost(PATIENCE).until(() -> exists("alone", "started"));
            await().atMost(PATIENCE).until(() -> exists("secret", "before"));
            for (String id : List.of("one", "two", "three", "four", "five")) {
                await().atMost(PATIENCE).until(() -> exists("five", id));
            }
            server.client()
                    .await(run("night"), run -> run.path("status").asString().equals("waiting"));
            await().atMost(PATIENCE).until(() -> lines("count", "stdout").size() > 20);
            await().atMost(PATIENCE).until(() -> TWENTY.stream().allMatch(name -> exists(name, "started")));
            submit("again");
            submit("nap");
            server.client().await(run("again"), run -> isWaiting(step(run, "again")));
            server.client().await(run("nap"), run -> isWaiting(step(run, "sleep")));
            submit("holder");
            await().atMost(PATIENCE).until(() -> exists("holder", "started"));
            submit("parked");
            server.client()
                    .await(
                            run("parked"),
                            run -> run.at("/wait/held_by/0").asString("").equals(run("holder")));
            submit("still");
            server.client().await(run("still"), run -> isWaiting(step(run, "nap")));
            post("still", "pause");
            server.client()
                    .await(run("still"), run -> run.path("status").asString().equals("paused"));
            submit("pausing");
            await().atMost(PATIENCE).until(() -> exists("pausing", "first"));
            post("pausing", "pause");
            submit("between");
            try (BareReader reader = BareReader.open(server.port(), "/runs/" + run("between") + "/events")) {
                assertThat(reader.until(event -> event.name().equals("step.finished")))
                        .isNotEmpty();
            }
        }

        void post(String name, String command) {
            assertThat(server.client()
                            .post("/runs/" + run(name) + "/" + command, "{}")
                            .status())
                    .as(command)
                    .isIn(200, 202);
        }

        private void submit(String job) {
            submit(job, job);
        }

        private void submit(String job, String name) {
            try {
                Files.createDirectories(marks.resolve(name));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            String token = job.equals("secret") ? ", \"token\": \"" + SECRET + "\"" : "";
            runs.put(name, server.client().run(job, "{\"marks\": \"" + marks.resolve(name) + "\"" + token + "}"));
        }

        /** Connects a reader that reads until the connection ends. */
        private void read(String path) {
            BareReader reader = BareReader.open(server.port(), path);
            readers.add(CompletableFuture.supplyAsync(
                    () -> {
                        try (reader) {
                            return reader.rest();
                        }
                    },
                    THREADS));
        }

        /** What the reader of the counting run's events had read when the server ended. */
        List<SseEvent> readBefore() {
            return readers.get(0).join();
        }

        List<SseEvent> readOfAllRuns() {
            return readers.get(1).join();
        }

        void goOn() {
            runs.keySet().forEach(name -> mark(name, Path.of("go-on")));
        }

        String run(String name) {
            return Objects.requireNonNull(runs.get(name));
        }

        JsonNode look(String name) {
            return server.client().get("/runs/" + run(name)).json();
        }

        String status(String name) {
            return look(name).path("status").asString();
        }

        JsonNode end(String name) {
            return server.client().awaitEnd(run(name));
        }

        List<JsonNode> events(String name, String type) {
            return server.client().events(run(name)).stream()
                    .filter(event -> event.path("type").asString().equals(type))
                    .toList();
        }

        List<String> lines(String name, String stream) {
            return events(name, "step.output").stream()
                    .filter(event -> event.path("stream").asString().equals(stream))
                    .map(event -> event.path("message").asString())
                    .toList();
        }

        /** What a step wrote down by itself, where no server can lose or repeat it. */
        String mark(String name, String file) {
            try {
                return Files.readString(marks.resolve(name).resolve(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void mark(String name, Path file) {
            try {
                Files.writeString(marks.resolve(name).resolve(file), "");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private boolean exists(String name, String file) {
            return Files.exists(marks.resolve(name).resolve(file));
        }

        private static boolean isWaiting(JsonNode step) {
            return step.path("status").asString().equals("waiting");
        }
    }
}
