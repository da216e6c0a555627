package io.yardmaster.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MetricsTest {

    private static final Path PAGE = Path.of("docs", "metrics.md");
    private static final Path DASHBOARD = Path.of("docs", "grafana", "yardmaster.json");
    private static final Pattern DOCUMENTED =
            Pattern.compile("`((?:yardmaster|hikaricp|logback|process|system|jvm)_\\w+)`");
    private static final Pattern USED =
            Pattern.compile("\\b(?:yardmaster|hikaricp|logback|process|system|jvm)_[a-z0-9_]+");

    private static final TestServer SERVER = TestServer.shared();
    private static final ApiClient CLIENT = SERVER.client();

    @BeforeAll
    static void something_has_happened() {
        SERVER.job("metrics/counted").config("""
            name: Is counted
            composition: steps
            steps:
              - {id: sum, type: eval, values: {two: "1 + 1"}}
              - {id: say, command: ./say.sh, needs: [sum]}
            """).file("say.sh", "echo '123456789 é€😀'\n");
        CLIENT.awaitEnd(CLIENT.run("metrics/counted", "{}"));
        CLIENT.get("/runs/run_01JD3M5ZK8Q2W4X6Y7A9B0C1DE");
        CLIENT.get("/runs/nonsense/at/all");
    }

    @Test
    void every_measurement_is_on_the_page_and_the_other_way_round() throws IOException {
        Set<String> documented = names(DOCUMENTED, Files.readString(PAGE));
        Set<String> exposed = families(scrape());

        assertThat(exposed.stream().filter(name -> !documented.contains(name))).isEmpty();
        assertThat(documented.stream()
                        .filter(name -> name.startsWith("yardmaster_") || name.startsWith("hikaricp_"))
                        .filter(name -> !exposed.contains(name)))
                .isEmpty();
    }

    @Test
    void every_measurement_says_what_it_is() {
        String scrape = scrape();
        assertThat(families(scrape))
                .allSatisfy(name -> assertThat(scrape).containsPattern("(?m)^# HELP " + name + " \\S+"));
    }

    @Test
    void every_measurement_of_the_dashboard_exists() throws IOException {
        String scrape = scrape();
        JsonNode dashboard = JsonMapper.shared().readTree(Files.readString(DASHBOARD));
        Set<String> used = new TreeSet<>();
        dashboard.findValuesAsString("expr").forEach(query -> used.addAll(names(USED, query)));

        assertThat(used).hasSizeGreaterThan(25);
        assertThat(used).allSatisfy(name -> assertThat(scrape).containsPattern("(?m)^" + name + "(\\{|\\s)"));
        assertThat(dashboard.at("/templating/list/0/type").asString()).isEqualTo("datasource");
        assertThat(dashboard.findValues("datasource"))
                .allSatisfy(source -> assertThat(source.path("uid").asString()).isEqualTo("${datasource}"));
    }

    @Test
    void no_label_holds_an_id_a_tenant_or_what_a_caller_made_up() {
        String scrape = scrape();

        assertThat(scrape).doesNotContain("01JD3M5ZK8Q2W4X6Y7A9B0C1DE", "nonsense", "metrics/counted", "tenant=");
        assertThat(scrape)
                .containsPattern("yardmaster_http_requests_seconds_count\\{method=\"GET\","
                        + "route=\"/api/v1/runs/\\{run_id}\",status=\"404\"} [1-9]");
        assertThat(scrape)
                .containsPattern("requests_seconds_count\\{method=\"GET\",route=\"other\",status=\"404\"} [1-9]");
        Set<String> labels = names(Pattern.compile("[{,](\\w+)=\""), scrape);
        assertThat(labels)
                .isSubsetOf(
                        "action",
                        "area",
                        "by",
                        "cause",
                        "compiler",
                        "decision",
                        "executor",
                        "failure_category",
                        "gc",
                        "id",
                        "kind",
                        "le",
                        "level",
                        "method",
                        "outcome",
                        "pool",
                        "quantile",
                        "route",
                        "runtime",
                        "source",
                        "state",
                        "status",
                        "stream",
                        "type",
                        "vendor",
                        "version");
    }

    @Test
    void what_happens_is_counted() {
        double submitted = value("yardmaster_runs_submitted_total");
        double finished = value("yardmaster_runs_finished_total{failure_category=\"none\",status=\"success\"}");
        double created = value("yardmaster_events_appended_total{type=\"run.created\"}");
        double lines = value("yardmaster_log_lines_total{stream=\"stdout\"}");
        double bytes = value("yardmaster_log_bytes_total{stream=\"stdout\"}");
        double processes = value("yardmaster_step_duration_seconds_count{executor=\"proc\",outcome=\"success\"}");
        double evaluations = value("yardmaster_step_duration_seconds_count{executor=\"server\",outcome=\"success\"}");
        double waits = value("yardmaster_queue_wait_duration_seconds_count");

        CLIENT.awaitEnd(CLIENT.run("metrics/counted", "{}"));

        // What is counted after a commit may be counted a moment after somebody has read it.
        await().untilAsserted(() -> assertThat(
                        value("yardmaster_runs_finished_total{failure_category=\"none\",status=\"success\"}"))
                .isGreaterThanOrEqualTo(finished + 1));
        assertThat(value("yardmaster_runs_submitted_total")).isGreaterThanOrEqualTo(submitted + 1);
        assertThat(value("yardmaster_events_appended_total{type=\"run.created\"}"))
                .isGreaterThanOrEqualTo(created + 1);
        assertThat(value("yardmaster_log_lines_total{stream=\"stdout\"}")).isGreaterThanOrEqualTo(lines + 1);
        assertThat(value("yardmaster_log_bytes_total{stream=\"stdout\"}"))
                .isGreaterThanOrEqualTo(bytes + 10 + 2 + 3 + 4 + 1);
        assertThat(value("yardmaster_step_duration_seconds_count{executor=\"proc\",outcome=\"success\"}"))
                .isGreaterThanOrEqualTo(processes + 1);
        assertThat(value("yardmaster_step_duration_seconds_count{executor=\"server\",outcome=\"success\"}"))
                .isGreaterThanOrEqualTo(evaluations + 1);
        assertThat(value("yardmaster_queue_wait_duration_seconds_count")).isGreaterThanOrEqualTo(waits + 1);
    }

    @Test
    void a_live_run_is_shown_where_it_stands() {
        SERVER.job("metrics/waiting").config("""
            name: Waits
            composition: steps
            steps:
              - {id: nap, type: sleep, for: 1h}
            """);
        String run = CLIENT.run("metrics/waiting", "{}");
        CLIENT.await(run, found -> found.path("status").asString().equals("waiting"));

        await().untilAsserted(() ->
                assertThat(value("yardmaster_runs_live{status=\"waiting\"}")).isPositive());
        CLIENT.post("/runs/" + run + "/cancel", "{}");
        CLIENT.awaitEnd(run);
    }

    @Test
    void the_format_is_what_the_caller_accepts() {
        Answer plain = CLIENT.getWhole("/metrics");
        Answer open = CLIENT.getWhole(
                "/metrics",
                "Accept",
                "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3");

        assertThat(plain.header("Content-Type").replace(" ", "")).isEqualTo("text/plain;version=0.0.4;charset=utf-8");
        assertThat(open.header("Content-Type").replace(" ", ""))
                .isEqualTo("application/openmetrics-text;version=1.0.0;charset=utf-8");
        assertThat(open.body()).endsWith("# EOF\n");
        assertThat(CLIENT.getWhole("/metrics", "Accept", "application/json").status())
                .isEqualTo(406);
    }

    @Test
    void the_frameworks_own_endpoints_are_closed() {
        for (String path : List.of("/actuator", "/actuator/prometheus", "/actuator/health", "/api/v1/metrics")) {
            assertThat(CLIENT.getWhole(path).status()).as(path).isEqualTo(404);
        }
    }

    private static String scrape() {
        Answer answer = CLIENT.getWhole("/metrics");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    private static double value(String series) {
        String start = series + " ";
        return scrape().lines()
                .filter(line -> line.startsWith(start))
                .mapToDouble(line -> Double.parseDouble(line.substring(start.length())))
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no " + series));
    }

    /** The names after {@code # TYPE}, without the {@code _max} that goes with a histogram or summary. */
    private static Set<String> families(String scrape) {
        Set<String> all = names(Pattern.compile("(?m)^# TYPE (\\w+) "), scrape);
        Set<String> families = new HashSet<>(all);
        families.removeIf(name -> name.endsWith("_max") && all.contains(name.replaceFirst("_max$", "")));
        families.addAll(all.contains("hikaricp_connections_max") ? Set.of("hikaricp_connections_max") : Set.of());
        return families;
    }

    private static Set<String> names(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.results()
                .map((MatchResult found) -> found.group(found.groupCount()))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
