import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Runs of one step that the server works out itself, from being accepted to their end, and what each costs. */
final class Runs {

    private Runs() {}

    public static void main(String[] arguments) throws Exception {
        boolean shortly = List.of(arguments).contains("--short");
        int seconds = shortly ? 3 : 20;
        int warmUp = shortly ? 1 : 18;
        Path jobs = Server.jobs();
        Server.sum(jobs);
        Report report = new Report("runs");
        try (Postgres postgres = Postgres.start();
                Server server = Server.start(postgres, jobs)) {
            List<Server> one = List.of(server);
            for (int clients : shortly ? List.of(32) : List.of(32, 64)) {
                AtomicLong ended = new AtomicLong();
                Load.warmUp(one, clients, warmUp, http -> finished(http, ended));
                ended.set(0);
                Postgres.Usage before = postgres.usage();
                double processorBefore = Processor.of(server.pid());
                double finished = Load.perSecond(one, clients, 0, seconds, http -> finished(http, ended));
                double processor = Processor.of(server.pid()) - processorBefore;
                Postgres.Usage usage = postgres.usage().since(before);
                double runs = ended.get();

                Load.warmUp(one, clients, warmUp / 3, Runs::accepted);
                double accepted = Load.perSecond(one, clients, 0, seconds, Runs::accepted);
                double noOp = Load.perSecond(
                        one,
                        clients,
                        1,
                        seconds / 2,
                        http -> http.get("/api/v1/principal").expect(200));
                String with = ", " + clients + " clients";
                report.add(
                        "runs of one eval step, accepted and finished" + with,
                        finished,
                        "/s",
                        "accepted only, same server and clients",
                        accepted,
                        "≥ 0.5");
                report.add("requests that do nothing" + with, noOp, "/s", "");
                report.add("rows written per run" + with, usage.inserted() / runs, "inserts", "");
                report.add("rows changed per run" + with, usage.updated() / runs, "updates", "");
                report.add("rows removed per run" + with, usage.deleted() / runs, "deletes", "");
                report.add("transactions per run" + with, usage.commits() / runs, "commits", "");
                report.add("WAL per run" + with, usage.walBytes() / runs, "bytes", "");
                report.add("processor per run, server" + with, processor / runs * 1000, "ms", "");
                report.add("processor per run, PostgreSQL" + with, usage.processorSeconds() / runs * 1000, "ms", "");
            }
        }
        report.finish();
    }

    /** Answered when the run has ended. */
    private static void finished(Http http, AtomicLong ended) throws Exception {
        Http.Answer answer = http.post("/api/v1/runs", "{\"job_id\": \"sum\"}", "Prefer", "wait=60")
                .expect(201);
        if (!answer.text("status").equals("success")) {
            throw new IllegalStateException(answer.body());
        }
        ended.incrementAndGet();
    }

    /** Answered when the run is durable; it is not to start today. */
    private static void accepted(Http http) throws Exception {
        http.post("/api/v1/runs", "{\"job_id\": \"sum\", \"not_before\": \"2100-01-01T00:00:00Z\"}")
                .expect(201);
    }
}
