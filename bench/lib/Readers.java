import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.List;

/** Very many readers of one run: how late the last of them is, and what they cost while nothing happens. */
final class Readers {

    private static final int EVERY = 1000;

    private Readers() {}

    public static void main(String[] arguments) throws Exception {
        boolean shortly = List.of(arguments).contains("--short");
        int readers = shortly ? 1_000 : 10_000;
        int seconds = shortly ? 5 : 30;
        Path jobs = Server.jobs();
        Server.job(jobs, "clock", """
            name: Tells the time
            composition: steps
            steps:
              - {id: print, command: ./print.sh}
            """, "print.sh", "#!/bin/sh\nwhile true; do date +at:%s%N; sleep 1; done\n");
        Server.job(jobs, "quiet", """
            name: Is silent
            composition: steps
            steps:
              - {id: wait, command: ./wait.sh}
            """, "wait.sh", "#!/bin/sh\nsleep 3600\n");
        Report report = new Report("readers");
        Times bare = bare(readers, seconds);
        try (Postgres postgres = Postgres.start();
                Server server = Server.start(postgres, jobs);
                Http http = server.client()) {
            String warm = run(http, "clock");
            try (Crowd crowd = Crowd.connect(server.port(), events(warm), readers / 10)) {
                Thread.sleep(3000);
            }
            cancel(http, warm);
            Thread.sleep(2000);

            String quiet = run(http, "quiet");
            long heapBefore = server.liveHeap();
            long memoryBefore = Processor.memory(server.pid());
            double idleShare;
            long heap;
            long memory;
            try (Crowd crowd = Crowd.connect(server.port(), events(quiet), readers)) {
                heap = server.liveHeap();
                memory = Processor.memory(server.pid());
                Thread.sleep(2000);
                double before = Processor.of(server.pid());
                long start = System.nanoTime();
                Thread.sleep(seconds * 1000L);
                idleShare = (Processor.of(server.pid()) - before) / ((System.nanoTime() - start) / 1e9);
                requireAll(crowd);
            }
            cancel(http, quiet);
            Thread.sleep(2000);

            String clock = run(http, "clock");
            Times times;
            try (Crowd crowd = Crowd.connect(server.port(), events(clock), readers)) {
                Thread.sleep(3000);
                crowd.measure();
                Thread.sleep(seconds * 1000L);
                requireAll(crowd);
                int events = crowd.seen() / readers;
                if (events < seconds / 2) {
                    throw new IllegalStateException("only " + events + " events reached everybody");
                }
                times = crowd.times();
            }
            cancel(http, clock);
            String many = String.format("%,d readers", readers);
            report.add(
                    "an event to all of " + many + ", p50",
                    times.p(50),
                    "ms",
                    "a bare loop that writes",
                    bare.p(50),
                    "");
            report.add(
                    "an event to all of " + many + ", p99",
                    times.p(99),
                    "ms",
                    "a bare loop that writes",
                    bare.p(99),
                    "≤ 400 ms");
            report.add("heap per reader", (heap - heapBefore) / 1024.0 / readers, "KiB", "≤ 40");
            report.add("memory per reader", (memory - memoryBefore) / (double) readers, "KiB", "");
            report.add("processor while nothing happens", idleShare * 100, "%", "< 8 (of one)");
        }
        report.finish();
    }

    private static Times bare(int readers, int seconds) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "bench/lib/Broadcaster.java",
                        Integer.toString(EVERY))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            int port = Integer.parseInt(out.readLine());
            try (Crowd crowd = Crowd.connect(port, "/", readers)) {
                Thread.sleep(2000);
                crowd.measure();
                Thread.sleep(seconds * 1000L);
                return crowd.times();
            }
        } finally {
            process.destroyForcibly();
        }
    }

    private static void requireAll(Crowd crowd) {
        if (crowd.broken() > 0) {
            throw new IllegalStateException("the server hung up on " + crowd.broken());
        }
    }

    private static String run(Http http, String job) throws Exception {
        return http.post("/api/v1/runs", "{\"job_id\": \"" + job + "\"}")
                .expect(201)
                .text("run_id");
    }

    private static void cancel(Http http, String runId) throws Exception {
        http.post("/api/v1/runs/" + runId + "/cancel", "{\"grace\": \"1s\"}");
    }

    private static String events(String runId) {
        return "/api/v1/runs/" + runId + "/events";
    }
}
