package io.yardmaster;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.problems.ProblemType;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.RawHttp;
import io.yardmaster.testkit.RawHttp.Answer;
import io.yardmaster.testkit.TestServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.web.util.HtmlUtils;
import tools.jackson.databind.JsonNode;

/** What a browser gets to see of a whole server, and what it is told not to do with it. */
class BrowserSafetyTest {

    private final TestServer server = TestServer.shared();
    private final RawHttp raw = new RawHttp(server.port());

    @Test
    void a_browser_at_the_root_is_led_to_swagger_ui_and_a_program_is_told_where_the_api_is() {
        Answer browser = nobody("/", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
        assertThat(browser.status()).isEqualTo(302);
        assertThat(browser.header("Location")).isEqualTo("/swagger-ui.html");
        for (String accept : new String[] {"*/*", "application/json"}) {
            Answer program = nobody("/", accept);
            assertThat(program.status()).isEqualTo(200);
            assertThat(program.json().path("api").asString()).isEqualTo("/api/v1");
        }
        WholeProblem.check(nobody("/", "image/png"), ProblemType.NOT_ACCEPTABLE);
        WholeProblem.check(raw.send(RawRequest.post("/", "{}").bytes()), ProblemType.METHOD_NOT_ALLOWED);
    }

    @Test
    void swagger_ui_may_run_its_own_scripts_only_and_in_no_frame() {
        Answer redirect = nobody("/swagger-ui.html", "text/html");
        assertThat(redirect.status()).isEqualTo(302);
        Answer page = nobody("/swagger-ui/index.html", "text/html");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Content-Security-Policy"))
                .contains("script-src 'self';", "frame-ancestors 'none'", "default-src 'self'");
        assertSafe(page);
    }

    @Test
    void a_problems_page_says_what_to_do_to_browsers_and_programs() {
        for (ProblemType type : ProblemType.values()) {
            Answer page = nobody(type.uri().toString(), "text/html,*/*;q=0.8");
            assertThat(page.status()).isEqualTo(200);
            assertThat(page.header("Content-Type")).startsWith("text/html");
            assertThat(page.header("Content-Security-Policy")).startsWith("default-src 'none'");
            assertThat(page.body())
                    .contains("<h1>" + HtmlUtils.htmlEscape(type.title()) + "</h1>", "Status " + type.status());
            assertSafe(page);
            assertThat(nobody(type.uri().toString(), "application/json")
                            .json()
                            .path("meaning")
                            .asString())
                    .endsWith(".")
                    .hasSizeGreaterThan(40);
        }
        Answer all = nobody("/problems", "text/html");
        assertThat(all.status()).isEqualTo(200);
        assertThat(all.body()).contains("\"problems/run-not-found\"", "\"problems/rate-limited\"");
    }

    @Test
    void every_answer_of_the_api_says_it_before_it_begins() {
        ApiClient client = server.client();
        String run = client.run("hello-world", "{}");
        client.awaitEnd(run);
        for (String path : new String[] {
            "/jobs",
            "/runs/" + run,
            "/runs/" + run + "/logs",
            "/events/runs",
            "/runs/" + run + "/events",
            "/nothing",
            "/health"
        }) {
            Answer answer = raw.send(RawRequest.get("/api/v1" + path).bytes());
            assertSafe(answer);
            assertThat(answer.header("Content-Security-Policy"))
                    .isEqualTo("default-src 'none'; frame-ancestors 'none'");
            assertThat(answer.header("Cache-Control")).as("%s", answer).contains("no-store");
            assertThat(answer.header("Vary")).as("%s", answer).contains("Origin");
        }
    }

    @Test
    void an_artifact_is_saved_and_never_run_whatever_a_step_calls_it() {
        server.job("browsers/page")
                .config("name: Leaves a page\ncommand: ./leave.sh\n")
                .file("leave.sh", """
                    echo '<script>alert(1)</script>' > "$YM_ARTIFACTS/a\\"b
                    Größe.html"
                    head -c 3000000 /dev/zero > "$YM_ARTIFACTS/large.html"
                    """);
        ApiClient client = server.client();
        String run = client.run("browsers/page", "{}");
        client.awaitEnd(run);
        JsonNode artifacts = client.get("/artifacts?run_id=" + run).json().path("artifacts");
        assertThat(artifacts).hasSize(2);
        List<String> names = new ArrayList<>();
        for (JsonNode artifact : artifacts) {
            Answer answer = raw.send(
                    RawRequest.get("/api/v1/artifacts/" + artifact.path("id").asString())
                            .bytes());
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Content-Type")).startsWith("text/html");
            assertThat(answer.header("Content-Security-Policy")).startsWith("sandbox;");
            assertSafe(answer);
            names.add(answer.header("Content-Disposition"));
        }
        assertThat(names)
                .containsExactlyInAnyOrder(
                        "attachment; filename=\"large.html\"",
                        "attachment; filename=\"a_b_Gr__e.html\"; filename*=UTF-8''a_b_Gr%C3%B6%C3%9Fe.html");
    }

    private static void assertSafe(Answer answer) {
        assertThat(answer.header("X-Content-Type-Options")).as("%s", answer).isEqualTo("nosniff");
        assertThat(answer.header("X-Frame-Options")).as("%s", answer).isEqualTo("DENY");
        assertThat(answer.header("Referrer-Policy")).as("%s", answer).isEqualTo("no-referrer");
        assertThat(answer.header("Cross-Origin-Resource-Policy"))
                .as("%s", answer)
                .isEqualTo("same-origin");
        assertThat(answer.header("Set-Cookie")).as("%s", answer).isEmpty();
    }

    private Answer nobody(String path, String accept) {
        return raw.send(RawRequest.get(path)
                .without("Authorization")
                .header("Accept: " + accept)
                .bytes());
    }
}
