package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.events.EventStreams;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.BareReader;
import io.yardmaster.testkit.SseEvent;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LogsTest {

    private static final int MANY = 30_000;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static TestServer server;
    private static ApiClient client;

    /** A run of two steps that wrote to both streams. */
    private static String mixed;

    /** Its lines. */
    private static List<JsonNode> lines;

    /** A run that wrote many lines. */
    private static String many;

    @TempDir
    Path folder;

    @BeforeAll
    static void write_jobs_and_run_them() {
        server = TestServer.shared();
        client = server.client();
        server.job("logs-mixed").config("""
            name: Writes to both streams
            composition: steps
            steps:
              - {id: first, script: ./first.sh}
              - {id: second, needs: [first], script: ./second.sh}
              - {id: nap, needs: [second], type: sleep, for: 10ms}
            """).file("first.sh", """
                echo 'Packing /srv/data'
                echo 'WARNING: "quotes", back\\slash and a	tab' >&2
                echo '{"an": "object"},{"in": "a line"}'
                echo 'Größe ÄNDERT sich'
                echo
                """).file("second.sh", """
                    for i in $(seq 1 20); do echo "second $i"; done
                    echo 'late warning' >&2
                    echo '# Done' > "$YM_SUMMARY"
                    echo '20 lines' >> "$YM_SUMMARY"
                    """);
        server.job("logs-many").config("""
            name: Writes many lines
            composition: steps
            argspec: {type: object, properties: {go: {type: string, default: /}, count: {type: integer}}}
            steps:
              - {id: print, script: ./print.sh}
            """).file("print.sh", """
                echo ready
                until [ -e "$go" ]; do sleep 0.02; done
                seq -f 'line %.0f of many' 1 "$count"
                """);
        mixed = client.run("logs-mixed", "{}");
        many = client.run("logs-many", "{\"count\": " + MANY + "}");
        client.awaitEnd(mixed);
        client.awaitEnd(many);
        lines = page(mixed, "").path("logs").valueStream().toList();
        assertThat(lines).hasSize(26);
    }

    // ---- Filters

    @Test
    void the_level_follows_from_the_stream_and_can_be_asked_for() {
        assertThat(lines)
                .allSatisfy(line -> assertThat(line.path("level").asString())
                        .isEqualTo(line.path("stream").asString().equals("stderr") ? "warn" : "info"));
        assertLines("level=warn", line -> line.path("level").asString().equals("warn"));
        assertLines("level=info", line -> line.path("level").asString().equals("info"));
        assertLines("level=info&level=warn", line -> true);
        assertLines("level=warn&stream=stdout", line -> false);
        assertLines("level=warn&step_id=second", line -> message(line).equals("late warning"));
        assertThat(client.get("/runs/" + mixed + "/logs?level=loud").status()).isEqualTo(400);
    }

    @Test
    void lines_are_searched_for_a_text_in_either_case() {
        assertLines(
                "q=warning",
                line -> message(line).startsWith("WARNING") || message(line).equals("late warning"));
        assertLines("q=SECOND%201", line -> message(line).startsWith("second 1"));
        assertLines("q=%22quotes%22%2C%20back%5Cslash", line -> message(line).startsWith("WARNING"));
        assertLines("q=gr%C3%96sse", line -> false);
        assertLines("q=GR%C3%96%C3%9FE%20%C3%A4nd", line -> message(line).startsWith("Größe"));
        assertLines("q=%25", line -> false);
        assertLines("q=.*", line -> false);
        assertLines(
                "q=second&tail=3&stream=stdout",
                line -> List.of("second 18", "second 19", "second 20").contains(message(line)));
        for (String refused : List.of("q=", "q=" + "x".repeat(201))) {
            assertThat(client.get("/runs/" + mixed + "/logs?" + refused).status())
                    .as(refused)
                    .isEqualTo(400);
        }
    }

    @Test
    void what_looks_like_json_stays_a_line() {
        assertLines("q=an%22:", line -> message(line).equals("{\"an\": \"object\"},{\"in\": \"a line\"}"));
        assertThat(lines.stream().map(LogsTest::message)).contains("", "WARNING: \"quotes\", back\\slash and a\ttab");
    }

    @Test
    void the_tail_is_the_end_in_every_form() {
        List<String> all = lines.stream().map(LogsTest::message).toList();
        for (int tail : List.of(1, 2, 7, 21, 26, 100_000)) {
            List<String> last = all.subList(Math.max(0, all.size() - tail), all.size());
            JsonNode page = page(mixed, "?tail=" + tail);
            assertThat(page.path("logs").valueStream().map(LogsTest::message)).isEqualTo(last);
            assertThat(page.has("next_after_seq")).isFalse();
            assertThat(text("?tail=" + tail).lines()).isEqualTo(last);
            assertThat(ndjson("?tail=" + tail).stream().map(LogsTest::message)).isEqualTo(last);
            assertThat(followed("&tail=" + tail).map(LogsTest::message)).isEqualTo(last);
        }
        for (String refused : List.of("0", "-1", "100001", "many")) {
            assertThat(client.get("/runs/" + mixed + "/logs?tail=" + refused).status())
                    .as(refused)
                    .isEqualTo(400);
        }
    }

    @Test
    void a_long_tail_comes_in_pages_without_being_cut_again() {
        List<String> read = new ArrayList<>();
        String next = "/runs/" + many + "/logs?tail=2500&limit=1000&q=line";
        int pages = 0;
        while (!next.isEmpty()) {
            Answer answer = client.get(next);
            answer.json().path("logs").forEach(line -> read.add(message(line)));
            String link = answer.header("Link");
            next = link.isEmpty() ? "" : link.substring("</api/v1".length(), link.indexOf('>'));
            pages++;
        }
        assertThat(pages).isEqualTo(3);
        assertThat(read).hasSize(2500);
        assertThat(read.getFirst()).isEqualTo("line " + (MANY - 2499) + " of many");
        assertThat(read.getLast()).isEqualTo("line " + MANY + " of many");
    }

    @Test
    void who_follows_from_the_tail_gets_what_comes_and_resumes_where_he_was() throws IOException {
        Path go = folder.resolve("go");
        String runId = client.run("logs-many", "{\"go\": \"" + go + "\", \"count\": 50}");
        client.await(runId, run -> text(runId, "").equals("ready\n"));
        String path = "/runs/" + runId + "/logs?follow=true&tail=1";
        String position;
        try (BareReader reader = BareReader.open(server.port(), path)) {
            SseEvent ready = reader.event().orElseThrow();
            assertThat(message(ready.data())).isEqualTo("ready");
            Files.createFile(go);
            SseEvent first = reader.event().orElseThrow();
            assertThat(message(first.data())).isEqualTo("line 1 of many");
            position = Objects.requireNonNull(first.id());
        }
        client.awaitEnd(runId);
        try (BareReader reader = BareReader.open(server.port(), path, "Last-Event-ID", position)) {
            List<SseEvent> rest = reader.rest();
            assertThat(rest).hasSize(50);
            assertThat(message(rest.getFirst().data())).isEqualTo("line 2 of many");
            assertThat(rest.getLast().name()).isEqualTo("stream.end");
        }
    }

    // ---- Positions

    @Test
    void a_reader_whose_filter_matches_nothing_is_told_positions_and_resumes_there() {
        String path = "/runs/" + many + "/logs?follow=true&q=no%20line%20has%20this";
        List<Long> positions = new ArrayList<>();
        try (BareReader reader = BareReader.open(server.port(), path)) {
            for (String line = reader.line(); line != null; line = reader.line()) {
                if (line.startsWith("id: ")) {
                    positions.add(Long.parseLong(line.substring(4)));
                }
                assertThat(line).doesNotStartWith("event: log");
            }
        }
        assertThat(positions).isNotEmpty().isSorted();
        assertThat(positions.getLast()).isGreaterThan(MANY - 10_000);
        long last = client.get("/runs/" + many).json().path("last_seq").asLong();
        assertThat(client.get(path, "Last-Event-ID", Long.toString(last)).status())
                .isEqualTo(204);
    }

    @Test
    void a_page_says_how_far_it_looked_and_never_shows_what_is_beyond() throws IOException {
        Path go = folder.resolve("go");
        String runId = client.run("logs-many", "{\"go\": \"" + go + "\", \"count\": 20000}");
        client.await(runId, run -> text(runId, "").equals("ready\n"));
        Files.createFile(go);
        List<String> polled = new ArrayList<>();
        long after = 0;
        boolean ended = false;
        while (!ended) {
            ended = client.get("/runs/" + runId).json().has("finished_at");
            JsonNode page = page(runId, "?q=7%20of&limit=300&after_seq=" + after);
            long last = page.path("last_seq").asLong();
            for (JsonNode line : page.path("logs")) {
                assertThat(line.path("seq").asLong()).isGreaterThan(after).isLessThanOrEqualTo(last);
                polled.add(message(line));
            }
            after = page.path("next_after_seq").asLong(last);
            ended = ended && !page.has("next_after_seq");
        }
        assertThat(polled)
                .isEqualTo(text(runId, "")
                        .lines()
                        .filter(line -> line.contains("7 of"))
                        .toList())
                .hasSize(2000);
    }

    @Test
    void who_reads_later_gets_the_bytes_of_who_followed() throws IOException {
        Path go = folder.resolve("go");
        String runId = client.run("logs-many", "{\"go\": \"" + go + "\", \"count\": 300}");
        client.await(runId, run -> text(runId, "").equals("ready\n"));
        StringBuilder live = new StringBuilder();
        try (BareReader reader = BareReader.open(server.port(), "/runs/" + runId + "/events")) {
            String line = reader.line();
            while (line != null) {
                if (!line.startsWith(":")) {
                    live.append(line).append('\n');
                }
                if (line.contains("\"message\":\"ready\"")) {
                    Files.createFile(go);
                }
                line = reader.line();
            }
        }
        String replayed = client.get("/runs/" + runId + "/events", "Accept", "text/event-stream")
                .body();
        assertThat(live.toString()).isEqualTo(replayed);
        assertThat(client.get("/runs/" + runId + "/events", "Accept", "application/x-ndjson")
                        .body()
                        .lines())
                .isEqualTo(replayed.lines()
                        .filter(line -> line.startsWith("data: ") && !line.contains("stream.end"))
                        .map(line -> line.substring(6))
                        .toList());
    }

    // ---- Text

    @Test
    void text_has_a_length_and_goes_on_where_it_was_cut_off() {
        String whole = text(many, "");
        byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
        Answer all = client.get("/runs/" + many + "/logs?format=text");
        assertThat(all.header("Content-Length")).isEqualTo(Integer.toString(bytes.length));
        assertThat(all.header("Accept-Ranges")).isEqualTo("bytes");
        for (int from : List.of(0, 1, 5, 6, 7, 100_000, bytes.length / 2, bytes.length - 1)) {
            Answer rest = client.get("/runs/" + many + "/logs?format=text", "Range", "bytes=" + from + "-");
            assertThat(rest.status()).isEqualTo(206);
            assertThat(rest.header("Content-Range"))
                    .isEqualTo("bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
            assertThat(rest.body()).isEqualTo(whole.substring(from));
            int to = Math.min(bytes.length - 1, from + 4711);
            assertThat(client.get("/runs/" + many + "/logs?format=text", "Range", "bytes=" + from + "-" + to)
                            .body())
                    .isEqualTo(whole.substring(from, to + 1));
        }
        assertThat(client.get("/runs/" + many + "/logs?format=text", "Range", "bytes=-20")
                        .body())
                .isEqualTo(whole.substring(bytes.length - 20));
        Answer beyond = client.get("/runs/" + many + "/logs?format=text", "Range", "bytes=" + bytes.length + "-");
        assertThat(beyond.status()).isEqualTo(416);
        assertThat(beyond.header("Content-Range")).isEqualTo("bytes */" + bytes.length);
        assertThat(client.get("/runs/" + many + "/logs?format=text", "Range", "bytes=5-", "If-Range", "\"other\"")
                        .status())
                .isEqualTo(200);
        assertThat(client.get(
                                "/runs/" + many + "/logs?format=text",
                                "Range",
                                "bytes=5-",
                                "If-Range",
                                all.header("ETag"))
                        .status())
                .isEqualTo(206);
    }

    @Test
    void a_connection_that_was_answered_with_text_is_ready_for_the_next_request() {
        for (int i = 0; i < 500; i++) {
            assertThat(client.get("/runs/" + mixed + "/logs?format=text").status())
                    .isEqualTo(200);
        }
    }

    @Test
    void a_part_of_the_text_of_one_step_or_stream_is_of_that_text() {
        for (String filter : List.of("step_id=second", "stream=stderr", "level=info&step_id=first")) {
            String whole = text(mixed, "&" + filter);
            Answer rest = client.get("/runs/" + mixed + "/logs?format=text&" + filter, "Range", "bytes=9-");
            assertThat(rest.status()).isEqualTo(206);
            assertThat(rest.body())
                    .isEqualTo(new String(
                            whole.getBytes(StandardCharsets.UTF_8),
                            9,
                            whole.getBytes(StandardCharsets.UTF_8).length - 9,
                            StandardCharsets.UTF_8));
        }
        for (String chosen : List.of("q=second", "tail=3", "after_seq=4", "limit=3", "since=2026-01-01T00:00:00Z")) {
            Answer answer = client.get("/runs/" + mixed + "/logs?format=text&" + chosen, "Range", "bytes=9-");
            assertThat(answer.status()).as(chosen).isEqualTo(200);
            assertThat(answer.header("Accept-Ranges")).isEmpty();
        }
        assertThat(text("?limit=3").lines()).hasSize(3);
        assertThat(ndjson("?limit=3")).hasSize(3);
    }

    @Test
    void text_and_ndjson_have_no_other_bound_than_the_log() {
        assertThat(text(many, "").lines()).hasSize(MANY + 1);
        assertThat(client.get("/runs/" + many + "/logs?format=ndjson").body().lines())
                .hasSize(MANY + 1);
        assertThat(page(many, "").path("logs")).hasSize(1000);
    }

    @Test
    void head_answers_without_the_lines() {
        Answer get = client.get("/runs/" + many + "/logs?format=text");
        Answer head = client.send("HEAD", "/runs/" + many + "/logs?format=text", null);
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.header("Content-Length")).isEqualTo(get.header("Content-Length"));
        assertThat(client.send("HEAD", "/runs/" + many + "/logs", null).status())
                .isEqualTo(200);
    }

    @Test
    void head_of_a_stream_answers_at_once_though_the_run_goes_on() {
        String runId = client.run("logs-many", "{\"go\": \"" + folder.resolve("never") + "\", \"count\": 1}");
        for (String path :
                List.of("/runs/" + runId + "/logs?follow=true", "/runs/" + runId + "/events", "/events/runs")) {
            assertThat(client.send("HEAD", path, null).status()).as(path).isEqualTo(200);
        }
        client.post("/runs/" + runId + "/cancel", "{}");
        client.awaitEnd(runId);
    }

    @Test
    void who_goes_away_in_the_middle_leaves_nothing_behind() {
        int before = server.bean(EventStreams.class).open();
        for (int i = 0; i < 5; i++) {
            try (BareReader reader = BareReader.open(server.port(), "/runs/" + many + "/logs?format=ndjson")) {
                assertThat(reader.line()).startsWith("{\"seq\":");
            }
        }
        await().until(() -> server.bean(EventStreams.class).open() <= before);
    }

    // ---- Steps

    @Test
    void a_step_shows_the_summary_it_left() {
        JsonNode run = client.get("/runs/" + mixed).json();
        assertThat(run.path("steps").path(1).path("summary").asString()).isEqualTo("# Done\n20 lines\n");
        assertThat(run.path("steps").path(0).has("summary")).isFalse();
        assertThat(client.get("/runs/" + mixed + "/steps/second")
                        .json()
                        .path("summary")
                        .asString())
                .isEqualTo("# Done\n20 lines\n");
        assertThat(client.get("/runs/" + mixed + "/steps/first").json().has("summary"))
                .isFalse();
    }

    @Test
    void every_step_that_begins_says_so() {
        List<String> told = client.events(mixed).stream()
                .filter(event -> event.path("step_id").asString("").equals("nap"))
                .map(event -> event.path("type").asString())
                .toList();
        assertThat(told).containsExactly("step.started", "step.waiting", "step.finished");
    }

    // ---- Shared

    /** Asks in each form for lines, which are those of the whole log that are wanted. */
    private static void assertLines(String query, Predicate<JsonNode> wanted) {
        List<JsonNode> expected = lines.stream().filter(wanted).toList();
        assertThat(page(mixed, "?" + query).path("logs").valueStream())
                .as(query)
                .isEqualTo(expected);
        assertThat(ndjson("?" + query)).as(query).isEqualTo(expected);
        assertThat(followed("&" + query)).as(query).isEqualTo(expected);
        assertThat(text("?" + query))
                .as(query)
                .isEqualTo(String.join(
                        "", expected.stream().map(line -> message(line) + "\n").toList()));
    }

    private static JsonNode page(String runId, String query) {
        Answer answer = client.get("/runs/" + runId + "/logs" + query);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static String text(String query) {
        return client.get("/runs/" + mixed + "/logs" + query, "Accept", "text/plain")
                .body();
    }

    private static String text(String runId, String query) {
        return client.get("/runs/" + runId + "/logs?format=text" + query).body();
    }

    private static List<JsonNode> ndjson(String query) {
        return client.get("/runs/" + mixed + "/logs" + query, "Accept", "application/x-ndjson")
                .body()
                .lines()
                .map(JSON::readTree)
                .toList();
    }

    private static Stream<JsonNode> followed(String query) {
        List<SseEvent> events = client.stream("/runs/" + mixed + "/logs?follow=true" + query, found -> false);
        assertThat(events.getLast().name()).isEqualTo("stream.end");
        return events.subList(0, events.size() - 1).stream().map(SseEvent::data);
    }

    private static String message(JsonNode line) {
        return line.path("message").asString();
    }
}
