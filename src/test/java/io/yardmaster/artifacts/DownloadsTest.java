package io.yardmaster.artifacts;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.kernel.Sha256;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.RawHttp;
import io.yardmaster.testkit.TestServer;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads as RFC 9110 and RFC 9530 have them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DownloadsTest {

    private static final byte[] BYTES = "0123456789".repeat(100).getBytes(StandardCharsets.US_ASCII);

    private final TestServer server = TestServer.shared();
    private final ApiClient client = server.client();
    private final String etag = "\"" + Sha256.of(BYTES).hex() + "\"";
    private final String digest =
            "sha-256=:" + Base64.getEncoder().encodeToString(Sha256.of(BYTES).bytes()) + ":";
    private String run = "";
    private String path = "";

    @BeforeAll
    void an_artifact_is_there() {
        server.job("downloads/waits").config("""
            name: Waits
            composition: steps
            steps:
              - {id: nap, type: sleep, for: 1h}
            """);
        run = client.run("downloads/waits", "{}");
        path = upload("digits.txt", "text/html; charset=utf-8");
    }

    private String upload(String name, String type) {
        ApiClient.Answer answer = client.put(
                "/runs/" + run + "/artifacts/" + name, BodyPublishers.ofByteArray(BYTES), "Content-Type", type);
        assertThat(answer.status()).as("%s", answer).isEqualTo(201);
        return "/artifacts/" + answer.json().path("id").asString();
    }

    @Test
    void the_whole_comes_with_all_that_tells_of_it_and_is_safe_in_a_browser() {
        HttpResponse<byte[]> answer = client.bytes(path);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(BYTES);
        assertHeader(answer, "ETag", etag);
        assertHeader(answer, "Repr-Digest", digest);
        assertHeader(answer, "Accept-Ranges", "bytes");
        assertHeader(answer, "Content-Length", "1000");
        assertHeader(answer, "Content-Type", "text/html;charset=utf-8");
        assertHeader(answer, "Content-Disposition", "attachment; filename=\"digits.txt\"");
        assertHeader(answer, "X-Content-Type-Options", "nosniff");
        assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
                .startsWith("sandbox;");
        assertHeader(answer, "Cross-Origin-Resource-Policy", "same-origin");
        assertThat(answer.headers().firstValue("Content-Range")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-9, 0, 9",
        "bytes=10-19, 10, 19",
        "bytes=990-, 990, 999",
        "bytes=-5, 995, 999",
        "bytes=0-, 0, 999",
        "bytes=500-99999999, 500, 999",
        "bytes=-99999999, 0, 999",
        "bytes=999-999, 999, 999",
    })
    void a_part_comes_as_that_part(String range, int first, int last) {
        HttpResponse<byte[]> answer = client.bytes(path, "Range", range);

        assertThat(answer.statusCode()).isEqualTo(206);
        assertThat(answer.body()).isEqualTo(Arrays.copyOfRange(BYTES, first, last + 1));
        assertHeader(answer, "Content-Range", "bytes " + first + "-" + last + "/1000");
        assertHeader(answer, "Content-Length", Integer.toString(last - first + 1));
        assertHeader(answer, "ETag", etag);
        assertHeader(answer, "Repr-Digest", digest);
        assertHeader(answer, "Content-Disposition", "attachment; filename=\"digits.txt\"");
        assertHeader(answer, "X-Content-Type-Options", "nosniff");
    }

    /** A server may answer so, and a client sees it by the status. */
    @ParameterizedTest
    @ValueSource(strings = {"bytes=0-9,20-29", "lines=0-9", "bytes=9-0", "bytes=a-b", "bytes=", "bytes", "bytes=-"})
    void several_parts_and_what_is_no_range_come_as_the_whole(String range) {
        HttpResponse<byte[]> answer = client.bytes(path, "Range", range);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(BYTES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=1000-", "bytes=1000-2000", "bytes=99999999-", "bytes=-0"})
    void a_part_of_which_nothing_is_there_is_refused(String range) {
        ApiClient.Answer answer = client.get(path, "Range", range);

        assertThat(answer.status()).as("%s", answer).isEqualTo(416);
        assertThat(answer.header("Content-Range")).isEqualTo("bytes */1000");
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.body()).contains("/problems/range-not-satisfiable");
    }

    @Test
    void a_range_counts_only_for_the_bytes_that_it_was_asked_of() {
        assertThat(client.bytes(path, "Range", "bytes=5-", "If-Range", etag).statusCode())
                .isEqualTo(206);
        for (String other : List.of("\"another\"", "W/" + etag, "Sun, 06 Nov 1994 08:49:37 GMT")) {
            HttpResponse<byte[]> answer = client.bytes(path, "Range", "bytes=5-", "If-Range", other);
            assertThat(answer.statusCode()).as(other).isEqualTo(200);
            assertThat(answer.body()).hasSize(1000);
        }
    }

    @Test
    void who_has_the_bytes_gets_none() {
        for (String had : List.of(etag, "W/" + etag, "\"another\", " + etag, "*")) {
            HttpResponse<byte[]> answer = client.bytes(path, "If-None-Match", had);
            assertThat(answer.statusCode()).as(had).isEqualTo(304);
            assertThat(answer.body()).isEmpty();
            assertHeader(answer, "ETag", etag);
            // Also before a range, even one that is not there.
            assertThat(client.bytes(path, "If-None-Match", had, "Range", "bytes=5000-")
                            .statusCode())
                    .isEqualTo(304);
        }
        assertThat(client.bytes(path, "If-None-Match", "\"another\"").statusCode())
                .isEqualTo(200);
        assertThat(client.bytes(path, "If-None-Match", "\"another\"", "Range", "bytes=0-4")
                        .statusCode())
                .isEqualTo(206);
    }

    @Test
    void head_tells_the_same_without_the_bytes() {
        ApiClient.Answer head = client.send("HEAD", path, null);

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("Content-Length")).isEqualTo("1000");
        assertThat(head.header("ETag")).isEqualTo(etag);
        assertThat(head.header("Repr-Digest")).isEqualTo(digest);
        assertThat(head.header("Accept-Ranges")).isEqualTo("bytes");
        assertThat(head.header("Content-Type")).isEqualTo("text/html;charset=utf-8");
        assertThat(client.send("HEAD", path, null, "Range", "bytes=0-1").status())
                .isEqualTo(200);
        assertThat(client.send("HEAD", path, null, "If-None-Match", etag).status())
                .isEqualTo(304);
        RawHttp.Answer raw = new RawHttp(server.port())
                .send(("HEAD /api/v1" + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                                + TestServer.DEV_TOKEN + "\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        assertThat(raw.body()).isEmpty();
    }

    @Test
    void a_name_cannot_leave_its_header_nor_the_folder_of_downloads() {
        String odd = upload("%E2%82%AC%20%22rates%22%3F.csv", "text/csv");

        assertHeader(
                client.bytes(odd),
                "Content-Disposition",
                "attachment; filename=\"_ _rates__.csv\"; filename*=UTF-8''%E2%82%AC%20_rates__.csv");
    }

    private static void assertHeader(HttpResponse<?> answer, String name, String value) {
        assertThat(answer.headers().firstValue(name)).as(name).contains(value);
    }
}
