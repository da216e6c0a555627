package io.yardmaster.events;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.ServerProcess;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A log far larger than a page, of one step, at a server with 512 MB of heap. {@code -Dyardmaster.test.lines=1000000}
 * makes it a million lines. Every way of reading is cut off twice, in the middle of whatever is on its way, and goes on.
 */
class MillionLinesTest {

    private static final long LINES = Long.getLong("yardmaster.test.lines", 25_000);
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final long MEGABYTE = 1024 * 1024;

    /** What may lie in the heap for a while besides what the server needs when it is idle. */
    private static final long ALLOWANCE = 64 * MEGABYTE;

    private static final List<String> TABLE = new ArrayList<>();

    @TempDir
    static Path folder;

    private static ServerProcess server;
    private static ApiClient client;
    private static String expected;
    private static String runId = "";
    private static long idleHeap;

    @BeforeAll
    static void write_a_long_log() {
        // How fast it is counts for the million only; what is held in memory does not depend on the compiler.
        List<String> options = LINES < 1_000_000 ? List.of("-Xmx512m", "-XX:TieredStopAtLevel=1") : List.of("-Xmx512m");
        server = new ServerProcess(folder.resolve("data"), folder.resolve("jobs"), options);
        server.job("long")
                .config("""
                    name: long
                    composition: steps
                    argspec: {type: object, properties: {count: {type: integer}}}
                    steps:
                      - {id: print, script: ./print.sh}
                    """)
                .file("print.sh", "seq -f 'line %.0f of a log that is too long to be held in memory' 1 \"$count\"\n");
        server.start();
        client = server.client();
        MessageDigest digest = sha256();
        for (long i = 1; i <= LINES; i++) {
            digest.update(bytes(line(i) + "\n"));
        }
        expected = hex(digest);
        client.awaitEnd(client.run("long", "{\"count\": 1000}"));
        TABLE.add("%-34s %10s %12s %s".formatted("", "seconds", "lines/s", "heap used after collection, MB"));
        idleHeap = server.usedHeap();
        TABLE.add("%-34s %10s %12s %s".formatted("idle", "", "", idleHeap / MEGABYTE));

        measure("written", () -> {
            runId = client.run("long", "{\"count\": " + LINES + "}");
            Awaitility.await("the end of the run")
                    .atMost(Duration.ofMinutes(10))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> client.get("/runs/" + runId).json().has("finished_at"));
        });
        JsonNode step = client.get("/runs/" + runId + "/steps/print").json();
        assertThat(step.path("status").asString()).isEqualTo("success");
        double seconds = Duration.between(
                                Instant.parse(step.path("started_at").asString()),
                                Instant.parse(step.path("finished_at").asString()))
                        .toMillis()
                / 1000.0;
        TABLE.add("%-34s %10.2f %,12.0f".formatted("  of it the step, durable", seconds, LINES / seconds));
    }

    @AfterAll
    static void print_and_stop() {
        server.close();
        System.out.println(LINES + " lines\n" + String.join("\n", TABLE));
    }

    @Test
    void by_server_sent_events_every_line_comes_once_and_in_order() {
        Lines lines = new Lines();
        measure("server-sent events", () -> {
            String position = "0";
            for (double part : List.of(1 / 3.0, 2 / 3.0, 2.0)) {
                position = readEvents(runId, position, lines, (long) (LINES * part));
            }
        });
        lines.assertComplete();
    }

    @Test
    void by_pages_every_line_comes_once_and_in_order() {
        Lines lines = new Lines();
        measure("JSON pages of 10,000", () -> {
            long cuts = 0;
            String next = "/runs/" + runId + "/logs?limit=10000";
            while (!next.isEmpty()) {
                if (cuts < 2 && lines.count >= LINES * (cuts + 1) / 3) {
                    cuts++;
                    cutOff(next);
                }
                Answer page = client.get(next);
                lines.addPage(page.body());
                String link = page.header("Link");
                next = link.isEmpty() ? "" : link.substring("</api/v1".length(), link.indexOf('>'));
            }
            assertThat(cuts).isEqualTo(2);
        });
        lines.assertComplete();
    }

    @Test
    void by_text_every_line_comes_once_and_in_order() {
        MessageDigest digest = sha256();
        long size = bytesOfAllLines();
        measure("text", () -> {
            long position = 0;
            for (double part : List.of(1 / 3.0, 2 / 3.0, 1.0)) {
                position = readText(position, (long) (size * part), digest);
            }
            assertThat(position).isEqualTo(size);
        });
        assertThat(hex(digest)).isEqualTo(expected);
    }

    @Test
    void by_ndjson_every_line_comes_once_and_in_order() {
        Lines lines = new Lines();
        measure("ndjson", () -> {
            long position = 0;
            for (double part : List.of(1 / 3.0, 2 / 3.0, 2.0)) {
                position = readNdjson(position, lines, (long) (LINES * part));
            }
        });
        lines.assertComplete();
    }

    @Test
    void who_follows_while_it_is_written_gets_every_line() throws Exception {
        Lines lines = new Lines();
        List<String> followed = new ArrayList<>();
        measure("written and followed", () -> {
            String live = client.run("long", "{\"count\": " + LINES + "}");
            followed.add(live);
            CompletableFuture<Void> reading = CompletableFuture.runAsync(
                    () -> readEvents(live, "0", lines, Long.MAX_VALUE),
                    task -> Thread.ofVirtual().start(task));
            try {
                reading.get(10, TimeUnit.MINUTES);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        lines.assertComplete();
        assertThat(client.get("/runs/" + followed.getFirst())
                        .json()
                        .path("status")
                        .asString())
                .isEqualTo("success");
    }

    @Test
    void the_last_lines_and_the_lines_with_a_text_are_found() {
        measure("the last 100 lines", () -> {
            List<String> tail = client.get("/runs/" + runId + "/logs?tail=100&format=text")
                    .body()
                    .lines()
                    .toList();
            assertThat(tail).hasSize(100);
            assertThat(tail.getFirst()).isEqualTo(line(LINES - 99));
            assertThat(tail.getLast()).isEqualTo(line(LINES));
        });
        measure(
                "searched to the end for one line",
                () -> assertThat(client.get("/runs/" + runId + "/logs?format=text&q=LINE%20" + LINES + "%20OF")
                                .body())
                        .isEqualTo(line(LINES) + "\n"));
    }

    // ---- Reading

    /** Reads until there are so many lines, then cuts the connection. Returns the position of the last whole event. */
    private static String readEvents(String run, String after, Lines lines, long enough) {
        String position = after;
        String id = "";
        try (Body body = open("/runs/" + run + "/logs?follow=true", "Last-Event-ID", after)) {
            for (byte[] line = body.line(); line != null; line = body.line()) {
                if (startsWith(line, "id: ")) {
                    id = new String(line, 4, line.length - 4, StandardCharsets.UTF_8);
                } else if (startsWith(line, "data: {\"seq\"")) {
                    lines.addJson(line, 6);
                } else if (line.length == 0 && !id.isEmpty()) {
                    position = id;
                    if (lines.count >= enough) {
                        break;
                    }
                }
            }
        }
        return position;
    }

    private static long readNdjson(long after, Lines lines, long enough) {
        long position = after;
        try (Body body = open("/runs/" + runId + "/logs?format=ndjson&after_seq=" + after)) {
            for (byte[] line = body.line(); line != null && lines.count < enough; line = body.line()) {
                position = lines.addJson(line, 0);
            }
        }
        return position;
    }

    private static long readText(long from, long to, MessageDigest digest) {
        try (Body body = open("/runs/" + runId + "/logs?format=text", "Range", "bytes=" + from + "-")) {
            byte[] buffer = new byte[64 * 1024];
            long position = from;
            while (position < to) {
                int read = body.in.read(buffer, 0, (int) Math.min(buffer.length, to - position));
                if (read < 0) {
                    break;
                }
                digest.update(buffer, 0, read);
                position += read;
            }
            return position;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void cutOff(String path) {
        try (Body body = open(path)) {
            assertThat(body.in.readNBytes(1000)).hasSize(1000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Body open(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port() + "/api/v1" + path))
                .header("Authorization", "Bearer " + TestServer.DEV_TOKEN);
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<InputStream> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            assertThat(response.statusCode()).isIn(200, 206);
            return new Body(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- Measuring

    /** Does something while the heap is looked at from outside, from time to time. */
    private static void measure(String what, Runnable work) {
        List<Long> samples = new ArrayList<>();
        Consumer<Boolean> sample = _ -> samples.add(server.usedHeap());
        long start = System.nanoTime();
        CompletableFuture<Void> done =
                CompletableFuture.runAsync(work, task -> Thread.ofVirtual().start(task));
        while (!done.isDone()) {
            try {
                done.get(1, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                sample.accept(true);
            } catch (Exception e) {
                throw new AssertionError(what, e);
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        sample.accept(true);
        TABLE.add(String.format(
                Locale.ROOT,
                "%-34s %10.2f %,12.0f %s",
                what,
                seconds,
                LINES / seconds,
                samples.stream().map(used -> Long.toString(used / MEGABYTE)).toList()));
        assertThat(samples).as("heap while: " + what).allMatch(used -> used < idleHeap + ALLOWANCE);
    }

    private static String line(long number) {
        return "line " + number + " of a log that is too long to be held in memory";
    }

    private static long bytesOfAllLines() {
        long size = 0;
        for (long i = 1; i <= LINES; i++) {
            size += line(i).length() + 1;
        }
        return size;
    }

    private static boolean startsWith(byte[] line, String start) {
        for (int i = 0; i < start.length(); i++) {
            if (i == line.length || line[i] != start.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The lines that were read, as a digest of their text. */
    private static final class Lines {

        private final MessageDigest digest = sha256();
        private long count;
        private long lastSeq;

        /**
         * Adds the line in a JSON object, which is cut out and not parsed: what is measured is the server. Returns its
         * sequence number, which is higher than the one before.
         */
        long addJson(byte[] json, int from) {
            String line = new String(json, from, json.length - from, StandardCharsets.ISO_8859_1);
            assertThat(line).startsWith("{\"seq\":");
            long seq = Long.parseLong(line, 7, line.indexOf(','), 10);
            if (seq <= lastSeq) {
                throw new AssertionError(seq + " after " + lastSeq);
            }
            lastSeq = seq;
            int message = line.indexOf("\"message\":\"") + 11;
            add(line.substring(message, line.indexOf('"', message)));
            return seq;
        }

        /** Adds the lines of a page; its elements are separated as nothing in a line is. */
        void addPage(String page) {
            int start = page.indexOf("\"logs\":[") + 8;
            for (String line : page.substring(start, page.lastIndexOf(']')).split("(?<=}),(?=\\{)")) {
                if (!line.isEmpty()) {
                    addJson(bytes(line), 0);
                }
            }
        }

        void add(String message) {
            digest.update(bytes(message));
            digest.update((byte) '\n');
            count++;
        }

        void assertComplete() {
            assertThat(count).isEqualTo(LINES);
            assertThat(hex(digest)).isEqualTo(expected);
        }
    }

    /** An answer that is read line by line, and cut off when it is closed. */
    private static final class Body implements AutoCloseable {

        private final InputStream in;
        private byte[] buffer = new byte[64 * 1024];
        private int from;
        private int to;

        Body(InputStream in) {
            this.in = in;
        }

        /** The next line; null at the end. A line that the end cuts off counts as none. */
        byte @Nullable [] line() {
            int searched = from;
            while (true) {
                for (int i = searched; i < to; i++) {
                    if (buffer[i] == '\n') {
                        byte[] line = Arrays.copyOfRange(buffer, from, i);
                        from = i + 1;
                        return line;
                    }
                }
                searched = to - from;
                buffer = Arrays.copyOfRange(buffer, from, from + Math.max(buffer.length, 2 * searched));
                from = 0;
                to = searched;
                try {
                    int read = in.read(buffer, to, buffer.length - to);
                    if (read < 0) {
                        return null;
                    }
                    to += read;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }

        @Override
        public void close() {
            try {
                in.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
