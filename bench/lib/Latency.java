import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.List;

/** How long a run takes at a server that has nothing else to do, from the request to its last event. */
final class Latency {

    private Latency() {}

    public static void main(String[] arguments) throws Exception {
        boolean shortly = List.of(arguments).contains("--short");
        int rounds = shortly ? 100 : 500;
        int warmUp = shortly ? 100 : 1000;
        Path jobs = Server.jobs();
        Server.sum(jobs);
        Server.job(jobs, "true", """
            name: Does nothing, as a process
            composition: steps
            steps:
              - {id: nothing, command: ./nothing.sh}
            """, "nothing.sh", "#!/bin/sh\ntrue\n");
        Report report = new Report("latency");
        try (Postgres postgres = Postgres.start();
                Server server = Server.start(postgres, jobs)) {
            for (int i = 0; i < warmUp; i++) {
                run(server, "sum");
                if (i % 5 == 0) {
                    run(server, "true");
                }
            }
            double[] eval = new double[rounds];
            double[] process = new double[rounds];
            double[] spawn = new double[rounds];
            double[] commit = new double[rounds];
            double[] request = new double[rounds];
            try (Http http = server.client();
                    Connection connection = postgres.connect()) {
                postgres.execute("CREATE TABLE yardstick (id bigint GENERATED ALWAYS AS IDENTITY, text text)");
                PreparedStatement insert = connection.prepareStatement("INSERT INTO yardstick (text) VALUES (?)");
                // One after the other, so that whatever else the machine does hits all alike.
                for (int i = 0; i < rounds; i++) {
                    eval[i] = run(server, "sum");
                    process[i] = run(server, "true");
                    spawn[i] = spawn();
                    long start = System.nanoTime();
                    insert.setString(1, "x".repeat(200));
                    insert.execute();
                    commit[i] = (System.nanoTime() - start) / 1e6;
                    start = System.nanoTime();
                    http.get("/api/v1/principal").expect(200);
                    request[i] = (System.nanoTime() - start) / 1e6;
                }
            }
            add(report, "POST → run.finished, one eval step", Times.of(eval), "≤ 6 ms", "≤ 20 ms");
            add(report, "POST → run.finished, one process step", Times.of(process), "", "");
            add(report, "a request that does nothing", Times.of(request), "", "");
            add(report, "one durable insert", Times.of(commit), "", "");
            add(report, "a bare spawn of the same program", Times.of(spawn), "", "");
            report.add(
                    "POST → run.finished, p50",
                    Times.of(eval).p(50),
                    "ms",
                    "two requests and three durable inserts",
                    2 * Times.of(request).p(50) + 3 * Times.of(commit).p(50),
                    "");
            report.add(
                    "what a process step adds, p50",
                    Times.of(process).p(50) - Times.of(eval).p(50),
                    "ms",
                    "a bare spawn",
                    Times.of(spawn).p(50),
                    "≤ 2");
        }
        report.finish();
    }

    private static void add(Report report, String what, Times times, String p50, String p99) {
        report.add(what + ", p50", times.p(50), "ms", p50);
        report.add(what + ", p99", times.p(99), "ms", p99);
    }

    /** Submits a run and reads its events to the last. */
    private static double run(Server server, String job) throws Exception {
        // Connections stand before the clock starts, as a client's do.
        try (Http http = server.client()) {
            long start = System.nanoTime();
            String runId = http.post("/api/v1/runs", "{\"job_id\": \"" + job + "\"}")
                    .expect(201)
                    .text("run_id");
            try (BufferedReader events = new BufferedReader(new InputStreamReader(
                    Http.stream(server.port(), "/api/v1/runs/" + runId + "/events", "text/event-stream"),
                    StandardCharsets.UTF_8))) {
                for (String line = events.readLine(); !"event: run.finished".equals(line); line = events.readLine()) {
                    if (line == null) {
                        throw new IllegalStateException("the stream ended before the run");
                    }
                }
                return (System.nanoTime() - start) / 1e6;
            }
        }
    }

    private static double spawn() throws Exception {
        long start = System.nanoTime();
        Process process = new ProcessBuilder("/bin/sh", "-c", "true")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.waitFor();
        return (System.nanoTime() - start) / 1e6;
    }
}
