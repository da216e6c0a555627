import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.postgresql.PGConnection;

/** How many lines of one process are made durable in a second, and streamed to a reader. */
final class Logs {

    private Logs() {}

    public static void main(String[] arguments) throws Exception {
        boolean shortly = List.of(arguments).contains("--short");
        long lines = shortly ? 500_000 : 5_000_000;
        int rounds = shortly ? 1 : 3;
        Path jobs = Server.jobs();
        // About 60 bytes a line, no two alike.
        String print = "awk 'BEGIN { for (i = 1; i <= " + lines
                + "; i++) printf \"%09d a line of output as programs write them %d\\n\", i, i * 7919 %% 99991 }'";
        Server.job(jobs, "print", """
            name: Prints
            composition: steps
            steps:
              - {id: print, command: ./print.sh}
            """, "print.sh", "#!/bin/sh\n" + print.replace("%%", "%") + "\n");
        Report report = new Report("logs");
        try (Postgres postgres = Postgres.start();
                Server server = Server.start(postgres, jobs)) {
            try (Http http = server.client()) {
                run(server, http, lines, null);
                long idle = Processor.memory(server.pid());
                double processorBefore = Processor.of(server.pid());
                Postgres.Usage before = postgres.usage();
                double unread = run(server, http, lines, null);
                double processor = Processor.of(server.pid()) - processorBefore;
                Postgres.Usage usage = postgres.usage().since(before);
                double text = 0;
                double events = 0;
                for (int i = 0; i < rounds; i++) {
                    unread = Math.max(unread, run(server, http, lines, null));
                    text = Math.max(text, run(server, http, lines, "logs?follow=true&format=text"));
                    events = Math.max(events, run(server, http, lines, "events"));
                }
                Path file = Files.createTempFile("lines", ".txt");
                double cat = 0;
                double copy = 0;
                for (int i = 0; i < rounds; i++) {
                    cat = Math.max(cat, cat(print.replace("%%", "%"), file, lines));
                    copy = Math.max(copy, copy(postgres, file, lines));
                }
                report.add("lines of one process, durable", unread, "/s", "the same through cat to a file", cat, "");
                report.add("lines of one process, durable", unread, "/s", "the same by COPY into PostgreSQL", copy, "");
                report.add("durable and read along as text", text, "/s", "the same by COPY into PostgreSQL", copy, "");
                report.add(
                        "durable and streamed as events",
                        events,
                        "/s",
                        "the same by COPY into PostgreSQL",
                        copy,
                        "≥ 500,000 /s");
                double million = lines / 1e6;
                report.add("processor per million lines, server", processor / million, "s", "");
                report.add("processor per million lines, PostgreSQL", usage.processorSeconds() / million, "s", "");
                report.add("WAL per line", usage.walBytes() / (double) lines, "bytes", "");
                report.add(
                        "memory of the server afterwards",
                        Processor.memory(server.pid()) / 1024.0,
                        "MiB",
                        "after the first run",
                        idle / 1024.0,
                        "flat");
            }
        }
        report.finish();
    }

    /** Lines a second from the step's start until the run has ended and the reader has everything. */
    private static double run(Server server, Http http, long lines, String read) throws Exception {
        long start = System.nanoTime();
        String runId =
                http.post("/api/v1/runs", "{\"job_id\": \"print\"}").expect(201).text("run_id");
        CompletableFuture<Long> reader = read == null
                ? CompletableFuture.completedFuture(lines)
                : CompletableFuture.supplyAsync(
                        () -> count(server, "/api/v1/runs/" + runId + "/" + read),
                        task -> Thread.ofPlatform().start(task));
        String status = "";
        while (!status.equals("success")) {
            status = http.get("/api/v1/runs/" + runId + "/result", "Prefer", "wait=60")
                            .body()
                            .contains("\"success\"")
                    ? "success"
                    : "";
        }
        long read1 = reader.get();
        double seconds = (System.nanoTime() - start) / 1e9;
        if (read1 != lines) {
            throw new IllegalStateException("of " + lines + " lines the reader has " + read1);
        }
        System.err.printf("%s: %,.0f lines/s%n", read == null ? "nobody reads" : read, lines / seconds);
        return lines / seconds;
    }

    /** How many lines of output come, to the end of the stream. */
    private static long count(Server server, String path) {
        boolean events = path.endsWith("events");
        byte[] mark = "a line of output".getBytes(StandardCharsets.US_ASCII);
        try (InputStream in = Http.stream(server.port(), path, events ? "text/event-stream" : "text/plain")) {
            byte[] buffer = new byte[256 * 1024];
            long found = 0;
            int matched = 0;
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                for (int i = 0; i < read; i++) {
                    // The mark has its first letter again, but never where a match could begin anew.
                    matched = buffer[i] == mark[matched] ? matched + 1 : buffer[i] == mark[0] ? 1 : 0;
                    if (matched == mark.length) {
                        found++;
                        matched = 0;
                    }
                }
            }
            return found;
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static double cat(String print, Path file, long lines) throws Exception {
        long start = System.nanoTime();
        Process process = new ProcessBuilder("/bin/sh", "-c", print + " | cat > " + file).start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException("the yardstick failed");
        }
        return lines / ((System.nanoTime() - start) / 1e9);
    }

    private static double copy(Postgres postgres, Path file, long lines) throws Exception {
        postgres.execute("DROP TABLE IF EXISTS yardstick; CREATE TABLE yardstick (line text)");
        try (Connection connection = postgres.connect()) {
            long start = System.nanoTime();
            long copied = connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn("COPY yardstick FROM STDIN", Files.newInputStream(file), 1 << 16);
            if (copied != lines) {
                throw new IllegalStateException(copied + " of " + lines + " were copied");
            }
            return lines / ((System.nanoTime() - start) / 1e9);
        }
    }
}
