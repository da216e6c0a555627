package io.yardmaster.wakeups;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.BareReader;
import io.yardmaster.testkit.JobFolder;
import io.yardmaster.testkit.SseEvent;
import io.yardmaster.testkit.TestServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Two servers on one database, which look there by themselves only every ten minutes: what one learns of the other in
 * these tests, it was told.
 */
class TwoServersTest {

    private static final String[] ONLY_TOLD = {"--yardmaster.database.poll=10m", "--yardmaster.database.backstop=10m"};

    private static SharedDatabase database;
    private static TestServer a;
    private static TestServer b;

    @BeforeAll
    static void start() {
        database = SharedDatabase.start();
        new JobFolder(database.root().resolve("jobs/waits")).config("""
            name: Waits until it is cancelled
            composition: steps
            steps:
              - {id: wait, type: sleep, for: 25s}
            """);
        new JobFolder(database.root().resolve("jobs/naps")).config("""
            name: Sleeps a little
            composition: steps
            steps:
              - {id: nap, type: sleep, for: 300ms}
              - {id: sum, type: eval, values: {two: "1 + 1"}, needs: [nap]}
            """);
        new JobFolder(database.root().resolve("jobs/talks")).config("""
            name: Prints for a while
            composition: steps
            steps:
              - {id: talk, command: ./talk.sh}
              - {id: sum, type: eval, values: {two: "1 + 1"}, needs: [talk]}
            """).file("talk.sh", """
                for i in $(seq 1 60); do
                  for j in $(seq 1 25); do echo "$i/$j"; done
                  sleep 0.05
                done
                """);
        a = database.server(ONLY_TOLD);
        b = database.server(with(ONLY_TOLD, "--yardmaster.engine.max-concurrent-runs=4"));
        Stream.of(a, b).forEach(TwoServersTest::awaitListening);
    }

    @AfterAll
    static void stop() {
        Stream.of(a, b).forEach(TestServer::close);
        database.close();
    }

    @Test
    void what_is_cancelled_at_one_server_is_cancelled_by_the_other_and_readers_at_both_see_it() throws Exception {
        int rounds = Integer.getInteger("yardmaster.test.cancels", 10);
        double[] atA = new double[rounds];
        double[] atB = new double[rounds];
        double[] later = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            String runId = a.client().run("waits", "{}");
            awaitStatus(a.client(), runId, "waiting", "running");
            try (BareReader readerA = BareReader.open(a.port(), "/runs/" + runId + "/events");
                    BareReader readerB = BareReader.open(b.port(), "/runs/" + runId + "/events")) {
                readerA.until(event -> event.name().equals("step.waiting"));
                readerB.until(event -> event.name().equals("step.waiting"));
                CompletableFuture<Long> seenAtA = CompletableFuture.supplyAsync(() -> untilTheEnd(readerA));
                CompletableFuture<Long> seenAtB = CompletableFuture.supplyAsync(() -> untilTheEnd(readerB));
                long start = System.nanoTime();
                assertThat(b.client().post("/runs/" + runId + "/cancel", "{}").status())
                        .isIn(200, 202);
                atA[i] = (seenAtA.get(60, TimeUnit.SECONDS) - start) / 1e6;
                atB[i] = (seenAtB.get(60, TimeUnit.SECONDS) - start) / 1e6;
                later[i] = (seenAtB.get() - seenAtA.get()) / 1e6;
            }
            assertThat(b.client().events(runId)).isEqualTo(a.client().events(runId));
        }
        print("cancel at B of a run driven at A, until run.finished is read at A", atA);
        print("cancel at B of a run driven at A, until run.finished is read at B", atB);
        print("run.finished is read at B later than at A", later);
    }

    @Test
    void who_waits_for_an_end_at_the_other_server_is_told() {
        String runId = a.client().run("naps", "{}");
        Answer answer = b.client().get("/runs/" + runId + "/result", "Prefer", "wait=30");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().at("/status").asString()).isEqualTo("success");
    }

    @Test
    void readers_of_all_runs_at_one_server_see_those_of_the_other() throws Exception {
        try (BareReader readerB = BareReader.open(b.port(), "/events/runs")) {
            List<String> runs = new ArrayList<>();
            CompletableFuture<List<SseEvent>> seen = CompletableFuture.supplyAsync(
                    () -> readerB.until(event -> event.name().equals("run.finished")
                            && event.data().at("/run_id").asString().equals(last(runs))));
            synchronized (runs) {
                for (int i = 0; i < 5; i++) {
                    runs.add(a.client().run("naps", "{}"));
                }
            }
            List<SseEvent> events = seen.get(60, TimeUnit.SECONDS);
            String last = runs.getLast();
            assertThat(events.stream()
                            .filter(event ->
                                    event.data().at("/run_id").asString().equals(last))
                            .map(event -> event.data().at("/seq").asLong()))
                    .containsExactlyElementsOf(a.client().events(last).stream()
                            .map(event -> event.at("/seq").asLong())
                            .toList());
        }
    }

    @Test
    void a_server_without_a_free_place_leaves_its_queue_to_the_other() {
        List<String> runs = IntStream.range(0, 10)
                .mapToObj(i -> b.client().run("waits", "{}"))
                .toList();
        try {
            Awaitility.await("all of them are under way")
                    .until(() -> runs.stream()
                            .allMatch(run -> b.client()
                                            .get("/runs/" + run)
                                            .json()
                                            .at("/status")
                                            .asString()
                                            .equals("waiting")
                                    || b.client()
                                            .get("/runs/" + run)
                                            .json()
                                            .at("/status")
                                            .asString()
                                            .equals("running")));
            assertThat(database.ask("SELECT count(DISTINCT owner_node) FROM run_live"))
                    .isEqualTo("2");
        } finally {
            runs.forEach(run -> a.client().post("/runs/" + run + "/cancel", "{}"));
            runs.forEach(run -> a.client().awaitEnd(run));
        }
    }

    @Test
    void readers_who_change_between_the_servers_at_random_have_exactly_the_log() throws Exception {
        String runId = a.client().run("talks", "{}");
        List<CompletableFuture<List<JsonNode>>> readers = IntStream.range(0, 12)
                .mapToObj(seed -> CompletableFuture.supplyAsync(() -> wander(runId, seed), TwoServersTest::inAThread))
                .toList();
        a.client().awaitEnd(runId);
        List<JsonNode> log = a.client().events(runId);
        assertThat(log).hasSizeGreaterThan(1_500);
        for (CompletableFuture<List<JsonNode>> reader : readers) {
            assertThat(reader.get(60, TimeUnit.SECONDS)).isEqualTo(log);
        }
    }

    @Test
    void a_server_that_lost_its_ear_listens_again_and_has_missed_nothing() throws Exception {
        String runId = a.client().run("talks", "{}");
        try (BareReader readerB = BareReader.open(b.port(), "/runs/" + runId + "/events")) {
            CompletableFuture<List<SseEvent>> all = CompletableFuture.supplyAsync(
                    () -> readerB.until(event -> event.name().equals("run.finished")), TwoServersTest::inAThread);
            for (int i = 0; i < 3; i++) {
                Awaitility.await()
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> b.bean(Wakeups.class).isListening());
                database.ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                        + " WHERE application_name = 'yardmaster wakeups'");
            }
            assertThat(all.get(60, TimeUnit.SECONDS).stream().map(SseEvent::data))
                    .containsExactlyElementsOf(a.client().events(runId));
        }
        Stream.of(a, b).forEach(TwoServersTest::awaitListening);
        assertThat(gauge(b)).isEqualTo(1);
    }

    /** Reads a run's events to the end, now here, now there, breaking off wherever it happens to be. */
    private static List<JsonNode> wander(String runId, int seed) {
        Random random = new Random(seed);
        List<JsonNode> seen = new ArrayList<>();
        String position = "0";
        while (true) {
            int port = random.nextBoolean() ? a.port() : b.port();
            int enough = 1 + random.nextInt(200);
            try (BareReader reader = BareReader.open(port, "/runs/" + runId + "/events", "Last-Event-ID", position)) {
                for (int i = 0; i < enough; i++) {
                    SseEvent event = reader.event().orElse(null);
                    if (event == null || event.name().equals("stream.end")) {
                        return seen;
                    }
                    seen.add(event.data());
                    position = String.valueOf(event.id());
                    if (event.name().equals("run.finished")) {
                        return seen;
                    }
                }
            }
        }
    }

    private static long untilTheEnd(BareReader reader) {
        reader.until(event -> event.name().equals("run.finished"));
        return System.nanoTime();
    }

    private static void awaitListening(TestServer server) {
        Awaitility.await("a server that listens")
                .until(() -> server.bean(Wakeups.class).isListening());
    }

    private static void awaitStatus(ApiClient client, String runId, String... wanted) {
        client.await(runId, run -> List.of(wanted).contains(run.at("/status").asString()));
    }

    private static double gauge(TestServer server) {
        return server.bean(MeterRegistry.class)
                .get("yardmaster.wakeups.listening")
                .gauge()
                .value();
    }

    private static String last(List<String> runs) {
        synchronized (runs) {
            return runs.getLast();
        }
    }

    private static void inAThread(Runnable work) {
        Thread.ofVirtual().start(work);
    }

    private static String[] with(String[] some, String... more) {
        return Stream.concat(Arrays.stream(some), Arrays.stream(more)).toArray(String[]::new);
    }

    private static void print(String what, double[] millis) {
        Arrays.sort(millis);
        System.out.printf(
                Locale.ROOT,
                "%s: p50 %.1f ms, p99 %.1f ms (%d times)%n",
                what,
                millis[millis.length / 2],
                millis[Math.min(millis.length - 1, millis.length * 99 / 100)],
                millis.length);
    }
}
