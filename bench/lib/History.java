import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Lists and aggregates over a long history, and how the retention removes a day of it. */
final class History {

    private static final String LIST = "≤ 20 ms";
    private static final String AGGREGATE = "≤ 100 ms";

    private final Postgres postgres;
    private final Past past;
    private final long runs;
    private final int rounds;
    private final Report report = new Report("history");

    private History(Postgres postgres, long runs, int rounds) {
        this.postgres = postgres;
        this.past = new Past(postgres, runs);
        this.runs = runs;
        this.rounds = rounds;
    }

    public static void main(String[] arguments) throws Exception {
        boolean shortly = List.of(arguments).contains("--short");
        long runs = Stream.of(arguments)
                .filter(argument -> !argument.startsWith("--"))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(shortly ? 300_000 : 10_000_000);
        // What is written in the transaction that makes its table need not be written twice.
        Map<String, String> settings = Map.of("wal_level", "minimal", "max_wal_senders", "0", "max_wal_size", "4GB");
        try (Postgres postgres = Postgres.start(settings)) {
            new History(postgres, runs, shortly ? 50 : 200).measure();
        }
    }

    private void measure() throws Exception {
        Path jobs = Server.jobs();
        Server.sum(jobs);
        Server.start(postgres, jobs).close(); // makes the tables
        past.load();
        double gigabytes = bytes() / 1e9;
        System.out.printf(Locale.ROOT, "%,d runs, %.1f GB%n", runs, gigabytes);
        try (Server server = Server.start(postgres, jobs, "--yardmaster.retention.days=0");
                Http http = server.client()) {
            queries(http);
            pages(http);
        }
        retention(jobs);
        report.finish();
    }

    // ---- Questions

    private void queries(Http http) throws Exception {
        String day = past.first().plusDays(Past.DAYS / 2) + "T00:00:00Z";
        String hour = past.first().plusDays(Past.DAYS / 2) + "T01:00:00Z";
        String id = http.get("/api/v1/runs?limit=1&created_before=" + day)
                .expect(200)
                .text("run_id");
        Map<String, String> lists = new LinkedHashMap<>();
        lists.put("list", "limit=50");
        lists.put("list, oldest first", "order=created_at");
        lists.put("list, last updated first", "order=-updated_at");
        lists.put("list, first to end first", "order=finished_at");
        lists.put("job", "job_id=team/job-7");
        lists.put("status", "status=failed");
        lists.put("status, last to end first", "status=failed&status=cancelled&order=-finished_at");
        lists.put("rare status", "status=cancelled&order=-updated_at");
        lists.put("live status, last updated first", "status=waiting&order=-updated_at");
        lists.put("failure category", "failure_category=timeout");
        lists.put("label", "label=" + encode("team=team-3"));
        lists.put("two labels", "label=" + encode("team=team-3") + "&label=" + encode("env=dev"));
        lists.put("attribute", "attribute=" + encode("size>=65000"));
        lists.put("attribute and label", "attribute=region=region-5&label=" + encode("env=test"));
        lists.put("job, status and label", "job_id=team/job-7&status=failed&label=" + encode("team=team-3"));
        lists.put("a day", "created_after=" + day + "&created_before=" + hour);
        lists.put("updated in an hour", "updated_after=" + day + "&updated_before=" + hour + "&order=-updated_at");
        lists.put("finished in an hour", "finished_after=" + day + "&finished_before=" + hour);
        lists.put("external id", "external_id=ext-" + runs / 40 * 20);
        lists.put("beginning of an id", "id_prefix=" + id.substring(0, 9));
        Map<String, String> aggregates = new LinkedHashMap<>();
        for (String group : List.of("status", "job_id", "failure_category", "label:team", "attribute:region")) {
            aggregates.put("aggregate by " + group, "group_by=" + group);
            aggregates.put(
                    "aggregate by " + group + ", of an hour",
                    "group_by=" + group + "&created_after=" + day + "&created_before=" + hour);
        }
        aggregates.put("aggregate by job_id, of a label", "group_by=job_id&label=" + encode("team=team-3"));
        aggregates.put("aggregate by status, of a job", "group_by=status&job_id=team/job-7");
        Times[] yardsticks = yardsticks(http);
        report.add("a request that does nothing, p99", yardsticks[0].p(99), "ms", "");
        report.add("the newest 51 runs in SQL, p99", yardsticks[1].p(99), "ms", "");
        double yardstick = yardsticks[0].p(99) + yardsticks[1].p(99);
        for (var list : lists.entrySet()) {
            add(list.getKey(), time(http, "/api/v1/runs?" + list.getValue()), yardstick, LIST);
        }
        for (var aggregate : aggregates.entrySet()) {
            add(aggregate.getKey(), time(http, "/api/v1/runs/aggregate?" + aggregate.getValue()), yardstick, AGGREGATE);
        }
    }

    private void add(String what, Times times, double yardstick, String target) {
        report.add(what + ", p50", times.p(50), "ms", "");
        report.add(what + ", p99", times.p(99), "ms", "nothing, and 51 runs in SQL, p99", yardstick, target);
    }

    private Times time(Http http, String path) throws IOException {
        for (int i = 0; i < 10; i++) {
            http.get(path).expect(200);
        }
        double[] times = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            long start = System.nanoTime();
            http.get(path).expect(200);
            times[i] = (System.nanoTime() - start) / 1e6;
        }
        Times sorted = Times.of(times);
        System.out.printf(Locale.ROOT, "%8.1f ms %8.1f ms  %s%n", sorted.p(50), sorted.p(99), path);
        return sorted;
    }

    private Times[] yardsticks(Http http) throws Exception {
        time(http, "/api/v1/principal");
        Times nothing = time(http, "/api/v1/principal");
        double[] times = new double[rounds];
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            for (int i = -10; i < rounds; i++) {
                long start = System.nanoTime();
                try (ResultSet rows = statement.executeQuery(
                        "SELECT * FROM run WHERE tenant = 'default' ORDER BY run_id DESC LIMIT 51")) {
                    while (rows.next()) {
                        rows.getString("labels");
                    }
                }
                times[Math.max(i, 0)] = (System.nanoTime() - start) / 1e6;
            }
        }
        return new Times[] {nothing, Times.of(times)};
    }

    /** From page to page to the ten thousandth. */
    private void pages(Http http) throws IOException {
        int wanted = (int) Math.min(10_000, runs / 150);
        int limit = (int) Math.clamp(runs * 8 / 10 / wanted, 1, 50);
        List<Double> times = new ArrayList<>();
        String token = "";
        for (int page = 1; page <= wanted; page++) {
            long start = System.nanoTime();
            Http.Answer answer = http.get("/api/v1/runs?limit=" + limit + token).expect(200);
            times.add((System.nanoTime() - start) / 1e6);
            token = "&page_token=" + encode(answer.text("next_page_token"));
        }
        Times first = of(times.subList(1, 1 + wanted / 20));
        Times last = of(times.subList(wanted - wanted / 20, wanted));
        report.add("pages 2 to " + (1 + wanted / 20) + " of " + limit + ", p99", first.p(99), "ms", LIST);
        report.add(
                String.format(Locale.ROOT, "pages to %,d, p50", wanted),
                last.p(50),
                "ms",
                "the first pages, p50",
                first.p(50),
                "");
        report.add(
                String.format(Locale.ROOT, "pages to %,d, p99", wanted),
                last.p(99),
                "ms",
                "the first pages, p99",
                first.p(99),
                LIST);
    }

    private static Times of(List<Double> times) {
        return Times.of(times.stream().mapToDouble(Double::doubleValue).toArray());
    }

    // ---- Retention

    /** Of the first day. What happens besides is nothing, so all that the disk gets back comes from it. */
    private void retention(Path jobs) throws Exception {
        LocalDate day = past.first();
        String suffix = "_" + day.toString().replace("-", "");
        long rows = postgres.ask("SELECT count(*) FROM run" + suffix);
        postgres.execute("CHECKPOINT");
        long before = bytes();
        long free = disk();
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        long days = day.plusDays(1).until(today, java.time.temporal.ChronoUnit.DAYS);
        double seconds;
        try (Server server = Server.start(
                postgres, jobs, "--yardmaster.retention.days=" + days, "--yardmaster.retention.every=20s")) {
            await("SELECT (taken_until > now())::int FROM retention_turn");
            long start = System.nanoTime();
            await("SELECT (taken_until <= now())::int FROM retention_turn");
            seconds = (System.nanoTime() - start) / 1e9;
        }
        if (postgres.ask("SELECT count(*) FROM history_day WHERE day = '" + day + "'") > 0) {
            throw new IllegalStateException(day + " is still there");
        }
        postgres.execute("CHECKPOINT");
        double freed = (before - bytes()) / 1e6;
        double freedOnDisk = (disk() - free) / 1e6;
        // What it is without partitions: one table's rows, row by row, and none of the space comes back.
        String next = "run_" + day.plusDays(1).toString().replace("-", "");
        long start = System.nanoTime();
        postgres.execute("DELETE FROM " + next);
        double delete = (System.nanoTime() - start) / 1e9;
        report.add(
                String.format(Locale.ROOT, "retention of a day of %,d runs", rows),
                seconds,
                "s",
                "DELETE of a day in table run alone",
                delete,
                "seconds");
        report.add("what the database gives back", freed, "MB", "");
        report.add("what the file system has more", freedOnDisk, "MB", "");
    }

    private void await(String condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(15);
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            while (System.nanoTime() < end) {
                try (ResultSet row = statement.executeQuery(condition)) {
                    if (row.next() && row.getInt(1) == 1) {
                        return;
                    }
                }
                TimeUnit.MILLISECONDS.sleep(5);
            }
        }
        throw new IllegalStateException("this does not become true: " + condition);
    }

    private long bytes() throws Exception {
        return postgres.ask("SELECT pg_database_size('" + Postgres.ROLE + "')");
    }

    /** What is free where the database has its files. */
    private long disk() throws Exception {
        return Files.getFileStore(postgres.data()).getUsableSpace();
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
