package io.yardmaster.artifacts;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.kernel.Sha256;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.RawHttp;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class UploadsTest {

    private static final int LARGEST = 4 << 20;

    private final TestServer server = TestServer.shared();
    private final ApiClient client = server.client();
    private String run = "";

    @BeforeEach
    void a_run_waits() {
        server.job("uploads/waits").config("""
            name: Waits
            composition: steps
            steps:
              - {id: nap, type: sleep, for: 1h}
            """);
        run = client.run("uploads/waits", "{}");
        client.await(run, one -> one.path("status").asString().equals("waiting"));
    }

    @Test
    void what_was_uploaded_is_an_artifact_of_its_run_as_if_a_step_had_left_it() {
        byte[] bytes = random(3_000_000);

        Answer answer = put("coverage.xml", bytes, "Content-Type", "application/vnd.coverage+xml");

        assertThat(answer.status()).as("%s", answer).isEqualTo(201);
        JsonNode artifact = answer.json();
        assertThat(answer.header("Location"))
                .isEqualTo("/api/v1/artifacts/" + artifact.path("id").asString());
        assertThat(artifact.path("run_id").asString()).isEqualTo(run);
        assertThat(artifact.path("name").asString()).isEqualTo("coverage.xml");
        assertThat(artifact.path("media_type").asString()).isEqualTo("application/vnd.coverage+xml");
        assertThat(artifact.path("size_bytes").asLong()).isEqualTo(bytes.length);
        assertThat(artifact.path("sha256").asString())
                .isEqualTo(Sha256.of(bytes).hex());
        assertThat(artifact.has("step_id")).isFalse();
        assertThat(client.get("/artifacts?run_id=" + run)
                        .json()
                        .path("artifacts")
                        .path(0))
                .isEqualTo(artifact);
        assertThat(client.bytes("/artifacts/" + artifact.path("id").asString()).body())
                .isEqualTo(bytes);
        JsonNode event = created(1).getFirst();
        assertThat(event.path("artifact_id").asString())
                .isEqualTo(artifact.path("id").asString());
        assertThat(event.path("sha256").asString()).isEqualTo(Sha256.of(bytes).hex());
    }

    @Test
    void a_run_that_waits_goes_on_waiting() {
        put("one.txt", random(10));
        put("two.txt", random(10));

        created(2);
        assertThat(client.events(run).stream().map(event -> event.path("type").asString()))
                .endsWith("run.waiting", "artifact.created", "artifact.created")
                .doesNotContain("run.resumed");
        assertThat(client.get("/runs/" + run).json().path("status").asString()).isEqualTo("waiting");
    }

    @Test
    void a_run_that_has_not_begun_and_one_that_is_paused_tell_of_it_too() {
        run = client.post("/runs", "{\"job_id\": \"uploads/waits\", \"not_before\": \"2126-01-31T08:00:00Z\"}")
                .json()
                .path("run_id")
                .asString();
        put("early.txt", random(10));
        created(1);
        assertThat(client.get("/runs/" + run).json().path("status").asString()).isEqualTo("pending");

        a_run_waits();
        client.post("/runs/" + run + "/pause", "{}");
        client.await(run, one -> one.path("status").asString().equals("paused"));
        put("meanwhile.txt", random(10));
        created(1);
        assertThat(client.get("/runs/" + run).json().path("status").asString()).isEqualTo("paused");
        assertThat(client.post("/runs/" + run + "/resume", "{}").status()).isEqualTo(200);
        client.await(run, one -> one.path("status").asString().equals("waiting"));
        assertThat(created(1)).hasSize(1);
    }

    @Test
    void a_run_that_has_ended_takes_nothing_more() {
        client.post("/runs/" + run + "/cancel", "{}");
        client.awaitEnd(run);

        assertRefused(put("late.txt", random(10)), 409, "run-not-active");
        assertThat(names()).isEmpty();
    }

    @Test
    void without_a_media_type_the_name_tells() throws IOException {
        assertThat(put("report.html", random(10)).json().path("media_type").asString())
                .isEqualTo("text/html");
        assertThat(put("build.tgz", random(10)).json().path("media_type").asString())
                .isEqualTo("application/gzip");
        assertThat(put("unheard-of", random(10)).json().path("media_type").asString())
                .isEqualTo("application/octet-stream");
        assertThat(put("any", random(10), "Content-Type", "*/*")
                        .json()
                        .path("media_type")
                        .asString())
                .isEqualTo("application/octet-stream");
        String page = put("form", random(10), "Content-Type", "application/x-www-form-urlencoded")
                .json()
                .path("media_type")
                .asString();
        assertThat(page).isEqualTo("application/x-www-form-urlencoded");
        byte[] json = "{\"not\": \"looked at\"".getBytes(StandardCharsets.UTF_8);
        assertThat(put("half.json", json, "Content-Type", "application/json").status())
                .isEqualTo(201);
        assertThat(put("parts", json, "Content-Type", "multipart/form-data; boundary=x")
                        .status())
                .isEqualTo(201);
    }

    @Test
    void nothing_at_all_may_be_kept() {
        JsonNode artifact = client.put("/runs/" + run + "/artifacts/empty", BodyPublishers.noBody())
                .json();

        assertThat(artifact.path("size_bytes").asLong()).isZero();
        String path = "/artifacts/" + artifact.path("id").asString();
        assertThat(client.bytes(path).body()).isEmpty();
        assertRefused(client.get(path, "Range", "bytes=0-0"), 416, "range-not-satisfiable");
    }

    @Test
    void bytes_are_held_against_the_digests_that_were_sent() throws Exception {
        byte[] bytes = random(100_000);
        String right = "sha-256=:" + base64(Sha256.of(bytes).bytes()) + ":";
        String also = "sha-512=:" + base64(MessageDigest.getInstance("SHA-512").digest(bytes)) + ":";
        String wrong = "sha-256=:" + base64(new byte[32]) + ":";
        String alsoWrong = "sha-512=:" + base64(new byte[64]) + ":";

        assertThat(put("a", bytes, "Content-Digest", right).status()).isEqualTo(201);
        assertThat(put("b", bytes, "Content-Digest", right + ", " + also).status())
                .isEqualTo(201);
        assertThat(put("c", bytes, "Content-Digest", "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:, " + also)
                        .status())
                .isEqualTo(201);
        Answer refused = put("d", bytes, "Content-Digest", wrong);
        assertRefused(refused, 400, "digest-mismatch");
        assertThat(refused.json().path("calculated").asString())
                .isEqualTo(base64(Sha256.of(bytes).bytes()));
        assertRefused(put("e", bytes, "Content-Digest", right + "," + alsoWrong), 400, "digest-mismatch");
        for (String none : List.of(
                "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:",
                "sha-256=" + base64(new byte[32]),
                "sha-256=:AAAA:",
                "sha-256=:====:",
                "nonsense")) {
            assertRefused(put("f", bytes, "Content-Digest", none), 400, "validation-error");
        }
        assertThat(names()).containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    void an_upload_that_breaks_off_leaves_nothing() {
        int before = blobs();
        RawHttp raw = new RawHttp(server.port());
        String head = "PUT /api/v1/runs/" + run + "/artifacts/%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                + TestServer.DEV_TOKEN + "\r\n%s\r\n\r\n";
        String half = "x".repeat(300_000);
        RawHttp.Answer short1 = raw.send(
                (head.formatted("short", "Content-Length: 600000") + half).getBytes(StandardCharsets.ISO_8859_1));
        RawHttp.Answer short2 = raw.send((head.formatted("chunks", "Transfer-Encoding: chunked") + "493e0\r\n" + half)
                .getBytes(StandardCharsets.ISO_8859_1));

        assertThat(short1.status()).isIn(0, 400);
        assertThat(short2.status()).isIn(0, 400);
        assertThat(names()).isEmpty();
        Awaitility.await().untilAsserted(() -> assertThat(incoming()).isEmpty());
        assertThat(blobs()).isEqualTo(before);
    }

    @Test
    void what_is_too_large_is_refused_whether_its_length_is_known_or_not() {
        int before = blobs();
        assertThat(put("just-fits", random(LARGEST)).status()).isEqualTo(201);
        byte[] bytes = random(LARGEST + 1);

        Answer known = put("known", bytes);
        assertRefused(known, 413, "artifact-too-large");
        assertThat(known.json().path("max_bytes").asLong()).isEqualTo(LARGEST);
        BodyPublisher chunks = BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(bytes));
        assertRefused(client.put("/runs/" + run + "/artifacts/unknown", chunks), 413, "artifact-too-large");

        assertThat(names()).containsExactly("just-fits");
        assertThat(incoming()).isEmpty();
        assertThat(blobs()).isEqualTo(before + 1);
    }

    @Test
    void names_that_are_none_are_refused() {
        for (String name : List.of("%20a", "a%20", "%E2%80%AEfdp.exe", "a".repeat(256))) {
            assertRefused(put(name, random(10)), 400, "validation-error");
        }
        for (String path : List.of("a%2Fb", "a%5Cb", "a%0Ab", "%00", "..", "a;b")) {
            assertRefused(put(path, random(10)), 400, "bad-request");
        }
        assertRefused(put("a?key_mode=mutable", random(10)), 400, "validation-error");
        assertRefused(put("a?key=%0A", random(10)), 400, "validation-error");
        assertRefused(put("a", random(10), "Content-Range", "bytes 0-9/20"), 400, "validation-error");
        assertThat(names()).isEmpty();

        assertThat(put("u%CC%88ber%20alles.txt", random(10)).json().path("name").asString())
                .isEqualTo("\u00fcber alles.txt");
    }

    @Test
    void the_same_once_more_is_the_same_artifact_and_other_bytes_are_another() {
        byte[] bytes = random(1_000);
        Answer first = put("report.txt", bytes);
        Answer again = put("report.txt", bytes);
        Answer other = put("report.txt", random(1_000));

        assertThat(List.of(first.status(), again.status(), other.status())).containsExactly(201, 200, 201);
        assertThat(again.json()).isEqualTo(first.json());
        assertThat(names()).containsExactly("report.txt", "report.txt");
        assertThat(created(2)).hasSize(2);
    }

    @Test
    void under_an_idempotency_key_it_is_done_once() {
        byte[] bytes = random(1_000);
        String key = UUID.randomUUID().toString();
        String digest = "sha-256=:" + base64(Sha256.of(bytes).bytes()) + ":";

        assertRefused(put("a", bytes, "Idempotency-Key", key), 400, "validation-error");
        Answer first = put("a", bytes, "Idempotency-Key", key, "Content-Digest", digest);
        Answer again = put("a", bytes, "Idempotency-Key", key, "Content-Digest", digest);
        Answer other = put(
                "a", random(1_000), "Idempotency-Key", key, "Content-Digest", "sha-256=:" + base64(new byte[32]) + ":");

        assertThat(first.status()).as("%s", first).isEqualTo(201);
        assertThat(again.status()).isEqualTo(201);
        assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(again.json()).isEqualTo(first.json());
        assertRefused(other, 422, "idempotency-mismatch");
        assertThat(names()).containsExactly("a");
    }

    @Test
    void an_immutable_key_is_used_once_and_free_again_when_its_artifact_is_gone() {
        String key = "builds/" + UUID.randomUUID();
        Answer first = put("one?key=" + key, random(10));
        assertThat(first.json().path("key").asString()).isEqualTo(key);
        assertThat(first.json().path("key_mode").asString()).isEqualTo("immutable");

        assertRefused(put("two?key=" + key, random(10)), 409, "artifact-key-taken");
        assertRefused(put("two?key_mode=mutable&key=" + key, random(10)), 409, "artifact-key-taken");
        assertThat(named(key)).hasSize(1);

        String id = first.json().path("id").asString();
        assertThat(client.send("DELETE", "/artifacts/" + id, null).status()).isEqualTo(204);
        assertRefused(client.get("/artifacts/" + id), 404, "artifact-not-found");
        assertThat(put("two?key=" + key, random(10)).status()).isEqualTo(201);
    }

    @Test
    void a_mutable_key_names_the_newest_and_remembers_the_others() {
        String key = "latest/" + UUID.randomUUID();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.addFirst(put("build?key_mode=mutable&key=" + key, random(10))
                    .json()
                    .path("id")
                    .asString());
        }

        assertThat(named(key)).isEqualTo(ids);
        assertRefused(put("build?key=" + key, random(10)), 409, "artifact-key-taken");
        client.send("DELETE", "/artifacts/" + ids.getFirst(), null);
        assertThat(named(key)).isEqualTo(ids.subList(1, 5));
    }

    @Test
    void of_many_who_use_one_immutable_key_at_the_same_time_one_gets_it() throws Exception {
        String key = "once/" + UUID.randomUUID();
        List<Callable<Integer>> uploads = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String name = "n" + i;
            uploads.add(() -> put(name + "?key=" + key, random(10)).status());
        }
        List<Integer> statuses = new ArrayList<>();
        try (var threads = Executors.newFixedThreadPool(20)) {
            for (var status : threads.invokeAll(uploads)) {
                statuses.add(status.get());
            }
        }
        assertThat(statuses).containsOnlyOnce(201).containsOnly(201, 409);
        assertThat(named(key)).hasSize(1);
    }

    @Test
    void bytes_of_a_deleted_artifact_stay_where_another_one_has_the_same() {
        byte[] bytes = random(5_000);
        String one = put("one", bytes).json().path("id").asString();
        String two = put("two", bytes).json().path("id").asString();

        client.send("DELETE", "/artifacts/" + one, null);

        assertThat(client.bytes("/artifacts/" + two).body()).isEqualTo(bytes);
        assertThat(names()).containsExactly("two");
    }

    @Test
    void others_neither_add_to_a_run_nor_delete_of_it() {
        ApiClient other = server.client(TestServer.OTHER_TENANT_TOKEN);
        String id = put("mine", random(10)).json().path("id").asString();

        assertRefused(
                other.put("/runs/" + run + "/artifacts/theirs", BodyPublishers.ofString("x")), 404, "run-not-found");
        assertRefused(other.send("DELETE", "/artifacts/" + id, null), 404, "artifact-not-found");
        assertThat(names()).containsExactly("mine");
    }

    private Answer put(String name, byte[] bytes, String... headers) {
        return client.put("/runs/" + run + "/artifacts/" + name, BodyPublishers.ofByteArray(bytes), headers);
    }

    private static void assertRefused(Answer answer, int status, String slug) {
        assertThat(answer.status()).as("%s", answer).isEqualTo(status);
        assertThat(answer.json().path("type").asString()).as("%s", answer).isEqualTo("/problems/" + slug);
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        client.get("/artifacts?run_id=" + run)
                .json()
                .path("artifacts")
                .forEach(artifact -> names.add(artifact.path("name").asString()));
        return names;
    }

    private List<String> named(String key) {
        List<String> ids = new ArrayList<>();
        client.get("/artifacts?key=" + key)
                .json()
                .path("artifacts")
                .forEach(artifact -> ids.add(artifact.path("id").asString()));
        return ids;
    }

    /** Waits for so many events. */
    private List<JsonNode> created(int count) {
        return Awaitility.await()
                .until(
                        () -> client.events(run).stream()
                                .filter(event -> event.path("type").asString().equals("artifact.created"))
                                .toList(),
                        events -> events.size() >= count);
    }

    private int blobs() {
        try (var files = Files.walk(server.dataDirectory().resolve("blobs"))) {
            return (int) files.filter(file -> Files.isRegularFile(file)
                            && file.getName(file.getNameCount() - 2).toString().length() == 2)
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> incoming() {
        try (var files = Files.walk(server.dataDirectory().resolve("blobs").resolve("incoming"))) {
            return files.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random().nextBytes(bytes);
        return bytes;
    }
}
