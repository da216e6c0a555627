package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What lists share: pages, links, tags, and what they refuse. */
class ListsTest {

    private static final TestServer SERVER = TestServer.shared();

    private final ApiClient client = SERVER.client();

    @BeforeAll
    static void write_jobs() {
        for (String name : List.of("one", "two", "three")) {
            SERVER.job("lists/" + name)
                    .config("name: Leaves a file\ncommand: ./leave.sh\n")
                    .file("leave.sh", "echo " + name + " > \"$YM_ARTIFACTS/" + name + ".txt\"\n");
        }
        SERVER.job("lists/asks").config("""
            name: Computes and sleeps
            composition: steps
            steps:
              - {id: sum, type: eval, values: {n: "1 + 1"}}
              - {id: nap, type: sleep, for: 1h, needs: [sum]}
            """);
    }

    @Test
    void times_of_any_year_are_kept_and_compared_and_what_no_calendar_holds_is_text() {
        String mark = mark();
        String run = submit("{\"mark\": \"" + mark + "\", \"born\": \"1955-06-01T00:00:00Z\","
                + " \"last\": \"9999-12-31T23:59:59-01:00\", \"zero\": \"0000-06-01T00:00:00Z\"}");
        for (String fits : List.of("born<1960-01-01T00:00:00Z", "born>1950-01-01T00:00:00Z")) {
            assertThat(client.get("/runs?" + attributes("mark=" + mark, fits)).body())
                    .as(fits)
                    .contains(run);
        }
        assertThat(client.get("/runs?" + attributes("mark=" + mark, "born<1950-01-01T00:00:00Z"))
                        .body())
                .doesNotContain(run);
    }

    @Test
    void attributes_are_kept_as_they_were_given_and_runs_are_found_by_them() {
        String mark = mark();
        String run = submit("{\"mark\": \"" + mark + "\", \"rows\": 12.50, \"big\": true, \"text\": \"5\","
                + " \"due\": \"2026-03-01T10:00:00.5+01:00\", \"lowest\": -9007199254740991}");
        JsonNode shown = client.get("/runs/" + run).json().path("attributes");
        assertThat(shown.path("due").asString()).isEqualTo("2026-03-01T10:00:00.5+01:00");
        assertThat(shown.path("rows").asDouble()).isEqualTo(12.5);
        assertThat(shown.path("big").asBoolean()).isTrue();
        assertThat(client.get("/runs?" + attributes("mark=" + mark))
                        .json()
                        .path("runs")
                        .path(0)
                        .path("attributes"))
                .isEqualTo(shown);
        for (String fits : List.of(
                "rows=12.5",
                "rows>=1.25e1",
                "rows>12",
                "rows<=12.50",
                "rows!=12",
                "rows!=text",
                "big=true",
                "big!=false",
                "text=\"5\"",
                "text!=5",
                "text>\"4\"",
                "due=2026-03-01T09:00:00.500Z",
                "due<2026-03-01T09:00:01z",
                "due>=2026-03-01T05:00:00-04:00",
                "lowest<=-9007199254740991")) {
            assertThat(found(mark, fits)).as(fits).isEqualTo(1);
        }
        for (String fitsNot : List.of(
                "rows=12",
                "rows=\"12.5\"",
                "rows<12",
                "big=false",
                "text=5",
                "text>5",
                "due>2026-03-02T00:00:00Z",
                "due=\"x\"",
                "nothing!=1",
                "nothing=1")) {
            assertThat(found(mark, fitsNot)).as(fitsNot).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"rows\": 9007199254740992}",
                "{\"rows\": 1e400}",
                "{\"rows\": [1]}",
                "{\"rows\": {\"a\": 1}}",
                "{\"rows\": null}",
                "{\"Rows\": 1}",
                "{\"rows\": \"\\u0000\"}",
                "[]"
            })
    void what_is_no_attribute_is_refused(String attributes) {
        Answer answer = client.post("/runs", "{\"job_id\": \"lists/one\", \"attributes\": " + attributes + "}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(answer.body()).contains("/attributes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "job_id | Backup",
                "job_id | a/b/c",
                "status | done",
                "failure_category | mine",
                "label | team",
                "label | =core",
                "label | Team=core",
                "attribute | rows",
                "attribute | rows>9007199254740992",
                "attribute | rows>1e300",
                "attribute | rows>99999999999999999999999999",
                "attribute | rows=\"5",
                "attribute | big>true",
                "attribute | >=5",
                "created_after | yesterday",
                "created_before | 2026-02-30T00:00:00Z",
                "updated_after | 2026-03-01",
                "updated_before | 99999-01-01T00:00:00Z",
                "finished_after | 2026-03-01T25:00:00Z",
                "finished_before | 1",
                "deadline_before | 2026-03-01T00:00:00",
                "id_prefix | abcd",
                "id_prefix | run_8",
                "id_prefix | run_01l",
                "external_id | ''",
                "parent_run_id | run_1",
                "limit | 0",
                "limit | 1001",
                "limit | 99999999999999999999",
                "limit | 1e2",
                "offset | 10001",
                "offset | -1",
                "order | created",
                "page_token | x",
                "page_token | ====",
                "page_token | AAAAAAAAAAAAAAAAAAAAAAAA",
                "schedule_id | 1",
                "offset | 9223372036854775808"
            })
    void a_filter_that_cannot_be_read_is_named(String name, String value) {
        for (String path : List.of("/runs?", "/runs/aggregate?group_by=status&")) {
            Answer answer = client.get(path + name + "=" + encode(value));
            assertThat(answer.status()).as("%s", answer).isEqualTo(400);
            JsonNode problem = answer.json();
            assertThat(problem.path("type").asString()).isEqualTo("/problems/validation-error");
            assertThat(problem.path("errors").path(0).path("pointer").asString())
                    .isEqualTo(name);
            assertThat(problem.path("errors").path(0).path("message").asString())
                    .startsWith(name.equals("schedule_id") ? "There is no parameter" : "")
                    .doesNotContain("^", "[a-z]", "\\d");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "created_after=0000-01-01T00:00:00Z&limit=1",
                "created_before=0000-01-01T00:00:00Z",
                "created_after=9999-12-31T23:59:59.999999999Z",
                "updated_before=1969-12-31T23:59:59Z",
                "finished_after=9999-12-31T23:59:59Z",
                "deadline_before=0001-01-01T00:00:00%2B14:00",
                "created_after=2026-03-02T00:00:00Z&created_before=2026-03-01T00:00:00Z",
                "updated_after=2026-03-02T00:00:00Z&updated_before=2026-03-01T00:00:00Z",
                "status=running&finished_after=2026-03-01T00:00:00Z",
                "status=pending&order=finished_at",
                "status=pending&failure_category=timeout",
                "label=a%3D1&label=a%3D2",
                "attribute=a%3D1&attribute=a%3E2",
                "label=a%3D%F0%9F%98%80%27%22%5C%25_",
                "attribute=a%3D",
                "attribute=a%3D%22%22",
                "attribute=a%3E0.0000000000000000000000000001",
                "attribute=a%3D-0",
                "external_id=%27%3B--",
                "id_prefix=run_7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
                "offset=10000&label=none%3Dof-it"
            })
    void what_matches_nothing_is_an_empty_list(String query) {
        Answer answer = client.get("/runs?" + query);
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        if (!query.contains("limit=1")) {
            assertThat(answer.json().path("runs")).isEmpty();
            assertThat(answer.json().path("total").asInt()).isZero();
        }
        assertThat(client.get("/runs/aggregate?group_by=attribute:a&" + query.replaceAll("&?(order|offset)=[^&]*", ""))
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "label", "label:", "label:Team", "attribute:a:b", "created_at", "status,job_id"})
    void a_kind_that_there_is_not_is_refused(String groupBy) {
        Answer answer = client.get("/runs/aggregate?group_by=" + encode(groupBy));
        assertThat(answer.status()).as("%s", answer).isEqualTo(400);
        assertThat(answer.json().path("errors").path(0).path("pointer").asString())
                .isEqualTo("group_by");
    }

    @Test
    void all_faults_are_told_at_once() {
        JsonNode problem = client.get("/runs?job_id=A&label=x&attribute=y&id_prefix=rum_&parent_run_id=me")
                .json();
        assertThat(problem.path("errors")).hasSize(5);
    }

    @Test
    void a_page_token_goes_with_its_filters_and_its_order() {
        String mark = mark();
        for (int i = 0; i < 3; i++) {
            submit("{\"mark\": \"" + mark + "\"}");
        }
        String query = "/runs?limit=1&" + attributes("mark=" + mark) + "&job_id=lists/one&status=pending&status=running"
                + "&status=success";
        String token = client.get(query).json().path("next_page_token").asString();
        assertThat(client.get(query + "&page_token=" + token).status()).isEqualTo(200);
        assertThat(client.get("/runs?limit=2&status=success&status=running&status=pending&job_id=lists/one&"
                                + attributes("mark=" + mark) + "&page_token=" + token)
                        .status())
                .as("the same filters in other words")
                .isEqualTo(200);
        for (String other : List.of(
                query.replace("&status=success", ""),
                query + "&order=created_at",
                query + "&label=a=b",
                "/runs?limit=1",
                "/artifacts?limit=1",
                "/jobs?limit=1")) {
            Answer refused = client.get(other + "&page_token=" + token);
            assertThat(refused.status()).as(other).isEqualTo(400);
            assertThat(refused.json().path("detail").asString()).contains("other filters");
        }
        assertThat(client.get(query + "&offset=1&page_token=" + token).status()).isEqualTo(400);
    }

    @Test
    void a_link_leads_through_all_pages_and_keeps_every_parameter() {
        String mark = mark();
        List<String> submitted = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            submitted.add(submit("{\"mark\": \"" + mark + "\"}"));
        }
        List<String> found = new ArrayList<>();
        String next = "/api/v1/runs?limit=2&order=created_at&" + attributes("mark=" + mark) + "&attribute="
                + encode("mark!=a&b=c%") + "&label.nothing=";
        next = next.replace("&label.nothing=", "");
        while (!next.isEmpty()) {
            assertThat(next).startsWith("/api/v1/runs?").contains("limit=2", "order=created_at", "a%26b%3Dc%25");
            Answer page = client.get(next.substring("/api/v1".length()));
            page.json().path("runs").forEach(run -> found.add(run.path("run_id").asString()));
            assertThat(page.json().path("total").asInt()).isEqualTo(5);
            next = page.header("Link").replaceAll("<(.*)>; rel=\"next\"", "$1");
        }
        assertThat(found).isEqualTo(submitted);
    }

    @Test
    void an_offset_passes_over_runs() {
        String mark = mark();
        String first = submit("{\"mark\": \"" + mark + "\"}");
        submit("{\"mark\": \"" + mark + "\"}");
        JsonNode page =
                client.get("/runs?offset=1&" + attributes("mark=" + mark)).json();
        assertThat(page.path("runs")).hasSize(1);
        assertThat(page.path("runs").path(0).path("run_id").asString()).isEqualTo(first);
        assertThat(page.path("total").asInt()).isEqualTo(2);
        JsonNode beyond =
                client.get("/runs?offset=5&" + attributes("mark=" + mark)).json();
        assertThat(beyond.path("runs")).isEmpty();
        assertThat(beyond.path("total").asInt()).isEqualTo(2);
    }

    @Test
    void a_tag_says_that_nothing_changed_and_changes_with_the_steps() {
        String run = client.run("lists/asks", "{}");
        client.await(run, one -> one.path("status").asString().equals("waiting"));
        String cancelled = "/runs/" + run;
        String tag = client.get(cancelled).header("ETag");
        for (String known :
                List.of(tag, "W/" + tag, "*", "\"other\", " + tag, "\"a\",W/" + tag + " ", "\"a,b\", " + tag)) {
            Answer answer = client.get(cancelled, "If-None-Match", known);
            assertThat(answer.status()).as(known).isEqualTo(304);
            assertThat(answer.body()).isEmpty();
            assertThat(answer.header("ETag")).isEqualTo(tag);
        }
        assertThat(client.get(cancelled, "If-None-Match", "\"other\"").status()).isEqualTo(200);
        for (String malformed : List.of("other", tag.replace("\"", ""), "\"" + tag)) {
            assertThat(client.get(cancelled, "If-None-Match", malformed).status())
                    .as(malformed)
                    .isEqualTo(400);
        }
        client.post(cancelled + "/cancel", "{}");
        client.awaitEnd(run);
        assertThat(client.get(cancelled, "If-None-Match", tag).status()).isEqualTo(200);
    }

    @Test
    void no_two_bodies_of_a_run_have_the_same_tag() {
        String run = client.run("lists/asks", "{}");
        java.util.Map<String, String> bodies = new java.util.HashMap<>();
        client.await(run, one -> {
            Answer answer = client.get("/runs/" + run);
            String known = bodies.putIfAbsent(answer.header("ETag"), answer.body());
            assertThat(known == null || known.equals(answer.body())).isTrue();
            return answer.json().path("status").asString().equals("waiting");
        });
        assertThat(bodies).isNotEmpty();
    }

    @Test
    void jobs_plans_artifacts_and_lists_have_tags_too() {
        String run = client.run("lists/one", "{}");
        client.awaitEnd(run);
        String artifact = client.get("/artifacts?run_id=" + run)
                .json()
                .path("artifacts")
                .path(0)
                .path("id")
                .asString();
        String plan = client.post("/plans", "{\"job_id\": \"lists/one\"}")
                .json()
                .path("plan_id")
                .asString();
        for (String path : List.of(
                "/jobs/lists/one",
                "/jobs?namespace=lists",
                "/plans/" + plan,
                "/artifacts/" + artifact + "/metadata",
                "/artifacts?run_id=" + run,
                "/runs?id_prefix=" + run,
                "/runs/aggregate?group_by=job_id&id_prefix=" + run)) {
            Answer answer = client.get(path);
            assertThat(answer.status()).as(path).isEqualTo(200);
            assertThat(client.get(path, "If-None-Match", answer.header("ETag")).status())
                    .as(path)
                    .isEqualTo(304);
            assertThat(client.get(path, "If-None-Match", "\"x\"").status())
                    .as(path)
                    .isEqualTo(200);
        }
    }

    @Test
    void jobs_and_artifacts_are_listed_in_pages() {
        for (String job : List.of("lists/one", "lists/two", "lists/three")) {
            client.awaitEnd(client.run(job, "{}"));
        }
        // Many jobs take so long to look at that a list does not wait for it; a job that somebody asked for is in it.
        assertThat(client.get("/jobs/lists/asks").status()).isEqualTo(200);
        assertThat(walk("/jobs?namespace=lists&limit=1", "jobs", "id"))
                .containsExactly("lists/asks", "lists/one", "lists/three", "lists/two");
        assertThat(walk("/artifacts?name=two.txt&limit=1", "artifacts", "name"))
                .isNotEmpty()
                .containsOnly("two.txt");
        assertThat(client.get("/artifacts?key=nothing").json().path("artifacts"))
                .isEmpty();
        assertThat(client.get("/artifacts?run_id=me")
                        .json()
                        .path("errors")
                        .path(0)
                        .path("pointer")
                        .asString())
                .isEqualTo("run_id");
    }

    private List<String> walk(String path, String list, String property) {
        List<String> found = new ArrayList<>();
        String next = path;
        while (!next.isEmpty()) {
            Answer page = client.get(next);
            assertThat(page.json().path(list)).hasSize(1);
            found.add(page.json().path(list).path(0).path(property).asString());
            next = page.header("Link").replaceAll("</api/v1(.*)>; rel=\"next\"", "$1");
        }
        return found;
    }

    private int found(String mark, String condition) {
        Answer answer = client.get("/runs?" + attributes("mark=" + mark, condition));
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        return answer.json().path("total").asInt();
    }

    private String submit(String attributes) {
        Answer answer = client.post("/runs", "{\"job_id\": \"lists/one\", \"attributes\": " + attributes + "}");
        assertThat(answer.status()).as("%s", answer).isEqualTo(201);
        return answer.json().path("run_id").asString();
    }

    private static String attributes(String... conditions) {
        return String.join(
                "&",
                java.util.Arrays.stream(conditions)
                        .map(condition -> "attribute=" + encode(condition))
                        .toList());
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String mark() {
        return "m" + UUID.randomUUID().toString().substring(0, 8);
    }
}
