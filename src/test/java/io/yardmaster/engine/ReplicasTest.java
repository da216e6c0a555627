package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.kernel.RunId;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.Replicas;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Two servers on one database, of which one is killed, frozen for a while, frozen for long, and cut off, one after the
 * other, each time in the middle of its work. The tests look at what became of its runs.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("breaking")
class ReplicasTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Writes a mark each tenth of a second from a process of its own, until it is told to end. */
    private static final String TICKS = """
        echo "attempt $YM_ATTEMPT" >> "$MARKS/started"
        (while [ ! -e "$MARKS/go-on" ]; do echo x >> "$MARKS/ticks"; sleep 0.1; done) &
        until [ -e "$MARKS/go-on" ]; do echo tick; sleep 0.1; done
        wait
        echo over
        """;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path root;

    private final Map<String, Work> works = new HashMap<>();
    private @Nullable Replicas started;

    private Duration takeover = Duration.ZERO;
    private List<String> nodesOfFrozenHost = List.of();
    private List<String> statesAfterJumps = List.of();
    private List<String> statesAfterOutage = List.of();
    private int survivor;

    @BeforeAll
    void let_everything_happen() {
        Replicas replicas = new Replicas(
                root, 2, "--yardmaster.engine.orphan-grace=8s", "--yardmaster.shutdown.wait-for-steps=60s");
        started = replicas;
        writeJobs(replicas);
        replicas.server(0).start();
        kill();
        replicas.server(0).start();
        freezeForAWhile();
        freezeForLong();
        cutOff();
        moveClocks();
        takeTheDatabaseAway();
        stop();
    }

    @AfterAll
    void end() {
        works.values().forEach(Work::goOn);
        replicas().close();
    }

    private void kill() {
        Replicas replicas = replicas();
        for (String job : List.of("tick", "tick-again", "tick-on", "tick-cancelled")) {
            submit(0, job.equals("tick-cancelled") ? "tick" : job, "killed " + job);
        }
        works.values().forEach(Work::awaitTicks);
        replicas.server(1).start();
        Work nap = napOf(0, "killed nap");

        replicas.server(0).kill();
        long killed = System.nanoTime();
        api(1).post("/runs/" + work("killed tick-cancelled").run() + "/cancel", "{}");
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> replicas.owner(nap.run()) == 1);
        takeover = Duration.ofNanos(System.nanoTime() - killed);

        work("killed tick").end(api(1));
        work("killed tick-cancelled").end(api(1));
        work("killed tick-on").end(api(1));
        await().atMost(PATIENCE)
                .until(() -> work("killed tick-again").read("started").size() == 2);
        work("killed tick-again").goOn();
        work("killed tick-again").end(api(1));
        nap.end(api(1));
    }

    private void freezeForAWhile() {
        Work work = submit(0, "tick", "frozen a while");
        int owner = work.awaitOwner();
        UUID before = node(owner);

        replicas().server(owner).freeze();
        await().atMost(PATIENCE).until(() -> state(before).equals("dead"));
        replicas().server(owner).thaw();

        await().atMost(PATIENCE).until(() -> replicas().owner(work.run()) == owner);
        work.goOn();
        work.end(api(1 - owner));
    }

    private void freezeForLong() {
        Work work = submit(0, "tick", "frozen for long");
        int owner = work.awaitOwner();
        Work ending = submitTo(owner, "tick", "ended meanwhile");

        replicas().server(owner).freeze();
        ending.goOn();
        work.end(api(1 - owner));
        ending.end(api(1 - owner));
        replicas().server(owner).thaw();

        // Whoever was frozen notices, and works again.
        await().atMost(PATIENCE).until(() -> !state(node(owner)).equals("dead"));
        Work after = submitTo(owner, "tick", "after the frost");
        after.goOn();
        after.end(api(owner));
        nodesOfFrozenHost = replicas()
                .sql()
                .sql("SELECT state FROM node WHERE host_id = ? ORDER BY started_at DESC")
                .param(replicas().server(owner).hostId())
                .query((row, number) -> row.getString("state"))
                .list();
    }

    private void cutOff() {
        Work work = submit(0, "tick", "cut off");
        int owner = work.awaitOwner();

        replicas().wire(owner).cut();
        work.end(api(1 - owner));
        replicas().wire(owner).mend();

        Work after = submitTo(owner, "tick", "after the cut");
        after.goOn();
        after.end(api(owner));
    }

    private void moveClocks() {
        List<UUID> nodes = List.of(node(0), node(1));
        for (String jump : List.of("- interval '1 year'", "+ interval '1 year'")) {
            replicas()
                    .sql()
                    .sql("UPDATE node SET beat_at = now() " + jump + " WHERE state <> 'dead'")
                    .update();
            long later = beats() + 2 * 5;
            await().atMost(PATIENCE).until(() -> beats() > later);
        }
        statesAfterJumps = nodes.stream().map(this::state).toList();
    }

    private void takeTheDatabaseAway() {
        List<UUID> nodes = List.of(node(0), node(1));
        Work nap = napOf(0, "without database");
        long start = System.nanoTime();
        replicas().postgres().stop();
        await().atMost(PATIENCE)
                .until(() -> System.nanoTime() - start
                        > Replicas.LEASE.multipliedBy(2).toNanos());
        replicas().postgres().start();
        long later = beats() + 2 * 5;
        await().atMost(PATIENCE).until(() -> beats() > later);
        statesAfterOutage = nodes.stream().map(this::state).toList();
        nap.end(api(1));
    }

    private void stop() {
        Replicas replicas = replicas();
        Work work = submit(0, "tick", "stopped");
        int owner = work.awaitOwner();
        Work nap = napOf(owner, "stopped nap");

        replicas.server(owner).terminate();

        await().atMost(PATIENCE).until(() -> replicas.owner(nap.run()) == 1 - owner);
        assertThat(replicas.owner(work.run())).isEqualTo(owner);
        work.goOn();
        work.end(api(1 - owner));
        replicas.server(owner).awaitEnd();
        nap.end(api(1 - owner));
        survivor = 1 - owner;
    }

    @Test
    void a_server_that_stops_waits_for_steps_where_it_is_told_to_and_hands_the_rest_over() {
        Work work = work("stopped");

        assertThat(work.status()).isEqualTo("success");
        assertThat(work.read("started")).containsExactly("attempt 1");
        assertThat(work.lines().getLast()).isEqualTo("over");
        work.assertGapless();
        assertThat(work("stopped nap").status()).isEqualTo("success");
        work("stopped nap").assertGapless();
    }

    @Test
    void runs_without_processes_are_taken_over_within_the_lease_and_a_little() {
        assertThat(takeover)
                .isBetween(Duration.ofSeconds(1), Replicas.LEASE.multipliedBy(2).plusSeconds(2));
        assertThat(work("killed nap").status()).isEqualTo("success");
        work("killed nap").assertGapless();
    }

    @Test
    void a_step_of_a_host_that_is_gone_was_interrupted() {
        Work work = work("killed tick");

        assertThat(work.status()).isEqualTo("failed");
        assertThat(work.failure().path("category").asString()).isEqualTo("system");
        assertThat(work.failure().path("code").asString()).isEqualTo("interrupted");
        assertThat(work.read("started")).containsExactly("attempt 1");
        work.assertGapless();
    }

    @Test
    void what_ran_on_a_lost_host_has_ended_before_anybody_says_so() {
        for (String name :
                List.of("killed tick", "killed tick-cancelled", "killed tick-on", "frozen for long", "cut off")) {
            work(name).assertEndedBefore();
        }
    }

    @Test
    void a_cancelled_run_of_a_lost_host_is_cancelled_when_nothing_of_it_is_left() {
        Work work = work("killed tick-cancelled");

        assertThat(work.status()).isEqualTo("cancelled");
        assertThat(step(work.ended(), "tick").path("status").asString()).isEqualTo("cancelled");
        work.assertGapless();
    }

    @Test
    void an_interruptible_step_is_tried_again_on_another_host() {
        Work work = work("killed tick-again");

        assertThat(work.status()).isEqualTo("success");
        assertThat(work.read("started")).containsExactly("attempt 1", "attempt 2");
        JsonNode attempts = step(work.ended(), "tick").path("attempts");
        assertThat(attempts.path(0).path("failure").path("code").asString()).isEqualTo("interrupted");
        work.assertGapless();
    }

    @Test
    void a_run_that_has_lost_the_files_of_its_steps_does_not_go_on_without_them() {
        Work work = work("killed tick-on");

        assertThat(work.status()).isEqualTo("failed");
        assertThat(work.failure().path("category").asString()).isEqualTo("system");
        assertThat(work.failure().path("code").asString()).isEqualTo("workspace-lost");
        assertThat(work.read("started")).containsExactly("attempt 1");
        work.assertGapless();
    }

    @Test
    void a_server_that_was_taken_for_dead_takes_its_steps_up_again() {
        Work work = work("frozen a while");

        assertThat(work.status()).isEqualTo("success");
        assertThat(work.read("started")).containsExactly("attempt 1");
        assertThat(step(work.ended(), "tick").path("attempts")).hasSize(1);
        assertThat(work.lines().getLast()).isEqualTo("over");
        work.assertGapless();
    }

    @Test
    void a_server_that_was_frozen_for_long_writes_nothing_of_the_runs_it_lost() {
        Work work = work("frozen for long");

        assertThat(work.status()).isEqualTo("failed");
        assertThat(work.failure().path("code").asString()).isEqualTo("interrupted");
        assertThat(work.read("started")).containsExactly("attempt 1");
        work.assertGapless();
        assertThat(api(survivor).get("/runs/" + work.run()).json()).isEqualTo(work.ended());
        assertThat(nodesOfFrozenHost.getFirst()).isEqualTo("alive");
        assertThat(nodesOfFrozenHost.subList(1, nodesOfFrozenHost.size())).containsOnly("dead");
        assertThat(work("after the frost").status()).isEqualTo("success");
    }

    @Test
    void what_a_late_owner_saw_is_kept_beside_what_counts() {
        Work work = work("ended meanwhile");

        assertThat(work.failure().path("code").asString()).isEqualTo("interrupted");
        JsonNode attempt = api(survivor)
                .get("/runs/" + work.run() + "/steps/tick")
                .json()
                .path("attempts")
                .path(0);
        assertThat(attempt.path("status").asString()).isEqualTo("failed");
        assertThat(attempt.path("late_result").path("status").asString()).isEqualTo("success");
        assertThat(attempt.path("late_result").path("exit_code").asInt(-1)).isZero();
    }

    @Test
    void a_server_that_was_cut_off_comes_back() {
        assertThat(work("cut off").failure().path("code").asString()).isEqualTo("interrupted");
        assertThat(work("after the cut").status()).isEqualTo("success");
    }

    @Test
    void no_wall_clock_decides_who_lives() {
        assertThat(statesAfterJumps).containsExactly("alive", "alive");
    }

    @Test
    void a_database_that_was_away_for_longer_than_the_lease_makes_nobody_look_dead() {
        assertThat(statesAfterOutage).containsExactly("alive", "alive");
        assertThat(work("without database").status()).isEqualTo("success");
        work("without database").assertGapless();
    }

    private static void writeJobs(Replicas replicas) {
        replicas.job("nap").config("""
            composition: steps
            steps:
              - {id: before, type: eval, values: {x: "1"}}
              - {id: sleep, needs: [before], type: sleep, for: 20s}
              - {id: after, needs: [sleep], type: eval, values: {y: "2"}}
            """);
        tick(replicas, "tick", "", false);
        tick(replicas, "tick-again", "", true);
        tick(replicas, "tick-on", "  - {id: first, script: ./first.sh}\n", true);
    }

    private static void tick(Replicas replicas, String name, String first, boolean interruptible) {
        replicas.job(name)
                .config("""
                    composition: steps
                    argspec: {type: object, properties: {marks: {type: string}}}
                    steps:
                    %s  - id: tick
                        script: ./tick.sh
                        needs: [%s]
                        env: {MARKS: "${{ args.marks }}"}
                        interruptible: %s
                        retry: {attempts: 2, backoff: 10ms, match: [system]}
                    """.formatted(first, first.isEmpty() ? "" : "first", interruptible))
                .file("tick.sh", TICKS)
                .file("first.sh", "echo here > file\n");
    }

    private Replicas replicas() {
        return Objects.requireNonNull(started);
    }

    private ApiClient api(int server) {
        return replicas().server(server).client();
    }

    private Work work(String name) {
        return Objects.requireNonNull(works.get(name));
    }

    private Work submit(int server, String job, String name) {
        Path marks = root.resolve("marks").resolve(name.replace(' ', '-'));
        try {
            Files.createDirectories(marks);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // One that was cut off a moment ago says so for a moment more.
        await().atMost(PATIENCE).until(() -> api(server).get("/runs?limit=1").status() == 200);
        String args = job.equals("nap") ? "{}" : "{\"marks\": \"" + marks + "\"}";
        Work work = new Work(api(server).run(job, args), marks);
        works.put(name, work);
        return work;
    }

    /** Any server may claim a run: it is submitted until this one does. */
    private Work submitTo(int owner, String job, String name) {
        for (int i = 0; i < 50; i++) {
            Work work = submit(owner, job, name + (i == 0 ? "" : " " + i));
            if (work.awaitOwner() == owner) {
                works.put(name, work);
                return work;
            }
            work.goOn();
        }
        throw new AssertionError("server " + owner + " claims nothing");
    }

    /** A run without processes that this server owns and that sleeps. */
    private Work napOf(int owner, String name) {
        Work nap;
        do {
            nap = submit(owner, "nap", name);
            api(owner)
                    .await(
                            nap.run(),
                            run -> step(run, "sleep").path("status").asString().equals("waiting"));
        } while (replicas().owner(nap.run()) != owner);
        return nap;
    }

    private UUID node(int server) {
        return replicas()
                .sql()
                .sql("SELECT node_id FROM node WHERE host_id = ? ORDER BY started_at DESC LIMIT 1")
                .param(replicas().server(server).hostId())
                .query(UUID.class)
                .single();
    }

    private String state(UUID node) {
        return replicas()
                .sql()
                .sql("SELECT state FROM node WHERE node_id = ?")
                .param(node)
                .query(String.class)
                .single();
    }

    /** Of the slower one of the servers. */
    private long beats() {
        return replicas()
                .sql()
                .sql("SELECT min(beat) FROM node WHERE state <> 'dead'")
                .query(Long.class)
                .single();
    }

    private static JsonNode step(JsonNode run, String stepId) {
        return run.path("steps")
                .valueStream()
                .filter(step -> step.path("step_id").asString().equals(stepId))
                .findFirst()
                .orElseThrow();
    }

    /** A run, and what its steps write down by themselves. */
    private final class Work {

        private final String run;
        private final Path marks;
        private @Nullable JsonNode ended;
        private int ticks;

        Work(String run, Path marks) {
            this.run = run;
            this.marks = marks;
        }

        String run() {
            return run;
        }

        void goOn() {
            try {
                Files.writeString(marks.resolve("go-on"), "");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void awaitTicks() {
            await().atMost(PATIENCE).until(() -> read("ticks").size() > 2);
        }

        int awaitOwner() {
            awaitTicks();
            return await().atMost(PATIENCE).until(() -> replicas().owner(run), owner -> owner >= 0);
        }

        /** Waits for the end, and counts what its processes have written by then. */
        void end(ApiClient api) {
            ended = api.awaitEnd(run);
            ticks = read("ticks").size();
        }

        JsonNode ended() {
            return Objects.requireNonNull(ended);
        }

        String status() {
            return ended().path("status").asString();
        }

        JsonNode failure() {
            return ended().path("failure");
        }

        List<String> lines() {
            return api(survivor).events(run).stream()
                    .filter(event -> event.path("type").asString().equals("step.output"))
                    .map(event -> event.path("message").asString())
                    .toList();
        }

        List<String> read(String file) {
            try {
                Path path = marks.resolve(file);
                return Files.exists(path) ? Files.readAllLines(path) : List.of();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void assertEndedBefore() {
            assertThat(read("ticks")).as(marks.toString()).hasSize(ticks);
            assertThat(LivingProcesses.withEnvironment("YM_RUN_ID=" + run)).isEmpty();
        }

        void assertGapless() {
            List<JsonNode> events = api(survivor).events(run);
            assertThat(events)
                    .extracting(event -> event.path("seq").asLong())
                    .isEqualTo(LongStream.rangeClosed(1, events.size()).boxed().toList());
            assertThat(events.getLast().path("type").asString()).isEqualTo("run.finished");
            long stored = replicas()
                    .sql()
                    .sql("SELECT last_seq FROM run WHERE run_id = ?")
                    .param(RunId.parse(run).orElseThrow().value())
                    .query(Long.class)
                    .single();
            assertThat(stored).isEqualTo(events.size());
        }
    }
}
