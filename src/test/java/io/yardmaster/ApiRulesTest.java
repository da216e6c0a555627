package io.yardmaster;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.Call.Answer;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What the API promises beside the shapes of its answers, on a whole server. */
class ApiRulesTest {

    private static Answer submit(String json) {
        return Call.post("/runs", json).send();
    }

    private static List<String> faults(Answer answer) {
        assertThat(answer.status()).as("%s", answer).isEqualTo(400);
        assertThat(answer.slug()).isEqualTo("validation-error");
        return answer.json()
                .path("errors")
                .valueStream()
                .map(fault -> fault.path("pointer").asString() + " "
                        + fault.path("code").asString())
                .toList();
    }

    @Nested
    class Submissions {

        @Test
        void job_is_another_word_for_job_id() {
            Answer answer = submit("{\"job\": \"hello-world\", \"args\": {\"name\": \"Ada\"}}");
            assertThat(answer.status()).as("%s", answer).isEqualTo(201);
            assertThat(answer.json().path("job_id").asString()).isEqualTo("hello-world");
            assertThat(answer.header("Location"))
                    .isEqualTo("/api/v1/runs/" + answer.json().path("run_id").asString());
        }

        @Test
        void async_and_a_source_as_an_object_are_taken() {
            Answer answer =
                    submit("{\"job_id\": \"hello-world\", \"async\": false, \"source\": {\"name\": \"examples\"}}");
            assertThat(answer.status()).as("%s", answer).isEqualTo(201);
            assertThat(answer.json().path("source").asString()).isEqualTo("examples");
        }

        @Test
        void both_words_for_a_job_are_one_fault() {
            Answer answer = submit("{\"job\": \"hello-world\", \"job_id\": \"hello-world\"}");
            assertThat(faults(answer)).containsExactly("/job repeated");
            assertThat(answer.json().path("detail").asString()).contains("/job_id", "only one");
        }

        @Test
        void a_property_that_is_not_there_is_pointed_at() {
            assertThat(faults(submit("{\"job_id\": \"hello-world\", \"colour\": \"red\"}")))
                    .containsExactly("/colour unknown-property");
        }

        @Test
        void an_argument_that_is_not_there_is_pointed_at() {
            assertThat(faults(submit("{\"job_id\": \"hello-world\", \"args\": {\"a/b~c\": 1, \"name\": \"\"}}")))
                    .extracting(fault -> fault.replaceAll(" .*", ""))
                    .containsExactlyInAnyOrder("/args/a~1b~0c", "/args/name");
        }

        @Test
        void every_fault_is_told_at_once() {
            Answer answer = Call.post(
                            "/runs?colour=red",
                            "{\"job_id\": 5, \"labels\": {\"team\": 1}, \"priority\": \"high\", \"shade\": true}")
                    .send();
            assertThat(faults(answer))
                    .containsExactlyInAnyOrder(
                            "/job_id type",
                            "/labels/team type",
                            "/priority type",
                            "/shade unknown-property",
                            "colour unknown-parameter");
            assertThat(answer.json().path("detail").asString()).contains("5");
        }

        @Test
        void a_tenant_other_than_the_tokens_is_refused() {
            Answer answer = submit("{\"job_id\": \"hello-world\", \"tenant\": \"other\"}");
            assertThat(answer.status()).as("%s", answer).isEqualTo(403);
            assertThat(answer.slug()).isEqualTo("permission-denied");
            assertThat(submit("{\"job_id\": \"hello-world\", \"tenant\": \"default\"}")
                            .status())
                    .isEqualTo(201);
        }

        @Test
        void an_external_id_names_one_run_of_a_tenant() {
            String body = "{\"job_id\": \"hello-world\", \"external_id\": \"" + UUID.randomUUID() + "\"}";
            String first = submit(body).json().path("run_id").asString();
            Answer second = submit(body);
            assertThat(second.status()).as("%s", second).isEqualTo(409);
            assertThat(second.slug()).isEqualTo("run-already-exists");
            assertThat(second.json().path("run_id").asString()).isEqualTo(first);
            Answer elsewhere = Call.post("/runs", body)
                    .withToken(TestServer.OTHER_TENANT_TOKEN)
                    .send();
            assertThat(elsewhere.status()).as("%s", elsewhere).isEqualTo(201);
        }
    }

    @Nested
    class Reading {

        @Test
        void an_encoded_slash_in_a_job_id_is_a_slash() {
            for (String rest : List.of("", "/versions")) {
                Answer encoded = Call.get("/jobs/backup%2Fdaily" + rest).send();
                assertThat(encoded.status()).as("%s", encoded).isEqualTo(200);
                assertThat(encoded.json())
                        .isEqualTo(Call.get("/jobs/backup/daily" + rest).send().json());
            }
        }

        @Test
        void a_limit_beyond_the_largest_is_refused() {
            for (String list : List.of("/runs", "/jobs", "/artifacts")) {
                assertThat(faults(Call.get(list + "?limit=100000").send())).containsExactly("limit maximum");
            }
        }

        @Test
        void an_offset_and_a_page_token_exclude_each_other() {
            Answer first = Call.post("/runs", "{\"job_id\": \"hello-world\"}").send();
            String token = first.json().path("run_id").asString();
            assertThat(faults(Call.get("/runs?offset=1&page_token=" + token).send()))
                    .containsExactly("offset contradiction");
        }

        @Test
        void a_page_token_that_is_none_is_refused() {
            assertThat(faults(Call.get("/runs?page_token=next").send())).containsExactly("page_token page-token");
        }

        @Test
        void pages_of_two_give_each_of_five_runs_once() {
            TestServer.shared()
                    .job("rules/paged")
                    .config("name: Paged\ncommand: ./run.sh\n")
                    .file("run.sh", "true\n");
            ApiClient client = TestServer.shared().client();
            List<String> made = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                made.add(client.run("rules/paged", "{}"));
            }
            for (String order : List.of("created_at", "-created_at")) {
                List<String> read = new ArrayList<>();
                String next = "/runs?job_id=rules/paged&limit=2&order=" + order;
                for (int page = 1; page <= 3; page++) {
                    Answer answer = Call.get(next).send();
                    JsonNode json = answer.json();
                    json.path("runs").forEach(run -> read.add(run.path("run_id").asString()));
                    assertThat(json.path("total").asInt()).isEqualTo(5);
                    assertThat(json.has("next_page_token")).as("%s", answer).isEqualTo(page < 3);
                    String link = answer.header("Link");
                    assertThat(link.isEmpty()).as("%s", answer).isEqualTo(page == 3);
                    if (page < 3) {
                        assertThat(link).matches("</api/v1/runs\\?[^>]+>; rel=\"next\"");
                        assertThat(link)
                                .contains("page_token="
                                        + json.path("next_page_token").asString());
                        next = link.replaceAll("^</api/v1(.*)>.*", "$1");
                    }
                }
                assertThat(read).isEqualTo(order.equals("created_at") ? made : made.reversed());
            }
        }

        @Test
        void a_request_id_comes_back_and_one_that_is_not_plain_is_replaced() {
            Answer given = Call.get("/principal")
                    .withHeader("X-Request-Id", "ticket-42")
                    .send();
            assertThat(given.header("X-Request-Id")).isEqualTo("ticket-42");
            Answer problem = Call.get("/runs/nonsense")
                    .withHeader("X-Request-Id", "ticket-43")
                    .send();
            assertThat(problem.json().path("request_id").asString()).isEqualTo("ticket-43");
            Answer odd =
                    Call.get("/principal").withHeader("X-Request-Id", "a b<c>").send();
            assertThat(odd.header("X-Request-Id")).isNotEmpty().doesNotContain("<");
        }

        @Test
        void a_page_on_this_machine_may_call_and_another_may_not() {
            Call preflight = Call.post("/runs", null)
                    .withMethod("OPTIONS")
                    .withToken(null)
                    .withHeader("Access-Control-Request-Method", "POST")
                    .withHeader("Access-Control-Request-Headers", "authorization,content-type");
            Answer here =
                    preflight.withHeader("Origin", "http://localhost:3000").send();
            assertThat(here.status()).as("%s", here).isBetween(200, 204);
            assertThat(here.header("Access-Control-Allow-Origin")).isEqualTo("http://localhost:3000");
            assertThat(here.header("Access-Control-Allow-Methods")).contains("POST");
            assertThat(here.header("Access-Control-Allow-Headers")).containsIgnoringCase("authorization");
            assertThat(here.headers().allValues("Vary")).anyMatch(vary -> vary.contains("Origin"));
            Answer there =
                    preflight.withHeader("Origin", "https://evil.example").send();
            assertThat(there.status()).as("%s", there).isEqualTo(403);
            assertThat(there.slug()).isEqualTo("permission-denied");
            assertThat(there.header("Access-Control-Allow-Origin")).isEmpty();
        }
    }

    @Nested
    class Downloads {

        private final JsonNode artifact = artifact();
        private final Call download =
                Call.get("/artifacts/" + artifact.path("id").asString());
        private final int size = artifact.path("size_bytes").asInt();

        private JsonNode artifact() {
            TestServer server = TestServer.shared();
            server.job("rules/leaving")
                    .config("name: Leaves a file\ncommand: ./leave.sh\n")
                    .file("leave.sh", "seq 1 20001 > \"$YM_ARTIFACTS/numbers.txt\"\n");
            String run = server.client().run("rules/leaving", "{}");
            assertThat(server.client().awaitEnd(run).path("status").asString()).isEqualTo("success");
            return server.client()
                    .get("/artifacts?run_id=" + run)
                    .json()
                    .path("artifacts")
                    .path(0);
        }

        private Answer part(String range) {
            return download.withHeader("Range", range).send();
        }

        private String sha256(byte[] bytes) throws Exception {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        }

        @Test
        void two_halves_make_the_whole() throws Exception {
            int half = size / 2;
            Answer first = part("bytes=0-" + (half - 1));
            Answer second = part("bytes=" + half + "-");
            assertThat(first.status()).as("%s", first).isEqualTo(206);
            assertThat(second.status()).isEqualTo(206);
            assertThat(first.header("Content-Range")).isEqualTo("bytes 0-" + (half - 1) + "/" + size);
            assertThat(second.header("Content-Range")).isEqualTo("bytes " + half + "-" + (size - 1) + "/" + size);
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            whole.writeBytes(first.bytes());
            whole.writeBytes(second.bytes());
            assertThat(whole.size()).isEqualTo(size);
            assertThat(sha256(whole.toByteArray()))
                    .isEqualTo(artifact.path("sha256").asString());
            assertThat(first.header("ETag")).isNotEmpty().isEqualTo(second.header("ETag"));
        }

        @Test
        void the_digest_in_the_header_is_that_of_the_bytes() throws Exception {
            Answer whole = download.send();
            String digest = Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(whole.bytes()));
            assertThat(whole.header("Repr-Digest")).isEqualTo("sha-256=:" + digest + ":");
            assertThat(part("bytes=-10").header("Repr-Digest")).isEqualTo("sha-256=:" + digest + ":");
            assertThat(whole.header("Content-Length")).isEqualTo(Integer.toString(size));
        }

        @Test
        void the_head_is_that_of_the_whole() {
            Answer head = download.withMethod("HEAD").send();
            Answer whole = download.send();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.bytes()).isEmpty();
            for (String name : List.of(
                    "Content-Length", "Content-Type", "ETag", "Repr-Digest", "Accept-Ranges", "Content-Disposition")) {
                assertThat(head.header(name)).as(name).isNotEmpty().isEqualTo(whole.header(name));
            }
        }

        @Test
        void a_browser_saves_it_and_never_runs_it() {
            Answer whole = download.send();
            assertThat(whole.header("Content-Disposition"))
                    .startsWith("attachment")
                    .contains("numbers.txt");
            assertThat(whole.header("Content-Security-Policy")).contains("sandbox");
            assertThat(whole.header("X-Content-Type-Options")).isEqualTo("nosniff");
        }

        @Test
        void a_range_beyond_the_end_is_a_problem_that_says_where_the_end_is() {
            Answer beyond = part("bytes=" + size + "-");
            assertThat(beyond.status()).as("%s", beyond).isEqualTo(416);
            assertThat(beyond.slug()).isEqualTo("range-not-satisfiable");
            assertThat(beyond.header("Content-Type")).isEqualTo("application/problem+json");
            assertThat(beyond.header("Content-Range")).isEqualTo("bytes */" + size);
        }

        @Test
        void a_range_that_cannot_be_read_is_as_none() {
            for (String range : List.of("bytes=20-10", "lines=1-2", "bytes=a-b")) {
                Answer answer = part(range);
                assertThat(answer.status()).as("%s", answer.call()).isEqualTo(200);
                assertThat(answer.bytes()).hasSize(size);
            }
        }

        @Test
        void a_part_is_given_only_if_it_is_still_a_part_of_the_same() {
            String tag = download.send().header("ETag");
            Call part = download.withHeader("Range", "bytes=0-9");
            assertThat(part.withHeader("If-Range", tag).send().status()).isEqualTo(206);
            Answer changed = part.withHeader("If-Range", "\"another\"").send();
            assertThat(changed.status()).isEqualTo(200);
            assertThat(changed.bytes()).hasSize(size);
        }

        @Test
        void who_has_it_already_gets_nothing() {
            String run = artifact.path("run_id").asString();
            for (String path : List.of(download.path(), "/runs/" + run, "/jobs/rules/leaving")) {
                String tag = Call.get(path).send().header("ETag");
                assertThat(tag).as(path).startsWith("\"").endsWith("\"");
                for (String had : List.of(tag, "W/" + tag, "\"another\", " + tag)) {
                    Answer again =
                            Call.get(path).withHeader("If-None-Match", had).send();
                    assertThat(again.status()).as("%s %s", path, had).isEqualTo(304);
                    assertThat(again.bytes()).isEmpty();
                    assertThat(again.header("ETag")).isEqualTo(tag);
                }
            }
        }
    }
}
