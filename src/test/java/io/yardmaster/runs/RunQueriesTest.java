package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;

/**
 * Lists and aggregates compared with SQL that was written for the comparison, over as many runs as
 * {@code yardmaster.test.runs} says.
 */
class RunQueriesTest {

    private static final int RUNS = Integer.getInteger("yardmaster.test.runs", 1_500);
    private static final String TENANT = "default";

    private static final List<Order> ORDERS = List.of(
            new Order("-created_at", "created_at DESC, run_id DESC", "true"),
            new Order("created_at", "created_at, run_id", "true"),
            new Order("-updated_at", "updated_at DESC, run_id DESC", "true"),
            new Order("updated_at", "updated_at, run_id", "true"),
            new Order("-finished_at", "finished_at DESC, run_id DESC", "finished_at IS NOT NULL"),
            new Order("finished_at", "finished_at, run_id", "finished_at IS NOT NULL"));

    @TempDir
    static Path folder;

    private static TestServer server;
    private static ApiClient client;
    private static ManyRuns runs;
    private static List<Filter> filters;

    private final Figures figures = new Figures();

    @BeforeAll
    static void fill() throws Exception {
        server = TestServer.start(folder.resolve("data"), Files.createDirectories(folder.resolve("jobs")));
        client = server.client();
        runs = new ManyRuns(server);
        long start = System.nanoTime();
        runs.fill(RUNS);
        System.out.printf("filled with %,d runs in %.1f s%n", RUNS, (System.nanoTime() - start) / 1e9);
        filters = filters();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void every_filter_alone_and_in_pairs_pages_through_what_sql_says_while_runs_come_in() throws InterruptedException {
        AtomicBoolean enough = new AtomicBoolean();
        AtomicInteger added = new AtomicInteger(RUNS);
        // One comes in for each page that is read, somewhere between two of them.
        Thread writer = Thread.ofVirtual().start(() -> {
            while (!enough.get()) {
                figures.read.acquireUninterruptibly();
                runs.add(added.incrementAndGet());
            }
        });
        try {
            int order = 0;
            for (Order each : ORDERS) {
                compare(each, List.of());
            }
            for (int i = 0; i < filters.size(); i++) {
                compare(ORDERS.get(order++ % ORDERS.size()), List.of(filters.get(i)));
                for (int j = i + 1; j < filters.size(); j++) {
                    if (filters.get(i).alternatives() && filters.get(j).alternatives()) {
                        continue; // Together they are one filter with more alternatives.
                    }
                    compare(ORDERS.get(order++ % ORDERS.size()), List.of(filters.get(i), filters.get(j)));
                }
            }
        } finally {
            enough.set(true);
            figures.read.release();
            writer.join();
        }
        System.out.println(figures.report(added.get() - RUNS));
        System.out.println(figures.again());
        assertThat(added.get()).isGreaterThan(RUNS);
        assertThat(figures.empty).isLessThan(figures.combinations / 2);
    }

    @Test
    void aggregates_count_what_sql_counts() {
        assumeThat(RUNS).as("of more only the newest are counted").isLessThan(RunCounts.COUNTED_AT_MOST);
        Instant now = Instant.now();
        String untilSql = "created_at < '" + now + "'";
        List<Group> groups = List.of(
                new Group("status", "status"),
                new Group("job_id", "job_id"),
                new Group("failure_category", "failure ->> 'category'"),
                new Group("label:team", "labels ->> 'team'"),
                new Group("label:nothing", "labels ->> 'nothing'"),
                new Group("attribute:region", "attributes ->> 'region'"),
                new Group("attribute:big", "attributes ->> 'big'"),
                new Group("attribute:ratio", "trim_scale((attributes ->> 'ratio')::numeric)::text"),
                new Group("attribute:mixed", "attributes ->> 'mixed'"));
        for (Group group : groups) {
            for (Filter filter : Stream.concat(Stream.of(new Filter("none", "", "true", id -> true)), filters.stream())
                    .filter(one -> one.ids().test("any"))
                    .toList()) {
                String query = "/runs/aggregate?group_by=" + encode(group.name()) + "&limit=1000"
                        + (filter.query().contains("created_before") ? "" : "&created_before=" + now)
                        + (filter.query().isEmpty() ? "" : "&" + filter.query());
                JsonNode answer = figures.timed(query, () -> client.get(query));
                TreeMap<String, Long> found = new TreeMap<>();
                answer.path("groups")
                        .forEach(one -> found.put(
                                one.path("key").asString(), one.path("count").asLong()));
                TreeMap<String, Long> expected = new TreeMap<>();
                runs.lines("SELECT key || chr(9) || count(*) FROM (SELECT " + group.sql()
                                + " AS key FROM run_overview WHERE tenant = '" + TENANT + "' AND " + untilSql + " AND "
                                + filter.where() + ") keyed WHERE key IS NOT NULL GROUP BY key")
                        .forEach(line -> expected.put(line.split("\t")[0], Long.valueOf(line.split("\t")[1])));
                assertThat(found).as(query).isEqualTo(expected);
                assertThat(answer.path("total").asLong())
                        .isEqualTo(expected.values().stream()
                                .mapToLong(Long::longValue)
                                .sum());
                assertThat(answer.path("is_exact").asBoolean()).isTrue();
                assertThat(answer.path("truncated").asBoolean()).isFalse();
            }
        }
        System.out.println("aggregates: " + figures.slowest());
        System.out.println(figures.again());
        JsonNode two = client.get("/runs/aggregate?group_by=job_id&limit=2").json();
        assertThat(two.path("groups")).hasSize(2);
        assertThat(two.path("truncated").asBoolean()).isTrue();
    }

    @Test
    void of_more_than_can_be_counted_the_newest_are_and_only_their_days_are_looked_at() {
        int most = RUNS / 30;
        Instant yesterday = Instant.now().minus(Duration.ofDays(1)).truncatedTo(ChronoUnit.MILLIS);
        for (RunFilter filter : List.of(RunFilter.ALL, createdBefore(yesterday))) {
            String where = filter.equals(RunFilter.ALL) ? "true" : "created_at < '" + yesterday + "'";
            for (Group group : List.of(new Group("status", "status"), new Group("job_id", "job_id"))) {
                RunGroups.By by = RunGroups.Property.valueOf(group.name().toUpperCase(Locale.ROOT));
                List<Sql> statements = new ArrayList<>();
                RunGroups found = traced(
                        RunCounts.class,
                        statements,
                        () -> runs.inTransaction(
                                TENANT,
                                () -> new RunCounts(
                                                server.bean(JdbcTemplate.class), server.bean(BoundedCounts.class), most)
                                        .count(filter, by, 1000, new Tenant(TENANT))));
                assertThat(found.total()).isEqualTo(most);
                assertThat(found.exact()).isFalse();
                // Those of their last hours, and if these have too few of them, of their days.
                assertThat(statements).hasSizeBetween(1, 2);
                TreeMap<String, Long> counted = new TreeMap<>();
                found.groups().forEach(one -> counted.put(one.key(), one.count()));
                TreeMap<String, Long> expected = new TreeMap<>();
                runs.lines("SELECT key || chr(9) || count(*) FROM (SELECT " + group.sql()
                                + " AS key FROM run_overview WHERE tenant = '" + TENANT + "' AND " + where
                                + " ORDER BY run_id DESC LIMIT " + most + ") newest GROUP BY key")
                        .forEach(line -> expected.put(line.split("\t")[0], Long.valueOf(line.split("\t")[1])));
                assertThat(counted).isEqualTo(expected);
            }
            List<Sql> statements = new ArrayList<>();
            RunList list = traced(
                    RunSearch.class,
                    statements,
                    () -> runs.inTransaction(
                            TENANT,
                            () -> new RunSearch(server.bean(JdbcTemplate.class), server.bean(BoundedCounts.class), most)
                                    .list(
                                            new RunQuery(filter, new RunOrder(RunOrder.Key.CREATED, true), null, 0, 5),
                                            new Tenant(TENANT))));
            assertThat(list.total()).isEqualTo(most);
            assertThat(list.totalIsExact()).isFalse();
            assertThat(list.page().items()).hasSize(5);
            // The page, and one count.
            assertThat(statements).hasSize(2);
        }
    }

    @Test
    void where_counting_all_of_history_takes_too_long_the_last_days_are_counted() throws SQLException {
        JdbcTemplate jdbc = server.bean(JdbcTemplate.class);
        BoundedCounts counts = new BoundedCounts(jdbc, new ListsProperties(Duration.ofMillis(300)));
        Tenant tenant = new Tenant(TENANT);
        RunQuery query = new RunQuery(RunFilter.ALL, new RunOrder(RunOrder.Key.CREATED, true), null, 0, 5);
        String oldest = DateTimeFormatter.BASIC_ISO_DATE.format(
                LocalDate.now(ZoneOffset.UTC).minusDays(3));
        try (Connection somebody = server.bean(DataSource.class).getConnection();
                Statement statement = somebody.createStatement()) {
            somebody.setAutoCommit(false);
            // Whoever counts its runs waits for as long as this is held.
            statement.execute("LOCK TABLE run_" + oldest + " IN ACCESS EXCLUSIVE MODE");
            RunList list = runs.inTransaction(TENANT, () -> new RunSearch(jdbc, counts, 2 * RUNS).list(query, tenant));
            RunGroups groups = runs.inTransaction(
                    TENANT,
                    () -> new RunCounts(jdbc, counts, 2 * RUNS)
                            .count(RunFilter.ALL, RunGroups.Property.STATUS, 10, tenant));
            somebody.rollback();

            assertThat(list.totalIsExact()).isFalse();
            assertThat(list.total()).isBetween(6L, RUNS - 1L);
            assertThat(groups.exact()).isFalse();
            assertThat(groups.total()).isEqualTo(list.total());
        }
    }

    private static RunFilter createdBefore(Instant time) {
        RunFilter all = RunFilter.ALL;
        return new RunFilter(
                null,
                all.status(),
                all.failureCategories(),
                all.labels(),
                all.attributes(),
                new RunFilter.Span(null, time),
                all.updated(),
                all.finished(),
                null,
                null,
                null,
                null,
                null);
    }

    /** Does something, and remembers which statements it carried out. */
    private static <T> T traced(Class<?> whose, List<Sql> statements, Supplier<T> work) {
        Logger logger = (Logger) LoggerFactory.getLogger(whose);
        ListAppender<ILoggingEvent> traced = new ListAppender<>();
        traced.start();
        logger.addAppender(traced);
        logger.setLevel(Level.TRACE);
        logger.setAdditive(false);
        try {
            return work.get();
        } finally {
            logger.setLevel(null);
            logger.setAdditive(true);
            logger.detachAppender(traced);
            traced.list.forEach(event -> statements.add((Sql) event.getArgumentArray()[0]));
        }
    }

    @Test
    void runs_that_move_are_looked_up_in_the_days_near_to_where_the_list_begins() {
        String farDay = LocalDate.ofInstant(Instant.now(), ZoneOffset.UTC)
                .minusDays(3)
                .format(DateTimeFormatter.BASIC_ISO_DATE);
        List<Sql> statements = new ArrayList<>();
        traced(RunSearch.class, statements, () -> client.get("/runs?status=running&status=waiting&limit=5"));
        assertThat(runs.plan(TENANT, statements.getFirst()))
                .isNotEmpty()
                .noneMatch(line -> line.contains("run_" + farDay));
        // By their last change they may be of any day; no more of them are sorted and looked up than are wanted.
        statements.clear();
        traced(RunSearch.class, statements, () -> client.get("/runs?order=-updated_at&status=running&limit=5"));
        assertThat(runs.plan(TENANT, statements.getFirst()))
                .anyMatch(line -> line.contains("run_" + farDay))
                .anyMatch(line -> line.contains("Limit") && line.contains("rows=6"));
    }

    @Test
    void no_filter_reads_all_of_history() {
        assumeThat(RUNS).as("so few runs that reading them all costs least").isGreaterThanOrEqualTo(100_000);
        List<String> scans = new ArrayList<>();
        for (Filter filter : filters) {
            for (Order order : ORDERS) {
                String query = "/runs?limit=100&order=" + order.name() + "&" + filter.query();
                List<Sql> statements = new ArrayList<>();
                assertThat(traced(RunSearch.class, statements, () -> client.get(query))
                                .status())
                        .isEqualTo(200);
                statements.stream()
                        .flatMap(statement -> runs.plan(TENANT, statement).stream())
                        .filter(line -> line.matches(".*Seq Scan on run(_label|_attribute)?_20.*"))
                        // Days that nothing has happened on yet are read in no time.
                        .filter(line -> !line.contains("(cost=0.00..0.00 "))
                        .forEach(line -> scans.add(filter.name() + " by " + order.name() + ": " + line.strip()));
            }
        }
        assertThat(scans).isEmpty();
    }

    private void compare(Order order, List<Filter> combination) {
        String where = Stream.concat(
                        Stream.of(order.where()), combination.stream().map(Filter::where))
                .collect(Collectors.joining(" AND "));
        Predicate<String> ids =
                id -> combination.stream().allMatch(filter -> filter.ids().test(id));
        List<String> expected =
                runs.ids(TENANT, where, order.sql()).stream().filter(ids).toList();
        int limit = Math.clamp(expected.size() / 4 + 1, 5, 1000);
        String query = "/runs?limit=" + limit + "&order=" + order.name()
                + combination.stream().map(filter -> "&" + filter.query()).collect(Collectors.joining());
        List<String> found = new ArrayList<>();
        String token = "";
        do {
            String page = query + (token.isEmpty() ? "" : "&page_token=" + token);
            JsonNode answer = figures.timed(page, () -> client.get(page));
            answer.path("runs").forEach(run -> found.add(run.path("run_id").asString()));
            token = answer.path("next_page_token").asString("");
            long total = answer.path("total").asLong();
            boolean exact = answer.path("total_is_exact").asBoolean();
            boolean several = page.split("&(label|attribute)=", -1).length > 2;
            int most = several ? RunSearch.COUNTED_OF_SEVERAL : RunSearch.COUNTED_AT_MOST;
            assertThat(total).as(page).isGreaterThanOrEqualTo(Math.min(expected.size(), most));
            assertThat(exact || total == most).as(page).isTrue();
            figures.pages++;
        } while (!token.isEmpty());
        figures.combinations++;
        figures.rows += found.size();
        figures.empty += expected.isEmpty() ? 1 : 0;
        assertThat(found).as(query).doesNotHaveDuplicates();
        if (!found.equals(expected)) {
            // Only what came in meanwhile may be there besides, and where it belongs.
            Set<String> before = new HashSet<>(expected);
            assertThat(found.stream().filter(before::contains)).as(query).containsExactlyElementsOf(expected);
            List<String> now =
                    runs.ids(TENANT, where, order.sql()).stream().filter(ids).toList();
            assertThat(now).as(query).containsSubsequence(found);
            figures.arrivals += found.size() - expected.size();
        }
    }

    private static List<Filter> filters() {
        Instant start = Instant.now().truncatedTo(ChronoUnit.DAYS).minus(Duration.ofDays(2));
        Instant end = start.plus(Duration.ofHours(31));
        String id = runs.ids(TENANT, "true", "run_id").get(RUNS / 3);
        String prefix = id.substring(0, 10);
        String external = runs.lines("SELECT external_id FROM run WHERE tenant = 'default' AND external_id IS NOT NULL"
                        + " ORDER BY run_id LIMIT 1 OFFSET " + RUNS / 20)
                .getFirst();
        String parent = new RunId(java.util.UUID.fromString(runs.lines("SELECT uuid_from('2026-01-01 00:00:00Z')::text")
                        .getFirst()))
                .toString();
        String span = "> '" + start + "' AND %s < '" + end + "'";
        return List.of(
                sql("job", "job_id=team/job-3", "job_id = 'team/job-3'"),
                sql("ended status", "status=failed", "status = 'failed'"),
                sql("live status", "status=waiting&status=running", "status IN ('waiting', 'running')"),
                sql(
                        "any status",
                        "status=pending&status=cancelled&status=success",
                        "status IN ('pending', 'cancelled', 'success')"),
                sql(
                        "failure",
                        "failure_category=timeout&failure_category=system",
                        "failure ->> 'category' IN ('timeout', 'system')"),
                sql("label", "label=team=platform", "labels ->> 'team' = 'platform'"),
                sql(
                        "two labels",
                        "label=" + encode("team=a=b&c") + "&label.env=prod",
                        "labels @> '{\"team\": \"a=b&c\", \"env\": \"prod\"}'"),
                sql(
                        "number",
                        "attribute=" + encode("rows>=1500") + "&attribute=" + encode("ratio<90.5"),
                        "(attributes ->> 'rows')::numeric >= 1500 AND (attributes ->> 'ratio')::numeric < 90.5"),
                sql("text", "attribute=region=" + encode("Ähre"), "attributes ->> 'region' = 'Ähre'"),
                sql(
                        "text range",
                        "attribute=" + encode("region>\"eu\""),
                        "(attributes ->> 'region') COLLATE \"C\" > 'eu'"),
                sql("truth", "attribute=big=true", "(attributes ->> 'big')::boolean"),
                sql(
                        "time",
                        "attribute=" + encode("due<=" + end),
                        "(attributes ->> 'due')::timestamptz <= '" + end + "'"),
                sql("another value", "attribute=" + encode("mixed!=1"), "attributes -> 'mixed' <> '1'"),
                sql(
                        "created",
                        "created_after=" + start + "&created_before=" + end,
                        "created_at " + span.formatted("created_at")),
                sql(
                        "updated",
                        "updated_after=" + start + "&updated_before=" + end,
                        "updated_at " + span.formatted("updated_at")),
                sql(
                        "finished",
                        "finished_after=" + start + "&finished_before=" + end,
                        "finished_at " + span.formatted("finished_at")),
                sql("deadline", "deadline_before=" + end, "deadline_at < '" + end + "'"),
                new Filter("id", "id_prefix=" + prefix, "true", one -> one.startsWith(prefix)),
                sql("external id", "external_id=" + external, "external_id = '" + external + "'"),
                sql("parent", "parent_run_id=" + parent, "parent_run_id = uuid_from('2026-01-01 00:00:00Z')"));
    }

    private static Filter sql(String name, String query, String where) {
        return new Filter(name, query, where, id -> true);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** A filter as it is asked for, and as SQL says it. */
    private record Filter(String name, String query, String where, Predicate<String> ids) {

        boolean alternatives() {
            return query.startsWith("status=");
        }
    }

    private record Order(String name, String sql, String where) {}

    private record Group(String name, String sql) {}

    /** What was done, and how long the slowest took. */
    private static final class Figures {

        private int combinations;
        private int pages;
        private int rows;
        private int empty;
        private int arrivals;
        private final List<Timed> timed = new ArrayList<>();
        private final Semaphore read = new Semaphore(0);

        JsonNode timed(String query, java.util.function.Supplier<Answer> call) {
            long start = System.nanoTime();
            Answer answer = call.get();
            timed.add(new Timed(query, (System.nanoTime() - start) / 1e6));
            read.release();
            assertThat(answer.status()).as(query + " " + answer.body()).isEqualTo(200);
            return answer.json();
        }

        String report(int added) {
            return String.format(
                    Locale.ROOT,
                    "%,d runs: %d combinations (%d of them empty), %,d pages, %,d rows compared, %,d runs came in"
                            + " (%,d seen at the end of a list)%n%s",
                    RUNS,
                    combinations,
                    empty,
                    pages,
                    rows,
                    added,
                    arrivals,
                    slowest());
        }

        String slowest() {
            List<Timed> sorted = timed.stream()
                    .sorted(java.util.Comparator.comparingDouble(Timed::milliseconds)
                            .reversed())
                    .toList();
            return String.format(
                            Locale.ROOT,
                            "%d requests, median %.1f ms, p99 %.1f ms; slowest:%n",
                            sorted.size(),
                            sorted.get(sorted.size() / 2).milliseconds(),
                            sorted.get(sorted.size() / 100).milliseconds())
                    + sorted.stream().limit(12).map(Timed::line).collect(Collectors.joining("\n"));
        }

        /** The slowest, asked again with nothing else going on: what of their time is theirs. */
        String again() {
            List<Timed> best = timed.stream()
                    .sorted(java.util.Comparator.comparingDouble(Timed::milliseconds)
                            .reversed())
                    .limit(40)
                    .map(one -> {
                        double shortest = Double.MAX_VALUE;
                        for (int i = 0; i < 7; i++) {
                            long start = System.nanoTime();
                            assertThat(client.get(one.query()).status()).isEqualTo(200);
                            shortest = Math.min(shortest, (System.nanoTime() - start) / 1e6);
                        }
                        return new Timed(one.query(), shortest);
                    })
                    .sorted(java.util.Comparator.comparingDouble(Timed::milliseconds)
                            .reversed())
                    .toList();
            return "the 40 slowest again, best of 7:\n"
                    + best.stream().limit(12).map(Timed::line).collect(Collectors.joining("\n"));
        }

        private record Timed(String query, double milliseconds) {

            String line() {
                return String.format(
                        Locale.ROOT, "  %6.1f ms %s", milliseconds, query.replaceAll("page_token=.*", "page_token=…"));
            }
        }
    }
}
