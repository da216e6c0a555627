package io.yardmaster.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.yardmaster.http.Caller.Answer;
import io.yardmaster.problems.ProblemType;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

@HttpServerTest
@ExtendWith(OutputCaptureExtension.class)
class ErrorsTest {

    @LocalServerPort
    int port;

    Caller caller;

    @BeforeEach
    void connect() {
        caller = new Caller(port);
    }

    @Test
    void a_fault_of_the_server_is_told_without_its_text_and_logged_once_with_the_request_id(CapturedOutput output)
            throws Exception {
        Answer answer =
                caller.get("/api/v1/faults/internal", "X-Request-Id", "mine-1").isProblem(ProblemType.INTERNAL_ERROR);
        assertThat(answer.header("X-Request-Id")).isEqualTo("mine-1");
        assertThat(answer.json().path("instance").asString()).isEqualTo("/api/v1/faults/internal");
        assertThat(output.getAll().lines().filter(line -> line.contains("java.lang.Secret in io.yardmaster")))
                .hasSize(1);
        caller.get("/api/v1/faults/error").isProblem(ProblemType.INTERNAL_ERROR);
        caller.get("/api/v1/faults/duplicate").isProblem(ProblemType.INTERNAL_ERROR);
        caller.get("/api/v1/faults/pipe").isProblem(ProblemType.INTERNAL_ERROR);
    }

    @Test
    void a_problem_keeps_its_extensions_and_headers() throws Exception {
        Answer answer = caller.get("/api/v1/faults/problem").isProblem(ProblemType.QUEUE_FULL);
        assertThat(answer.header("Retry-After")).isEqualTo("2");
        assertThat(answer.json().path("queued").asInt()).isEqualTo(7);
        caller.get("/api/v1/faults/wrapped").isProblem(ProblemType.RUN_NOT_FOUND);
    }

    @Test
    void a_database_that_is_away_is_503_wherever_it_is_noticed() throws Exception {
        for (String kind : new String[] {"database", "database-down", "database-impatient", "filter", "timeout"}) {
            assertThat(caller.get("/api/v1/faults/" + kind)
                            .isProblem(ProblemType.SERVICE_UNAVAILABLE)
                            .header("Retry-After"))
                    .isEqualTo("2");
        }
    }

    @Test
    void a_refusal_in_a_controller_is_answered_by_spring_security() throws Exception {
        assertThat(caller.get("/api/v1/faults/denied")
                        .isProblem(ProblemType.PERMISSION_DENIED)
                        .detail())
                .isEqualTo("Not you.");
    }

    @Test
    void send_error_and_the_error_path_answer_with_problems() throws Exception {
        assertThat(caller.get("/api/v1/faults/send-error")
                        .isProblem(ProblemType.SERVICE_UNAVAILABLE)
                        .header("Retry-After"))
                .isEqualTo("2");
        caller.get("/api/v1/faults/status").isProblem(ProblemType.BAD_REQUEST);
        caller.get("/error", "Accept", "text/html").isProblem(ProblemType.NOT_FOUND);
    }

    @Test
    void an_answer_that_fails_after_it_began_is_broken_off_and_logged_once(CapturedOutput output) throws Exception {
        assertThatThrownBy(() -> caller.get("/api/v1/faults/broken-off")).isInstanceOf(IOException.class);
        await().untilAsserted(() -> assertThat(output.getAll().split("IllegalArgumentException: broken-off", -1))
                .hasSize(2));
    }

    @Test
    void a_problem_is_json_also_for_those_who_asked_for_a_stream() throws Exception {
        for (String accept : new String[] {"text/event-stream", "application/x-ndjson", "text/html", "image/png"}) {
            caller.get("/api/v1/faults/wrapped", "Accept", accept).isProblem(ProblemType.RUN_NOT_FOUND);
        }
        caller.get("/api/v1/streams/x", "Accept", "text/event-stream").isProblem(ProblemType.RUN_NOT_FOUND);
        caller.get("/api/v1/streams/x", "Accept", "application/json").isProblem(ProblemType.NOT_ACCEPTABLE);
    }

    @Test
    void what_spring_itself_refuses_finds_its_row() throws Exception {
        caller.get("/plain/nothing").isProblem(ProblemType.NOT_FOUND);
        assertThat(caller.send("DELETE", "/plain/body", null)
                        .isProblem(ProblemType.METHOD_NOT_ALLOWED)
                        .header("Allow"))
                .isEqualTo("POST");
        assertThat(caller.get("/plain/number")
                        .isProblem(ProblemType.VALIDATION_ERROR)
                        .faults())
                .containsExactly("n required");
        assertThat(caller.get("/plain/number?n=x")
                        .isProblem(ProblemType.VALIDATION_ERROR)
                        .faults())
                .containsExactly("n type");
        assertThat(caller.get("/plain/number?n=10")
                        .isProblem(ProblemType.VALIDATION_ERROR)
                        .faults())
                .containsExactly("n maximum");
        assertThat(caller.post("/plain/body", "{\"size\": 12}")
                        .isProblem(ProblemType.VALIDATION_ERROR)
                        .faults())
                .containsExactlyInAnyOrder("/some_name required", "/size maximum");
        assertThat(caller.post("/plain/body", "{\"size\": {}}")
                        .isProblem(ProblemType.VALIDATION_ERROR)
                        .faults())
                .containsExactly("/size type");
        assertThat(caller.post("/plain/body", "")
                        .isProblem(ProblemType.VALIDATION_ERROR)
                        .faults())
                .containsExactly(" required");
        caller.post("/plain/body", "{\"size\"").isProblem(ProblemType.MALFORMED_JSON);
        Answer type = caller.send("POST", "/plain/body", BodyPublishers.ofString("x"), "Content-Type", "text/plain")
                .isProblem(ProblemType.UNSUPPORTED_MEDIA_TYPE);
        assertThat(type.header("Accept")).contains("application/json");
        caller.send(
                        "POST",
                        "/plain/body",
                        BodyPublishers.ofString("{}"),
                        "Content-Type",
                        "application/json",
                        "Accept",
                        "image/png")
                .isProblem(ProblemType.NOT_ACCEPTABLE);
    }

    @Test
    void what_the_container_refuses_is_a_problem_too() throws Exception {
        raw("GARBAGE\r\n\r\n", ProblemType.BAD_REQUEST);
        raw("GET /api/v1/jobs HTTP/1.1\r\nConnection: close\r\n\r\n", ProblemType.BAD_REQUEST);
        raw("GET /api/v1/jobs HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n", ProblemType.BAD_REQUEST);
        raw("GET /api/v1/jobs HTTP/9.9\r\nHost: a\r\n\r\n", ProblemType.BAD_REQUEST);
        raw("POST /api/v1/runs HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", ProblemType.BAD_REQUEST);
        raw(
                "POST /api/v1/runs HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
                ProblemType.BAD_REQUEST);
        raw(request("TRACE", "/api/v1/jobs"), ProblemType.METHOD_NOT_ALLOWED);
        raw(request("BREW", "/api/v1/jobs"), ProblemType.METHOD_NOT_ALLOWED);
        raw(
                "GET /api/v1/jobs HTTP/1.1\r\nHost: a\r\nX-Long: " + "x".repeat(20_000) + "\r\n\r\n",
                ProblemType.HEADER_TOO_LARGE);
        raw(request("GET", "/api/v1/jobs?q=" + "x".repeat(20_000)), ProblemType.URI_TOO_LONG);
    }

    @Test
    void a_path_that_means_two_things_is_refused() throws Exception {
        for (String path : new String[] {
            "/api/v1/runs%2Fx",
            "/api/v1/jobs/a%2Fb%2Fc",
            "/api/v1/jobs/..%2Fruns",
            "/api/v1/jobs/.%2Fruns",
            "/api/v1/jobs/a%2F..",
            "/api/v1/jobs/a%2F%2e%2e",
            "/api/v1/jobs/a%2F..%2Fruns",
            "/api/v1/jobs%2Fa",
            "/api/v1/jobs/a%2Fb/../c",
            "/api/v1/jobs/a%252Fb",
            "/api/v1/jobs/a%5Cb",
            "/api/v1/jobs/a%2Fb;x=1",
            "/api/v1/jobs/a;x=1",
            "/api/v1/jobs/%ff",
            "/api/v1/jobs/%zz",
            "/api/v1/jobs/a%00b",
            "/api/v1//jobs",
            "/api/v1/%2e%2e/jobs"
        }) {
            Answer answer = caller.raw(request("GET", path));
            assertThat(answer.status()).as(path + answer.body()).isIn(400, 404);
            answer.isProblem(answer.status() == 400 ? ProblemType.BAD_REQUEST : ProblemType.NOT_FOUND);
        }
    }

    @Test
    void a_request_id_is_taken_when_it_is_plain_and_made_when_it_is_not() throws Exception {
        assertThat(caller.get("/api/v1/jobs", "X-Request-Id", "a.B-3_4").header("X-Request-Id"))
                .isEqualTo("a.B-3_4");
        for (String odd : new String[] {"a b", "x".repeat(65), "<script>", "ü"}) {
            assertThat(caller.raw(Caller.request(
                                    "GET /api/v1/health HTTP/1.1",
                                    "Host: a",
                                    "Connection: close",
                                    "X-Request-Id: " + odd))
                            .header("X-Request-Id"))
                    .isNotEqualTo(odd)
                    .hasSizeGreaterThan(20);
        }
        assertThat(caller.raw(Caller.request(
                                "GET /api/v1/runs%2Fx HTTP/1.1", "Host: a", "Connection: close", "X-Request-Id: mine"))
                        .isProblem(ProblemType.BAD_REQUEST)
                        .header("X-Request-Id"))
                .isEqualTo("mine");
    }

    @Test
    void each_problem_type_has_a_page() throws Exception {
        for (ProblemType type : ProblemType.values()) {
            Answer json = caller.get(type.uri().toString(), "Authorization", "", "Accept", "*/*");
            assertThat(json.ok().path("title").asString()).isEqualTo(type.title());
            assertThat(json.json().path("meaning").asString()).endsWith(".");
        }
        Answer html = caller.get("/problems/plan-stale", "Authorization", "", "Accept", "text/html,*/*;q=0.8");
        assertThat(html.header("Content-Type")).startsWith("text/html");
        assertThat(html.body()).contains("<h1>Plan is stale</h1>", "409");
        caller.get("/problems/no-such", "Accept", "text/html").isProblem(ProblemType.NOT_FOUND);
    }

    private void raw(String request, ProblemType type) throws Exception {
        caller.raw(request).isProblem(type);
    }

    private static String request(String method, String target) {
        return method + " " + target + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + Caller.ALL
                + "\r\nConnection: close\r\n\r\n";
    }
}
