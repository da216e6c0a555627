import java.nio.file.Path;
import java.util.List;

/** What a second server on the same database adds. */
final class Replicas {

    private Replicas() {}

    public static void main(String[] arguments) throws Exception {
        boolean shortly = List.of(arguments).contains("--short");
        int seconds = shortly ? 3 : 20;
        int warmUp = shortly ? 3 : 15;
        Path jobs = Server.jobs();
        Server.sum(jobs);
        Server.job(jobs, "nap", """
            name: Takes a place for a while
            composition: steps
            steps:
              - {id: nap, type: sleep, for: 200ms}
            """);
        Report report = new Report("replicas");
        try (Postgres postgres = Postgres.start();
                Server a = Server.start(postgres, jobs, "--yardmaster.engine.max-concurrent-runs=16")) {
            double[] one = rates(List.of(a), warmUp, seconds);
            try (Server b = Server.start(postgres, jobs, "--yardmaster.engine.max-concurrent-runs=16")) {
                double[] two = rates(List.of(a, b), warmUp, seconds);
                report.add(
                        "runs that take a place for 200 ms, two servers", two[0], "/s", "one server", one[0], "≥ 1.6");
                report.add(
                        "runs of one eval step, two servers",
                        two[1],
                        "/s",
                        "one server",
                        one[1],
                        "≥ 1.6 with free processors");
                report.add(
                        "the same, all sent to one of the two servers",
                        elsewhere(a, warmUp, seconds),
                        "/s",
                        "one server",
                        one[0],
                        "≥ 1.6");
            }
            report.add(
                    "runs that are not over",
                    postgres.ask("SELECT count(*) FROM run WHERE status IS DISTINCT FROM 'success'"),
                    "",
                    "0");
            report.add("runs that began or ended more than once", postgres.ask("""
                SELECT count(*) FROM (SELECT run_id FROM run_event WHERE type IN ('run.started', 'run.finished')
                                      GROUP BY run_id, type HAVING count(*) <> 1) several
                """), "", "0");
        }
        report.finish();
    }

    private static double[] rates(List<Server> servers, int warmUp, int seconds) throws Exception {
        return new double[] {
            Load.perSecond(servers, 128, warmUp, seconds, http -> finished(http, "nap")),
            Load.perSecond(servers, 64, warmUp, seconds, http -> finished(http, "sum"))
        };
    }

    /** One server gets all requests; the other one's places are used all the same. */
    private static double elsewhere(Server server, int warmUp, int seconds) throws Exception {
        return Load.perSecond(List.of(server), 128, warmUp, seconds, http -> finished(http, "nap"));
    }

    private static void finished(Http http, String job) throws Exception {
        Http.Answer answer = http.post("/api/v1/runs", "{\"job_id\": \"" + job + "\"}", "Prefer", "wait=60")
                .expect(201);
        if (!answer.text("status").equals("success")) {
            throw new IllegalStateException(answer.body());
        }
    }
}
