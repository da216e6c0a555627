package io.yardmaster.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.http.Caller.Answer;
import io.yardmaster.problems.ProblemType;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

@HttpServerTest
class ContractFilterTest {

    @LocalServerPort
    int port;

    Caller caller;

    @BeforeEach
    void connect() {
        caller = new Caller(port);
    }

    @Test
    void a_request_is_refused_in_the_order_401_then_404_and_405_then_403_then_the_rest() throws Exception {
        Answer nobody = caller.get("/api/v1/nothing?x=1", "Authorization", "").isProblem(ProblemType.UNAUTHORIZED);
        assertThat(nobody.header("WWW-Authenticate")).startsWith("Bearer");
        caller.get("/api/v1/nothing?x=1", "Authorization", "Bearer none").isProblem(ProblemType.NOT_FOUND);
        caller.send("DELETE", "/api/v1/runs?x=1", null, "Authorization", "Bearer none")
                .isProblem(ProblemType.METHOD_NOT_ALLOWED);
        Answer scope = caller.send(
                        "POST", "/api/v1/runs?x=1", BodyPublishers.ofString("{"), "Authorization", "Bearer runs:read")
                .isProblem(ProblemType.PERMISSION_DENIED);
        assertThat(scope.json().path("required_scope").asString()).isEqualTo("runs:write");
        assertThat(scope.header("WWW-Authenticate")).contains("insufficient_scope", "runs:write");
        caller.send("POST", "/api/v1/runs?x=1", BodyPublishers.ofString("{"), "Authorization", "Bearer runs:write")
                .isProblem(ProblemType.UNSUPPORTED_MEDIA_TYPE);
    }

    @Test
    void an_operation_without_scopes_takes_any_token_and_a_public_one_takes_none() throws Exception {
        caller.get("/api/v1/searches?text=a", "Authorization", "Bearer whatever")
                .ok();
        caller.get("/api/v1/health", "Authorization", "").ok();
    }

    @Test
    void a_path_without_the_method_says_which_it_has() throws Exception {
        Answer answer = caller.send("PATCH", "/api/v1/runs", null).isProblem(ProblemType.METHOD_NOT_ALLOWED);
        assertThat(answer.header("Allow")).isEqualTo("GET, HEAD, POST, OPTIONS");
        Answer options = caller.send("OPTIONS", "/api/v1/runs", null);
        assertThat(options.status()).isEqualTo(204);
        assertThat(options.header("Allow")).isEqualTo("GET, HEAD, POST, OPTIONS");
        assertThat(caller.send("HEAD", "/api/v1/runs", null).status()).isEqualTo(200);
    }

    @Test
    void what_the_contract_does_not_name_does_not_exist() throws Exception {
        for (String path :
                new String[] {"/api/v1", "/api/v1/", "/api/v1/runs/", "/api/v1/jobs/a/b/c/d", "/api/v1/error"}) {
            caller.get(path).isProblem(ProblemType.NOT_FOUND);
        }
    }

    @Test
    void a_literal_segment_goes_before_a_variable_one() throws Exception {
        assertThat(caller.get("/api/v1/jobs/backup/versions")
                        .ok()
                        .path("variables")
                        .toString())
                .isEqualTo("{\"name\":\"backup\"}");
        assertThat(caller.get("/api/v1/jobs/ops/backup")
                        .ok()
                        .path("variables")
                        .path("namespace")
                        .asString())
                .isEqualTo("ops");
    }

    @Test
    void an_encoded_slash_in_a_job_id_means_two_segments() throws Exception {
        assertThat(caller.get("/api/v1/jobs/ops%2Fbackup?limit=3")
                        .ok()
                        .path("path")
                        .asString())
                .isEqualTo("/api/v1/jobs/ops/backup");
        assertThat(caller.get("/api/v1/jobs/ops.db%2fbackup/versions")
                        .ok()
                        .path("path")
                        .asString())
                .isEqualTo("/api/v1/jobs/ops.db/backup/versions");
    }

    @Test
    void every_query_fault_is_told_at_once_with_the_parameter_as_pointer() throws Exception {
        Answer answer = caller.get("/api/v1/runs?limit=0&status=lost&status=running&created_after=yesterday"
                        + "&follow=yes&ratio=0&colour=red&size=1&label=nothing")
                .isProblem(ProblemType.VALIDATION_ERROR);
        assertThat(answer.faults())
                .containsExactlyInAnyOrder(
                        "limit minimum",
                        "status enum",
                        "created_after format",
                        "follow type",
                        "ratio minimum",
                        "colour unknown-parameter",
                        "size unknown-parameter",
                        "label pattern");
    }

    @Test
    void query_values_are_read_by_their_type() throws Exception {
        assertThat(caller.get("/api/v1/runs?limit=abc").faults()).containsExactly("limit type");
        assertThat(caller.get("/api/v1/runs?limit=1e2").faults()).containsExactly("limit type");
        assertThat(caller.get("/api/v1/runs?limit=").faults()).containsExactly("limit type");
        assertThat(caller.get("/api/v1/runs?limit=9999999999999999999999").faults())
                .containsExactly("limit type");
        assertThat(caller.get("/api/v1/runs?limit=3000000000").faults()).containsExactly("limit maximum");
        assertThat(caller.get("/api/v1/runs?limit=1&limit=2").faults()).containsExactly("limit repeated");
        assertThat(caller.get("/api/v1/runs?status=running&status=running").faults())
                .containsExactly("status unique-items");
        assertThat(caller.get("/api/v1/jobs?q=abcdefghijk").faults()).containsExactly("q max-length");
        assertThat(caller.get("/api/v1/jobs?q=a%00b").faults()).containsExactly("q character");
        assertThat(caller.get("/api/v1/searches").faults()).containsExactly("text required");
        caller.get("/api/v1/runs?created_after=2026-01-31T08:00:00Z&follow=true&ratio=0.5&status=running")
                .ok();
    }

    @Test
    void a_dotted_label_is_another_spelling_where_there_are_labels() throws Exception {
        var echo = caller.get("/api/v1/runs?label.team=core+a&label=app%3Dweb&limit=5")
                .ok();
        assertThat(echo.path("labels").toString()).isEqualTo("[\"team=core a\",\"app=web\"]");
        assertThat(echo.path("query").asString()).isEqualTo("label=team%3Dcore+a&label=app%3Dweb&limit=5");
        assertThat(caller.get("/api/v1/jobs?label.team=core").faults()).containsExactly("label.team unknown-parameter");
    }

    @Test
    void a_query_that_is_not_utf_8_is_refused() throws Exception {
        for (String query : new String[] {"q=%ff", "q=%c0%af", "q=%ed%a0%80"}) {
            caller.get("/api/v1/jobs?" + query).isProblem(ProblemType.BAD_REQUEST);
        }
        caller.raw(Caller.request(
                        "GET /api/v1/jobs?q=%zz HTTP/1.1",
                        "Host: a", "Authorization: Bearer jobs:read", "Connection: close"))
                .isProblem(ProblemType.BAD_REQUEST);
    }

    @Test
    void every_fault_of_a_body_and_its_query_is_told_at_once() throws Exception {
        Answer answer = caller.post("/api/v1/runs?dry=1", """
            {"job_id": "No Such!", "source": "", "args": [1], "priority": 12, "colour": "red",
             "not_before": "soon", "timeouts": {"run": "1h", "walk": 1}, "labels": {"UP": "x", "b": 1, "c": "y"},
             "tags": ["a", "a", "a"], "big": 9223372036854775808, "profile": 3, "example": "yes", "a/b~c": 1}
            """).isProblem(ProblemType.VALIDATION_ERROR);
        assertThat(answer.faults())
                .contains(
                        "/job_id pattern",
                        "/source min-length",
                        "/args type",
                        "/priority maximum",
                        "/colour unknown-property",
                        "/not_before format",
                        "/timeouts/run pattern",
                        "/timeouts/walk unknown-property",
                        "/labels/b type",
                        "/labels max-properties",
                        "/tags max-items",
                        "/tags unique-items",
                        "/big maximum",
                        "/profile type",
                        "/example type",
                        "/a~1b~0c unknown-property",
                        "dry unknown-parameter");
        assertThat(answer.json()
                        .path("errors")
                        .valueStream()
                        .map(fault -> fault.path("message").asString()))
                .contains(
                        "/priority must be at most 9.",
                        "/args must be an object.",
                        "/profile must be text or null.",
                        "There is no property /colour in the contract. Leave it out.")
                .anyMatch(message -> message.contains("name"));
        assertThat(answer.detail()).contains("things in the request are not valid");
    }

    @Test
    void one_fault_is_told_in_the_detail_itself() throws Exception {
        Answer answer = caller.post("/api/v1/runs", "{\"job_id\": \"a\", \"priority\": \"high\"}");
        assertThat(answer.faults()).containsExactly("/priority type");
        assertThat(answer.detail()).isEqualTo("/priority must be a whole number.");
    }

    @Test
    void a_submission_names_a_job_or_a_plan_and_each_mistake_is_one_fault() throws Exception {
        assertThat(caller.post("/api/v1/runs", "{}").faults()).containsExactly("/job_id required");
        assertThat(caller.post(
                                "/api/v1/runs",
                                "{\"plan_id\": \"p\", \"job_id\": \"a\", \"args\": {}, \"source\": \"main\"}")
                        .faults())
                .containsExactly("/job_id conflict", "/args conflict", "/source conflict");
        caller.post("/api/v1/runs", "{\"plan_id\": \"p\"}").ok();
        assertThat(caller.post("/api/v1/runs", "[]").faults()).containsExactly(" type");
        assertThat(caller.post("/api/v1/runs", "null").faults()).containsExactly(" type");
    }

    @Test
    void a_choice_is_one_fault_whatever_its_branches_say() throws Exception {
        assertThat(caller.post("/api/v1/runs/r/cancel", "{\"choice\": 3}").faults())
                .containsExactly("/choice form");
    }

    @Test
    void synonyms_arrive_in_the_contracts_form() throws Exception {
        var echo = caller.post(
                        "/api/v1/runs",
                        "{\"job\": \"ops/backup\", \"source\": {\"name\": \"main\"}, \"async\": false, \"args\":"
                                + " {\"f\": 1.5}}")
                .ok();
        assertThat(echo.path("body").toString())
                .isEqualTo("{\"source\":\"main\",\"args\":{\"f\":1.5},\"job_id\":\"ops/backup\"}");
        assertThat(echo.path("waits").asBoolean()).isTrue();
        assertThat(caller.post("/api/v1/runs", "{\"job\": \"a\", \"async\": true}")
                        .ok()
                        .path("waits")
                        .asBoolean())
                .isFalse();
    }

    @Test
    void both_spellings_at_once_are_refused() throws Exception {
        assertThat(caller.post("/api/v1/runs", "{\"job\": \"a\", \"job_id\": \"b\", \"async\": 1}")
                        .faults())
                .containsExactly("/job repeated", "/async type");
        assertThat(caller.post("/api/v1/runs", "{\"job_id\": \"b\", \"source\": {\"name\": \"x\", \"type\": \"fs\"}}")
                        .faults())
                .containsExactly("/source type");
        assertThat(caller.post("/api/v1/runs/r/cancel", "{\"job\": \"a\"}").faults())
                .containsExactly("/job unknown-property");
    }

    @Test
    void a_body_that_is_not_json_says_where() throws Exception {
        Answer answer = caller.post("/api/v1/runs", "{\"job_id\":\n  nope}").isProblem(ProblemType.MALFORMED_JSON);
        assertThat(answer.json().path("line").asInt()).isEqualTo(2);
        assertThat(answer.detail()).contains("line 2, column");
        for (String body : new String[] {
            "{\"job_id\": \"a\"",
            "{\"job_id\": \"a\"} {}",
            "{\"job_id\": \"a\", \"job_id\": \"b\"}",
            "   ",
            "{'a': 1}",
            "{\"a\": 01}",
            "{\"a\": NaN}",
            "{\"a\": 1,}",
            "// no\n{}",
            "[".repeat(70) + "]".repeat(70),
            "{\"priority\": " + "1".repeat(200) + "}",
            "{\"a\": \"tab\there\"}"
        }) {
            caller.post("/api/v1/runs", body).isProblem(ProblemType.MALFORMED_JSON);
        }
        assertThat(caller.post("/api/v1/runs", "{\"a\": {\"b\": 1, \"b\": 2}}").detail())
                .contains("twice");
        assertThat(caller.post("/api/v1/runs", "[".repeat(70)).detail()).contains("64 deep");
    }

    @Test
    void a_body_that_is_not_utf_8_is_refused() throws Exception {
        for (byte[] body : new byte[][] {
            {'{', '"', 'a', '"', ':', '"', (byte) 0xff, '"', '}'},
            {'{', '"', 'a', '"', ':', '"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"', '}'},
            "{\"job_id\": \"a\"}".getBytes(StandardCharsets.UTF_16)
        }) {
            caller.send("POST", "/api/v1/runs", BodyPublishers.ofByteArray(body), "Content-Type", "application/json")
                    .isProblem(ProblemType.MALFORMED_JSON);
        }
    }

    @Test
    void what_no_database_can_keep_is_refused() throws Exception {
        assertThat(caller.post(
                                "/api/v1/runs",
                                "{\"job_id\": \"a\", \"args\": {\"n\": \"\\u0000\", \"s\": [\"\\ud800x\"], \"b\":"
                                        + " 1e999999999, \"k\\u0000\": 1}}")
                        .faults())
                .containsExactly("/args/n character", "/args/s/0 character", "/args/b number", "/args character");
        caller.post("/api/v1/runs", "{\"job_id\": \"a\", \"args\": {\"s\": \"\\ud83d\\ude00 ü\", \"n\": 1e300}}")
                .ok();
    }

    @Test
    void a_body_of_another_type_is_refused_and_told_what_is_taken() throws Exception {
        for (String type : new String[] {
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json;charset=ISO-8859-1",
            "application/json;charset=nonsense",
            "nonsense",
            "multipart/form-data;boundary=x",
            "application/xml"
        }) {
            Answer answer = caller.send(
                            "POST", "/api/v1/runs", BodyPublishers.ofString("{\"job_id\":\"a\"}"), "Content-Type", type)
                    .isProblem(ProblemType.UNSUPPORTED_MEDIA_TYPE);
            assertThat(answer.header("Accept")).isEqualTo("application/json");
        }
        caller.send(
                        "POST",
                        "/api/v1/runs",
                        BodyPublishers.ofString("{\"job_id\":\"a\"}"),
                        "Content-Type",
                        "application/json; charset=utf-8")
                .ok();
        caller.send(
                        "POST",
                        "/api/v1/runs",
                        BodyPublishers.ofString("{\"job_id\":\"a\"}"),
                        "Content-Type",
                        "application/json",
                        "Content-Encoding",
                        "gzip")
                .isProblem(ProblemType.UNSUPPORTED_MEDIA_TYPE);
    }

    @Test
    void a_body_over_the_limit_is_refused_with_and_without_a_length() throws Exception {
        byte[] large = ("{\"job_id\": \"" + "a".repeat(1 << 20) + "\"}").getBytes(StandardCharsets.UTF_8);
        caller.send("POST", "/api/v1/runs", BodyPublishers.ofByteArray(large), "Content-Type", "application/json")
                .isProblem(ProblemType.PAYLOAD_TOO_LARGE);
        caller.send(
                        "POST",
                        "/api/v1/runs",
                        BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large)),
                        "Content-Type",
                        "application/json")
                .isProblem(ProblemType.PAYLOAD_TOO_LARGE);
        byte[] fits = ("{\"job_id\": \"a\", \"args\": {\"x\": \"" + "a".repeat((1 << 20) - 100) + "\"}}")
                .getBytes(StandardCharsets.UTF_8);
        caller.send("POST", "/api/v1/runs", BodyPublishers.ofByteArray(fits), "Content-Type", "application/json")
                .ok();
        assertThat(caller.send(
                                "PUT",
                                "/api/v1/uploads/x",
                                BodyPublishers.ofByteArray(large),
                                "Content-Type",
                                "image/png")
                        .ok()
                        .path("bytes")
                        .asInt())
                .isEqualTo(large.length);
    }

    @Test
    void a_body_is_there_where_it_must_be_and_only_where_it_may_be() throws Exception {
        assertThat(caller.send("POST", "/api/v1/runs", null).faults()).containsExactly(" required");
        assertThat(caller.post("/api/v1/runs", "").faults()).containsExactly(" required");
        assertThat(caller.send("POST", "/api/v1/runs/r/cancel", null)
                        .ok()
                        .path("waits")
                        .asBoolean())
                .isFalse();
        caller.post("/api/v1/runs/r/cancel", "{\"reason\": \"x\"}").ok();
        assertThat(caller.send("GET", "/api/v1/runs", BodyPublishers.ofString("{}"))
                        .faults())
                .containsExactly(" unexpected-body");
    }

    @Test
    void the_contract_is_served_as_it_is() throws Exception {
        for (String prefix : new String[] {"", "/api/v1"}) {
            Answer json = caller.get(prefix + "/openapi.json", "Authorization", "");
            assertThat(json.status()).isEqualTo(200);
            assertThat(json.header("Content-Type")).isEqualTo("application/json");
            assertThat(json.json().path("info").path("title").asString()).isEqualTo("A contract for tests");
            Answer yaml = caller.get(prefix + "/openapi.yaml", "Authorization", "", "Accept", "text/html");
            assertThat(yaml.header("Content-Type")).isEqualTo("application/yaml");
            assertThat(yaml.body()).startsWith("openapi: 3.1.0");
            assertThat(caller.get(prefix + "/openapi.yaml", "If-None-Match", yaml.header("ETag"))
                            .status())
                    .isEqualTo(304);
        }
    }

    @Test
    void swagger_ui_shows_our_contract_and_no_other() throws Exception {
        Answer page = caller.get("/swagger-ui/index.html", "Authorization", "");
        assertThat(page.status()).isEqualTo(200);
        Answer config = caller.get("/v3/api-docs/swagger-config", "Authorization", "");
        assertThat(config.ok().path("url").asString()).isEqualTo("/openapi.yaml");
        for (String path : new String[] {"/v3/api-docs", "/v3/api-docs.yaml", "/v3/api-docs/x"}) {
            caller.get(path).isProblem(ProblemType.NOT_FOUND);
        }
    }
}
