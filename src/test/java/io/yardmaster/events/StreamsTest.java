package io.yardmaster.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.BareReader;
import io.yardmaster.testkit.SseEvent;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class StreamsTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Executor THREADS =
            task -> Thread.ofVirtual().name("reader").start(task);

    private static final String SSE = "text/event-stream";

    private static TestServer server;
    private static ApiClient client;

    /** A run that has ended, and all of its events. */
    private static String ended;

    private static List<JsonNode> all;

    @TempDir
    Path folder;

    @BeforeAll
    static void write_jobs_and_run_one() {
        server = TestServer.shared();
        client = server.client();
        job("streams-talk", """
            {id: out, script: ./out.sh}
              - {id: both, needs: [out], script: ./both.sh}
              - {id: sum, needs: [both], type: eval, values: {n: "1 + 1"}}\
            """);
        server.job("streams-talk")
                .file("out.sh", "for i in 1 2 3 4 5; do echo \"out $i\"; done\n")
                .file("both.sh", "for i in 1 2 3; do echo \"both $i\"; echo \"error $i\" >&2; sleep 0.01; done\n");
        job("streams-long", "{id: print, script: ./print.sh}");
        server.job("streams-long").file("print.sh", """
            echo ready
            until [ -e "$go" ]; do sleep 0.02; done
            seq -f "line %.0f of a long story that takes its time to be told" 1 "$count"
            """);
        job("streams-drop", "{id: print, script: ./print.sh}");
        server.job("streams-drop").file("print.sh", "for i in $(seq 1 60); do echo \"drop $i\"; sleep 0.02; done\n");
        job("streams-both", "{id: print, script: ./print.sh}");
        server.job("streams-both").file("print.sh", "for i in $(seq 1 100); do echo \"$i\"; sleep 0.002; done\n");
        job("streams-idle", "{id: wait, type: sleep, for: 10m}");
        ended = client.run("streams-talk", "{}");
        client.awaitEnd(ended);
        all = client.events(ended);
    }

    private static void job(String name, String steps) {
        server.job(name).config("""
            name: %s
            composition: steps
            argspec: {type: object, properties: {go: {type: string}, count: {type: integer}}}
            steps:
              - %s
            """.formatted(name, steps));
    }

    // ---- One run

    @Test
    void events_and_lines_share_one_sequence_without_gaps() {
        assertThat(all)
                .extracting(event -> event.path("seq").asLong())
                .isEqualTo(LongStream.rangeClosed(1, all.size()).boxed().toList());
        assertThat(types(all).getFirst()).isEqualTo("run.created");
        assertThat(types(all).getLast()).isEqualTo("run.finished");
        assertThat(types(all).stream().filter("step.output"::equals)).hasSize(11);
        assertThat(client.get("/runs/" + ended).json().path("last_seq").asInt()).isEqualTo(all.size());
    }

    @Test
    void a_stream_is_a_retry_then_frames_of_id_event_and_data_then_its_end() {
        Answer answer = client.get("/runs/" + ended + "/events", "Accept", SSE);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).startsWith(SSE);
        assertThat(answer.header("Cache-Control")).contains("no-store");
        List<String> frames = List.of(answer.body().split("\n\n"));
        assertThat(frames.getFirst()).isEqualTo("retry: 2000");
        assertThat(frames).hasSize(all.size() + 2);
        Pattern frame = Pattern.compile("id: (\\d+)\nevent: ([a-z.]+)\ndata: (\\{[^\n]*})");
        for (int i = 0; i < all.size(); i++) {
            Matcher matcher = frame.matcher(frames.get(i + 1));
            assertThat(matcher.matches()).as(frames.get(i + 1)).isTrue();
            assertThat(matcher.group(1)).isEqualTo(all.get(i).path("seq").asString());
            assertThat(matcher.group(2)).isEqualTo(all.get(i).path("type").asString());
            assertThat(JSON.readTree(matcher.group(3))).isEqualTo(all.get(i));
        }
        assertThat(frames.getLast()).startsWith("event: stream.end\ndata: {");
        JsonNode end = JSON.readTree(frames.getLast().substring(frames.getLast().indexOf('{')));
        assertThat(end.path("type").asString()).isEqualTo("stream.end");
        assertThat(end.path("run_id").asString()).isEqualTo(ended);
        assertThat(end.path("last_seq").asInt()).isEqualTo(all.size());
        assertThat(end.path("reason").asString()).isEqualTo("run_finished");
    }

    @Test
    void from_every_position_a_stream_gives_exactly_the_rest() {
        for (int after = 0; after < all.size(); after++) {
            List<SseEvent> byHeader = stream("", "Last-Event-ID", Integer.toString(after));
            assertThat(ofTheLog(byHeader)).as("after %d", after).isEqualTo(all.subList(after, all.size()));
            assertThat(byHeader.getLast().name()).isEqualTo("stream.end");
            assertThat(stream("?after_seq=" + after)).isEqualTo(byHeader);
        }
    }

    @Test
    void who_comes_back_at_the_end_of_a_finished_run_gets_204() {
        for (String id : List.of(Integer.toString(all.size()), Integer.toString(all.size() + 1000))) {
            Answer answer = client.get("/runs/" + ended + "/events", "Accept", SSE, "Last-Event-ID", id);
            assertThat(answer.status()).isEqualTo(204);
            assertThat(answer.body()).isEmpty();
        }
    }

    @Test
    void who_first_comes_at_the_end_of_a_finished_run_gets_the_end_at_once() {
        for (int after : List.of(all.size(), all.size() + 1000)) {
            assertThat(stream("?after_seq=" + after)).extracting(SseEvent::name).containsExactly("stream.end");
        }
    }

    @Test
    void last_event_id_wins_over_after_seq() {
        List<SseEvent> events = stream("?after_seq=1", "Last-Event-ID", "7");

        assertThat(ofTheLog(events)).isEqualTo(all.subList(7, all.size()));
    }

    @Test
    void a_malformed_position_is_refused() {
        for (String id : List.of("abc", "-1", "1.5", "99999999999999999999")) {
            Answer answer = client.get("/runs/" + ended + "/events", "Accept", SSE, "Last-Event-ID", id);
            assertThat(answer.status()).as(id).isEqualTo(400);
            assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        }
        for (String seq : List.of("abc", "-1", "1.5")) {
            assertThat(client.get("/runs/" + ended + "/events?after_seq=" + seq, "Accept", SSE)
                            .status())
                    .as(seq)
                    .isEqualTo(400);
        }
    }

    @Test
    void beyond_the_end_of_a_live_run_only_what_comes_is_sent() {
        String runId = submitLong("beyond", 3);
        client.await(runId, StreamsTest::hasPrinted);
        int seen = client.get("/runs/" + runId).json().path("last_seq").asInt();
        try (BareReader reader =
                BareReader.open(server.port(), "/runs/" + runId + "/events", "Last-Event-ID", "1000000")) {
            assertThat(reader.line()).isEqualTo("retry: 2000");
            go("beyond");
            List<SseEvent> events = reader.rest();

            List<JsonNode> whole = client.events(runId);
            assertThat(ofTheLog(events)).isEqualTo(whole.subList(seen, whole.size()));
            assertThat(events.getLast().name()).isEqualTo("stream.end");
        }
    }

    @Test
    void only_the_types_asked_for_are_sent() {
        List<SseEvent> events = stream("?types=run.finished&types=step.finished");

        assertThat(events)
                .extracting(SseEvent::name)
                .containsExactly("step.finished", "step.finished", "step.finished", "run.finished", "stream.end");
        assertThat(client.get("/runs/" + ended + "/events?types=step.output", "Accept", "application/json")
                        .json()
                        .path("events"))
                .hasSize(11);
        assertThat(client.get("/runs/" + ended + "/events?types=no.such", "Accept", SSE)
                        .status())
                .isEqualTo(400);
    }

    @Test
    void accept_decides_the_form_and_the_events_are_the_same() {
        Answer lines = client.get("/runs/" + ended + "/events", "Accept", "application/x-ndjson");
        assertThat(lines.header("Content-Type")).startsWith("application/x-ndjson");
        assertThat(lines.body().lines().map(JSON::readTree)).isEqualTo(all);
        assertThat(client.get("/runs/" + ended + "/events?after_seq=4", "Accept", "application/x-ndjson")
                        .body()
                        .lines()
                        .map(JSON::readTree))
                .isEqualTo(all.subList(4, all.size()));

        List<JsonNode> paged = new ArrayList<>();
        JsonNode page = client.get("/runs/" + ended + "/events?limit=4", "Accept", "application/json")
                .json();
        page.path("events").forEach(paged::add);
        while (page.has("next_after_seq")) {
            page = client.get(
                            "/runs/" + ended + "/events?limit=4&after_seq="
                                    + page.path("next_after_seq").asLong(),
                            "Accept",
                            "application/json")
                    .json();
            assertThat(page.path("events").size()).isLessThanOrEqualTo(4);
            page.path("events").forEach(paged::add);
        }
        assertThat(paged).isEqualTo(all);

        assertThat(client.get("/runs/" + ended + "/events").header("Content-Type"))
                .startsWith(SSE);
        Answer refused = client.get("/runs/" + ended + "/events", "Accept", "image/png");
        assertThat(refused.status()).isEqualTo(406);
        assertThat(refused.json().path("type").asString()).endsWith("/problems/not-acceptable");
    }

    @Test
    void the_runs_of_others_have_no_stream() {
        assertThat(server.client(TestServer.OTHER_TENANT_TOKEN)
                        .get("/runs/" + ended + "/events", "Accept", SSE)
                        .status())
                .isEqualTo(404);
        assertThat(server.client(TestServer.POWERLESS_TOKEN)
                        .get("/runs/" + ended + "/events", "Accept", SSE)
                        .status())
                .isEqualTo(403);
    }

    @Test
    void an_idle_stream_gets_a_comment_every_ten_seconds() {
        String runId = client.run("streams-idle", "{}");
        client.await(runId, run -> run.path("status").asString().equals("waiting"));
        try (BareReader reader = BareReader.open(server.port(), "/runs/" + runId + "/events")) {
            reader.until(event -> event.name().equals("run.waiting"));
            long start = System.nanoTime();
            String line = reader.line();
            Duration quiet = Duration.ofNanos(System.nanoTime() - start);

            assertThat(line).startsWith(":");
            assertThat(quiet).isBetween(Duration.ofSeconds(8), Duration.ofSeconds(13));
            client.post("/runs/" + runId + "/cancel", "{}");
            assertThat(reader.rest()).extracting(SseEvent::name).endsWith("run.finished", "stream.end");
        }
    }

    // ---- Many readers and slow ones

    @Test
    void a_reader_that_is_cut_off_again_and_again_misses_nothing() {
        String runId = client.run("streams-drop", "{}");
        List<SseEvent> read = new ArrayList<>();
        String position = "0";
        while (read.isEmpty() || !read.getLast().name().equals("run.finished")) {
            try (BareReader reader =
                    BareReader.open(server.port(), "/runs/" + runId + "/events", "Last-Event-ID", position)) {
                reader.event().ifPresent(read::add);
                reader.event().filter(event -> event.id() != null).ifPresent(read::add);
            }
            position = Objects.requireNonNull(read.getLast().id());
        }
        assertThat(ofTheLog(read)).isEqualTo(client.events(runId));
    }

    @Test
    void a_reader_that_does_not_read_loses_nothing_and_holds_up_nobody() throws Exception {
        int count = 100_000;
        String runId = submitLong("slow", count);
        client.await(runId, StreamsTest::hasPrinted);
        String path = "/runs/" + runId + "/events";
        List<SseEvent> slow = new ArrayList<>();
        try (BareReader idle = BareReader.open(server.port(), path)) {
            CompletableFuture<List<SseEvent>> reading = inThread(() -> client.stream(path, events -> false));
            go("slow");
            List<SseEvent> prompt = reading.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

            assertThat(prompt.getLast().name()).isEqualTo("stream.end");
            assertGapFree(prompt, count);
            // It still holds what did not fit into the connection: nothing has been thrown away, nobody has waited.
            assertThat(server.bean(EventStreams.class).open()).isPositive();
            assertThat(client.get("/runs/" + runId).json().path("status").asString())
                    .isEqualTo("success");
            slow.addAll(idle.rest());
        }
        if (!slow.getLast().name().equals("stream.end")) {
            // Cut off for having been idle too long: it comes back.
            slow.addAll(client.stream(
                    path,
                    events -> false,
                    "Last-Event-ID",
                    Objects.requireNonNull(slow.getLast().id())));
        }
        assertGapFree(slow, count);
    }

    @Test
    void fifty_readers_at_once_all_get_everything() throws Exception {
        String runId = submitLong("fifty", 500);
        int before = server.bean(EventStreams.class).open();
        List<CompletableFuture<List<SseEvent>>> readers = Stream.generate(
                        () -> inThread(() -> client.stream("/runs/" + runId + "/events", events -> false)))
                .limit(50)
                .toList();
        await().atMost(PATIENCE).until(() -> server.bean(EventStreams.class).open() >= before + 50);
        go("fifty");
        client.awaitEnd(runId);
        List<JsonNode> events = client.events(runId);
        for (CompletableFuture<List<SseEvent>> reader : readers) {
            List<SseEvent> read = reader.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(ofTheLog(read)).isEqualTo(events);
            assertThat(read.getLast().name()).isEqualTo("stream.end");
        }
    }

    // ---- All runs

    @Test
    void the_stream_of_all_runs_carries_each_run_in_its_order_and_resumes_at_every_event() {
        List<SseEvent> live;
        List<String> runs = new ArrayList<>();
        try (BareReader reader = BareReader.open(server.port(), "/events/runs?job_id=streams-both")) {
            assertThat(reader.line()).isEqualTo("retry: 2000");
            runs.add(client.run("streams-both", "{}"));
            runs.add(client.run("streams-both", "{}"));
            List<SseEvent> first = reader.until(event -> event.name().equals("run.finished"));
            live = new ArrayList<>(first);
            live.addAll(reader.until(event -> event.name().equals("run.finished")));
        }
        for (String runId : runs) {
            assertThat(live.stream()
                            .map(SseEvent::data)
                            .filter(event -> event.path("run_id").asString().equals(runId)))
                    .isEqualTo(client.events(runId));
        }
        assertThat(live).extracting(SseEvent::id).doesNotContainNull().doesNotHaveDuplicates();
        for (int at : List.of(0, 1, 2, 50, live.size() / 2, live.size() - 2)) {
            String id = Objects.requireNonNull(live.get(at).id());
            List<SseEvent> rest = live.subList(at + 1, live.size());
            assertThat(resumed("job_id=streams-both", rest.size(), "Last-Event-ID", id))
                    .as("after event %d", at)
                    .isEqualTo(rest);
            assertThat(resumed("job_id=streams-both&cursor=" + id, rest.size())).isEqualTo(rest);
        }
        String begin = Objects.requireNonNull(live.getFirst().id());
        String one = live.getFirst().data().path("run_id").asString();
        List<SseEvent> ofOne = live.stream()
                .skip(1)
                .filter(event -> event.data().path("run_id").asString().equals(one))
                .toList();
        assertThat(resumed("run_id=" + one, ofOne.size(), "Last-Event-ID", begin))
                .isEqualTo(ofOne);
        assertThat(resumed("job_id=streams-both&types=run.finished", 2, "Last-Event-ID", begin))
                .isEqualTo(live.stream()
                        .filter(event -> event.name().equals("run.finished"))
                        .toList());
        othersSeeOnlyTheirOwn(begin);
    }

    private static List<SseEvent> resumed(String query, int count, String... headers) {
        List<SseEvent> read = new ArrayList<>();
        try (BareReader reader = BareReader.open(server.port(), "/events/runs?" + query, headers)) {
            while (read.size() < count) {
                read.add(reader.event().orElseThrow());
            }
        }
        return read;
    }

    private static void othersSeeOnlyTheirOwn(String position) {
        try (BareReader reader = BareReader.openAs(
                TestServer.OTHER_TENANT_TOKEN,
                server.port(),
                "/events/runs?job_id=streams-both",
                "Last-Event-ID",
                position)) {
            String theirs = server.client(TestServer.OTHER_TENANT_TOKEN).run("streams-both", "{}");
            assertThat(reader.until(event -> event.name().equals("run.finished")))
                    .isNotEmpty()
                    .allSatisfy(event ->
                            assertThat(event.data().path("run_id").asString()).isEqualTo(theirs));
        }
    }

    @Test
    void a_position_in_all_runs_that_is_none_is_refused_and_one_of_another_database_has_expired() {
        String foreign = new AllRunsCursor(1, 1, new UUID(1, 1), 1).toString();
        for (String query : List.of("", "?cursor=" + foreign)) {
            Answer answer = query.isEmpty()
                    ? client.get("/events/runs", "Accept", SSE, "Last-Event-ID", foreign)
                    : client.get("/events/runs" + query, "Accept", SSE);
            assertThat(answer.status()).isEqualTo(410);
            assertThat(answer.json().path("type").asString()).endsWith("/problems/cursor-expired");
        }
        for (String garbage : List.of("garbage", "7", "AAAA", foreign + "AA")) {
            assertThat(client.get("/events/runs", "Accept", SSE, "Last-Event-ID", garbage)
                            .status())
                    .isEqualTo(400);
            assertThat(client.get("/events/runs?cursor=" + garbage, "Accept", SSE)
                            .status())
                    .isEqualTo(400);
        }
    }

    // ---- Logs

    @Test
    void the_log_can_be_followed_to_the_end() {
        String runId = submitLong("follow", 50);
        client.await(runId, StreamsTest::hasPrinted);
        try (BareReader reader = BareReader.open(server.port(), "/runs/" + runId + "/logs?follow=true")) {
            SseEvent ready = reader.event().orElseThrow();
            assertThat(ready.data().path("message").asString()).isEqualTo("ready");
            go("follow");
            List<SseEvent> rest = reader.rest();

            assertThat(rest).hasSize(51);
            assertThat(rest.subList(0, 50)).extracting(SseEvent::name).containsOnly("log");
            assertThat(rest.getLast().name()).isEqualTo("stream.end");
            List<JsonNode> read = Stream.concat(Stream.of(ready), rest.subList(0, 50).stream())
                    .map(SseEvent::data)
                    .toList();
            assertThat(read).isEqualTo(lines(output(client.events(runId))));
        }
    }

    @Test
    void lines_are_picked_by_step_stream_and_time() {
        List<JsonNode> lines = output(all);

        assertThat(log("?step_id=out")).isEqualTo(messages(lines, "step_id", "out"));
        assertThat(log("?stream=stderr")).isEqualTo(List.of("error 1", "error 2", "error 3"));
        assertThat(log("?step_id=both&stream=stdout")).isEqualTo(List.of("both 1", "both 2", "both 3"));
        assertThat(log("?step_id=nobody")).isEmpty();
        String since = lines.get(8).path("timestamp").asString();
        assertThat(log("?since=" + since))
                .isEqualTo(lines.stream()
                        .filter(line -> line.path("timestamp").asString().compareTo(since) >= 0)
                        .map(line -> line.path("message").asString())
                        .toList())
                .hasSizeBetween(1, lines.size() - 5);
        assertThat(log("?after_seq=" + lines.get(3).path("seq").asInt())).hasSize(lines.size() - 4);
        assertThat(ofTheLog(client.stream("/runs/" + ended + "/logs?follow=true&stream=stderr", events -> false)))
                .isEqualTo(lines(lines.stream()
                        .filter(line -> line.path("stream").asString().equals("stderr"))
                        .toList()));
    }

    @Test
    void lines_come_in_pages() {
        List<String> paged = new ArrayList<>();
        JsonNode page = client.get("/runs/" + ended + "/logs?limit=2").json();
        page.path("logs").forEach(line -> paged.add(line.path("message").asString()));
        while (page.has("next_after_seq")) {
            page = client.get("/runs/" + ended + "/logs?limit=2&after_seq="
                            + page.path("next_after_seq").asLong())
                    .json();
            assertThat(page.path("logs").size()).isLessThanOrEqualTo(2);
            page.path("logs").forEach(line -> paged.add(line.path("message").asString()));
        }
        assertThat(paged).isEqualTo(log(""));
    }

    @Test
    void lines_come_as_text_and_as_ndjson() {
        List<JsonNode> lines = output(all);
        Answer text = client.get("/runs/" + ended + "/logs?format=text");
        assertThat(text.header("Content-Type")).startsWith("text/plain");
        assertThat(text.body().lines()).isEqualTo(log(""));
        assertThat(client.get("/runs/" + ended + "/logs", "Accept", "text/plain")
                        .body())
                .isEqualTo(text.body());
        Answer ndjson = client.get("/runs/" + ended + "/logs?format=ndjson");
        assertThat(ndjson.header("Content-Type")).startsWith("application/x-ndjson");
        assertThat(ndjson.body().lines().map(JSON::readTree)).isEqualTo(lines(lines));
        assertThat(log("")).hasSize(11);
    }

    // ---- Shared

    private String submitLong(String go, int count) {
        return client.run("streams-long", "{\"go\": \"" + folder.resolve(go) + "\", \"count\": " + count + "}");
    }

    private void go(String name) {
        try {
            Files.createFile(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean hasPrinted(JsonNode run) {
        return client.get("/runs/" + run.path("run_id").asString() + "/logs?format=text")
                .body()
                .equals("ready\n");
    }

    private static void assertGapFree(List<SseEvent> events, int lines) {
        List<JsonNode> log = ofTheLog(events);
        assertThat(log.stream().map(event -> event.path("seq").asLong()))
                .isEqualTo(LongStream.rangeClosed(1, log.size()).boxed().toList());
        assertThat(output(log).stream().map(event -> event.path("message").asString()))
                .isEqualTo(Stream.concat(
                                Stream.of("ready"),
                                LongStream.rangeClosed(1, lines)
                                        .mapToObj(i -> "line " + i + " of a long story that takes its time to be told"))
                        .toList());
    }

    private static List<SseEvent> stream(String query, String... headers) {
        return client.stream("/runs/" + ended + "/events" + query, events -> false, headers);
    }

    private static List<JsonNode> ofTheLog(List<SseEvent> events) {
        return events.stream()
                .filter(event -> event.id() != null)
                .map(SseEvent::data)
                .toList();
    }

    private static List<JsonNode> output(List<JsonNode> events) {
        return events.stream()
                .filter(event -> event.path("type").asString().equals("step.output"))
                .toList();
    }

    /** The events of lines as the log shows them. */
    private static List<JsonNode> lines(List<JsonNode> events) {
        return events.stream()
                .map(event -> ((ObjectNode) event.deepCopy()).remove(List.of("type", "run_id", "attempt")))
                .map(JsonNode.class::cast)
                .toList();
    }

    private static List<String> messages(List<JsonNode> lines, String member, String value) {
        return lines.stream()
                .filter(line -> line.path(member).asString().equals(value))
                .map(line -> line.path("message").asString())
                .toList();
    }

    private static List<String> log(String query) {
        return client.get("/runs/" + ended + "/logs" + query)
                .json()
                .path("logs")
                .valueStream()
                .map(line -> line.path("message").asString())
                .toList();
    }

    private static List<String> types(List<JsonNode> events) {
        return events.stream().map(event -> event.path("type").asString()).toList();
    }

    private static <T> CompletableFuture<T> inThread(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, THREADS);
    }
}
