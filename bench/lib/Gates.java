import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** How soon a run goes on after the vote that lets it, where two people decide on two servers at the same moment. */
final class Gates {

    private static final String EVAL = "then-eval";
    private static final String PROCESS = "then-process";

    private Gates() {}

    public static void main(String[] arguments) throws Exception {
        boolean shortly = List.of(arguments).contains("--short");
        int rounds = shortly ? 50 : 200;
        int warmUp = shortly ? 50 : 400;
        var jobs = Server.jobs();
        String gate = """
            composition: steps
            steps:
              - {id: gate, type: approval, approval: {title: "Go on?", required: 2}}
              - {id: after, needs: [gate], %s}
            """;
        Server.job(jobs, EVAL, gate.formatted("type: eval, values: {it: '1'}"));
        Server.job(jobs, PROCESS, gate.formatted("command: ./nothing.sh"), "nothing.sh", "#!/bin/sh\ntrue\n");
        Report report = new Report("gates");
        try (Postgres postgres = Postgres.start(Map.of("track_commit_timestamp", "on"));
                Server a = Server.start(postgres, jobs);
                Server b = Server.start(postgres, jobs);
                ExecutorService people = Executors.newFixedThreadPool(2);
                Http ada = new Http(a.port(), "ada-token");
                Http ben = new Http(b.port(), "ben-token");
                Http submitter = a.client();
                Http reader = b.client();
                Connection connection = postgres.connect()) {
            postgres.execute("CREATE TABLE yardstick (id bigint GENERATED ALWAYS AS IDENTITY, text text)");
            PreparedStatement insert = connection.prepareStatement("INSERT INTO yardstick (text) VALUES (?)");
            double[] commit = new double[2 * rounds];
            double[] request = new double[2 * rounds];
            List<String> evals = new ArrayList<>();
            List<String> processes = new ArrayList<>();
            for (int i = -warmUp; i < 2 * rounds; i++) {
                String job = Math.floorMod(i, 2) == 0 ? EVAL : PROCESS;
                String run = submitter
                        .post("/api/v1/runs", "{\"job_id\": \"" + job + "\"}")
                        .expect(201)
                        .text("run_id");
                awaitGate(reader, run);
                String path = "/api/v1/runs/" + run + "/steps/gate/approve";
                CyclicBarrier together = new CyclicBarrier(2);
                List<Future<?>> votes = new ArrayList<>();
                for (Http person : List.of(ada, ben)) {
                    votes.add(people.submit(() -> {
                        together.await();
                        return person.post(path, "{}").expect(200);
                    }));
                }
                for (Future<?> vote : votes) {
                    vote.get();
                }
                submitter
                        .get("/api/v1/runs/" + run + "/result", "Prefer", "wait=60")
                        .expect(200);
                if (i >= 0) {
                    (job.equals(EVAL) ? evals : processes).add(run);
                    long start = System.nanoTime();
                    insert.setString(1, "x".repeat(200));
                    insert.execute();
                    commit[i] = (System.nanoTime() - start) / 1e6;
                    start = System.nanoTime();
                    reader.get("/api/v1/principal").expect(200);
                    request[i] = (System.nanoTime() - start) / 1e6;
                }
            }
            Times nothing = Times.of(request);
            Times durable = Times.of(commit);
            add(report, "an eval step", millis(connection, evals), durable);
            add(report, "a process step", millis(connection, processes), durable);
            report.add("a request that does nothing, p50", nothing.p(50), "ms", "");
            report.add("a request that does nothing, p99", nothing.p(99), "ms", "");
            report.add("gates with more or less than one decision", postgres.ask("""
                SELECT count(*) FROM run r
                WHERE (SELECT count(*) FROM run_event e
                       WHERE e.run_id = r.run_id AND e.type = 'approval.decided') <> 1
                   OR (SELECT count(*) FROM run_event e
                       WHERE e.run_id = r.run_id AND e.type = 'approval.voted') <> 2
                """), "", "0");
        }
        report.finish();
    }

    private static void add(Report report, String next, Times times, Times durable) {
        String what = "vote committed → start of " + next + " committed, ";
        report.add(what + "p50", times.p(50), "ms", "three durable inserts", 3 * durable.p(50), "");
        report.add(what + "p99", times.p(99), "ms", "three durable inserts", 3 * durable.p(99), "≤ 30 ms");
        report.add(what + "most", times.p(100), "ms", "");
    }

    /** Nobody owns it: whoever decides, a server has to take it up. */
    private static void awaitGate(Http http, String run) throws Exception {
        String body = "";
        while (!body.contains("\"status\":\"waiting\"") || body.contains("\"owner\"")) {
            TimeUnit.MILLISECONDS.sleep(2);
            body = http.get("/api/v1/runs/" + run).expect(200).body();
        }
    }

    /** By the times at which the database has committed, which are all of one clock. */
    private static Times millis(Connection connection, List<String> runs) throws Exception {
        List<Double> found = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement("""
            SELECT extract(epoch FROM pg_xact_commit_timestamp(e.xmin) - pg_xact_commit_timestamp(a.xmin)) * 1000
            FROM approval a JOIN run_event e ON e.run_id = a.run_id AND e.type = 'step.started' AND e.step_id = 'after'
            WHERE a.run_id = ?
            """)) {
            for (String run : runs) {
                query.setObject(1, uuid(run));
                try (ResultSet row = query.executeQuery()) {
                    row.next();
                    found.add(row.getDouble(1));
                }
            }
        }
        return Times.of(found.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** A run's id is its number in Crockford's base 32. */
    private static UUID uuid(String run) {
        long high = 0;
        long low = 0;
        for (char digit : run.substring("run_".length()).toCharArray()) {
            high = high << 5 | low >>> 59;
            low = low << 5 | "0123456789ABCDEFGHJKMNPQRSTVWXYZ".indexOf(digit);
        }
        return new UUID(high, low);
    }
}
