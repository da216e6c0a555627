package io.yardmaster;

import static io.yardmaster.RawRequest.get;
import static io.yardmaster.RawRequest.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.yardmaster.problems.ProblemType;
import io.yardmaster.testkit.RawHttp;
import io.yardmaster.testkit.RawHttp.Answer;
import io.yardmaster.testkit.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Requests that are wrong in as many ways as we could think of, each answered with the right problem. */
class MalformedRequestsTest {

    private static final String RUNS = "/api/v1/runs";
    private static final String JOB = "/api/v1/jobs/hello-world";
    private static final String NOBODYS = "01JD3M5ZK8Q2W4X6Y7A9B0C1DE";
    private static final String CANCEL = RUNS + "/run_" + NOBODYS + "/cancel";
    private static final String BODY = "{\"job_id\": \"hello-world\"}";
    private static final int MIB = 1 << 20;

    private final RawHttp server = new RawHttp(TestServer.shared().port());
    private final Map<String, List<Row>> rows = new LinkedHashMap<>();
    private List<Row> group = List.of();

    /**
     * A request and what it is answered with.
     *
     * @param says what the detail has to hold
     */
    private record Row(String name, RawRequest request, ProblemType type, String says) {}

    @TestFactory
    Stream<DynamicContainer> each_malformed_request_is_answered_with_its_problem() {
        bodies();
        bodiesOnTheWire();
        headers();
        tokens();
        hosts();
        paths();
        ids();
        queries();
        cursors();
        methods();
        mediaTypes();
        requestLines();
        assertThat(rows.values().stream().mapToInt(List::size).sum()).isGreaterThan(100);
        return rows.entrySet().stream()
                .map(entry -> dynamicContainer(
                        entry.getKey(),
                        entry.getValue().stream().map(row -> dynamicTest(row.name(), () -> check(row)))));
    }

    private void check(Row row) {
        Answer answer = server.send(row.request().bytes());
        String detail = WholeProblem.check(answer, row.type()).path("detail").asString();
        assertThat(detail).as("%s", answer).contains(row.says());
        assertThat(detail).hasSizeLessThan(600);
        assertThat(answer.header("Connection"))
                .as("says that it closes: %s", answer)
                .isEqualTo("close");
        if (row.type() == ProblemType.METHOD_NOT_ALLOWED) {
            assertThat(answer.header("Allow")).contains("GET");
        }
        if (row.type() == ProblemType.UNAUTHORIZED) {
            assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
        }
    }

    private void bodies() {
        group("a body");
        invalid("that is empty", post(RUNS, ""), "needs a body");
        malformed("that is white space", post(RUNS, "  \n "), "white space");
        malformed("that is no JSON", post(RUNS, "job_id=hello-world"), "line 1, column");
        malformed("that is cut off", post(RUNS, "{\"job_id\": \"hello"), "");
        malformed("that is cut off between values", post(RUNS, "{\"job_id\":"), "ends before");
        malformed("with something behind it", post(RUNS, BODY + " x"), "line 1");
        malformed("with another behind it", post(RUNS, BODY + BODY), "goes on");
        malformed("with a property twice", post(RUNS, "{\"job_id\": \"a\", \"job_id\": \"b\"}"), "twice");
        malformed("with a property twice further in", post(RUNS, "{\"args\": {\"a\": 1, \"a\": 2}}"), "twice");
        malformed("with a byte order mark", post(RUNS, "\ufeff" + BODY), "byte order mark");
        malformed(
                "in UTF-16",
                RawRequest.of("POST", RUNS)
                        .header("Content-Type: application/json")
                        .body(BODY.getBytes(StandardCharsets.UTF_16)),
                "UTF-8");
        malformed(
                "in UTF-16 without a mark",
                RawRequest.of("POST", RUNS)
                        .header("Content-Type: application/json")
                        .body(BODY.getBytes(StandardCharsets.UTF_16LE)),
                "line 1");
        malformed(
                "in Latin-1",
                RawRequest.of("POST", RUNS)
                        .header("Content-Type: application/json")
                        .body("{\"job_id\": \"\u00e4\"}".getBytes(StandardCharsets.ISO_8859_1)),
                "UTF-8");
        malformed(
                "with a surrogate in UTF-8",
                RawRequest.of("POST", RUNS)
                        .header("Content-Type: application/json")
                        .body(new byte[] {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'}),
                "UTF-8");
        malformed(
                "with an overlong UTF-8 sequence",
                RawRequest.of("POST", RUNS)
                        .header("Content-Type: application/json")
                        .body(new byte[] {'"', (byte) 0xc0, (byte) 0xaf, '"'}),
                "UTF-8");
        invalid(
                "with half a surrogate pair",
                post(RUNS, "{\"job_id\": \"hello-world\", \"external_id\": \"\\ud800\"}"),
                "/external_id");
        invalid(
                "with a NUL in a text",
                post(RUNS, "{\"job_id\": \"hello-world\", \"args\": {\"name\": \"a\\u0000b\"}}"),
                "/args/name");
        invalid(
                "with a NUL in a name",
                post(RUNS, "{\"job_id\": \"hello-world\", \"labels\": {\"\\u0000\": \"x\"}}"),
                "U+0000");
        malformed("with a raw control character", post(RUNS, "{\"job_id\": \"a\tb\"}"), "line 1");
        malformed("with a comment", post(RUNS, "/* all */ " + BODY), "line 1");
        malformed("with a trailing comma", post(RUNS, "{\"job_id\": \"a\",}"), "line 1");
        malformed("with single quotes", post(RUNS, "{'job_id': 'a'}"), "line 1");
        malformed("with names without quotes", post(RUNS, "{job_id: 1}"), "line 1");
        malformed("that is nested too deeply", post(RUNS, "[".repeat(70) + "]".repeat(70)), "64 deep");
        malformed("that is nested very deeply", post(RUNS, "{\"a\":".repeat(100_000)), "64 deep");
        invalid(
                "with a number that is too large",
                post(RUNS, "{\"job_id\": \"hello-world\", \"priority\": 1e5000}"),
                "/priority is too large");
        invalid(
                "with a number that is too small",
                post(RUNS, "{\"job_id\": \"hello-world\", \"args\": {\"name\": -1e-999999999}}"),
                "/args/name is too large");
        malformed(
                "with a number of 400 digits", post(RUNS, "{\"priority\": " + "9".repeat(400) + "}"), "100 characters");
        malformed("with NaN", post(RUNS, "{\"priority\": NaN}"), "line 1");
        malformed("with Infinity", post(RUNS, "{\"priority\": -Infinity}"), "line 1");
        malformed("with a number that begins with zero", post(RUNS, "{\"priority\": 007}"), "line 1");
        malformed("with a hexadecimal number", post(RUNS, "{\"priority\": 0x1F}"), "line 1");
        invalid("with a fraction for a whole number", post(RUNS, submission("\"priority\": 1.5")), "a whole number");
        malformed("with a name that is too long", post(RUNS, "{\"" + "n".repeat(5_000) + "\": 1}"), "1000 characters");
        invalid(
                "with a text that is too long",
                post(RUNS, "{\"job_id\": \"" + "n".repeat(300_000) + "\"}"),
                "at most 255");
        invalid(
                "with a list of 100,000 where there should be text",
                post(RUNS, submission("\"args\": {\"name\": [" + "1,".repeat(99_999) + "1]}")),
                "/args/name must be text");
        invalid("with 20,000 properties that are not known", post(RUNS, manyProperties()), "100 things");
        invalid("with a number of 300 digits", post(RUNS, submission("\"priority\": 1e300")), "at most 100");
        invalid("that is a list", post(RUNS, "[" + BODY + "]"), "must be an object");
        invalid("that is null", post(RUNS, "null"), "must be an object");
        invalid("that is text", post(RUNS, "\"hello-world\""), "must be an object");
        invalid("with a property that is not known", post(RUNS, submission("\"colour\": 1")), "/colour");
        invalid("with null for an object", post(RUNS, submission("\"args\": null")), "/args must be an object");
        invalid("with a priority out of range", post(RUNS, submission("\"priority\": 101")), "at most 100");
        invalid("with a time that is none", post(RUNS, submission("\"not_before\": \"tomorrow\"")), "RFC 3339");
        invalid(
                "with a duration that is none",
                post(RUNS, submission("\"timeouts\": {\"run\": \"1 h\"}")),
                "such as 500ms");
        invalid(
                "with a profile that is none",
                post(RUNS, submission("\"security_profile\": \"lax\"")),
                "one of secure");
        invalid(
                "with a label's name that is none",
                post(RUNS, submission("\"labels\": {\"UP\": \"x\"}")),
                "lower-case letter");
        invalid("with too many labels", post(RUNS, submission("\"labels\": {" + manyLabels() + "}")), "at most 64");
        invalid(
                "with a job and a plan",
                post(RUNS, submission("\"plan_id\": \"plan_" + NOBODYS + "\"")),
                "cannot go with");
        invalid("with neither a job nor a plan", post(RUNS, "{}"), "Name what to run");
        invalid("with both spellings of the job", post(RUNS, submission("\"job\": \"x\"")), "only one");
        invalid(
                "with an argument of another type",
                post(RUNS, submission("\"args\": {\"name\": 5}")),
                "/args/name must be text");
        invalid(
                "with an argument the job does not have",
                post(RUNS, submission("\"args\": {\"nome\": \"x\"}")),
                "'name'");
        invalid("with an argument missing", post(RUNS, "{\"job_id\": \"backup/daily\"}"), "/args/target is required");
        row(
                "with another tenant",
                post(RUNS, submission("\"tenant\": \"other\"")),
                ProblemType.PERMISSION_DENIED,
                "Leave tenant out");
        tooLarge("over 1 MiB", post(RUNS, " ".repeat(MIB + 1)), "1048576 bytes");
        tooLarge(
                "over 1 MiB in chunks",
                RawRequest.of("POST", RUNS)
                        .header("Content-Type: application/json")
                        .header("Transfer-Encoding: chunked")
                        .content(("10000\r\n" + " ".repeat(65_536) + "\r\n").repeat(20) + "0\r\n\r\n"),
                "1048576 bytes");
        invalid("where none belongs", get(RUNS).body("hello"), "takes no body");
        invalid("of another form for an operation that needs none", post(CANCEL, "[]"), "must be an object");
    }

    private void bodiesOnTheWire() {
        group("a body on the wire");
        String json = "Content-Type: application/json";
        bad(
                "that is shorter than Content-Length",
                RawRequest.of("POST", RUNS)
                        .header(json)
                        .header("Content-Length: 500")
                        .content(BODY),
                "ends before its Content-Length");
        malformed(
                "that is longer than Content-Length",
                RawRequest.of("POST", RUNS)
                        .header(json)
                        .header("Content-Length: 5")
                        .content(BODY),
                "ends before its JSON");
        bad(
                "with a negative Content-Length",
                RawRequest.of("POST", RUNS).header(json).header("Content-Length: -1"),
                "Content-Length");
        bad(
                "with words in Content-Length",
                RawRequest.of("POST", RUNS).header(json).header("Content-Length: many"),
                "Content-Length");
        bad(
                "with a Content-Length no computer has",
                RawRequest.of("POST", RUNS).header(json).header("Content-Length: " + "9".repeat(30)),
                "");
        tooLarge(
                "with the largest Content-Length",
                RawRequest.of("POST", RUNS).header(json).header("Content-Length: " + Long.MAX_VALUE),
                "1048576 bytes");
        bad(
                "with two Content-Lengths",
                RawRequest.of("POST", RUNS)
                        .header(json)
                        .header("Content-Length: 3")
                        .header("Content-Length: 4")
                        .content("abcd"),
                "Content-Length");
        bad(
                "with both Content-Length and Transfer-Encoding",
                RawRequest.of("POST", RUNS)
                        .header(json)
                        .header("Content-Length: 5")
                        .header("Transfer-Encoding: chunked")
                        .content("0\r\n\r\n"),
                "both");
        for (Map.Entry<String, String> chunks : Map.of(
                        "with a chunk whose length is none", "zz\r\nabc\r\n0\r\n\r\n",
                        "with a chunk of a negative length", "-5\r\nabc\r\n0\r\n\r\n",
                        "with a chunk of an endless length", "FFFFFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n",
                        "with a chunk longer than its length", "5\r\nabcdefghi\r\n0\r\n\r\n",
                        "with chunks that break off", "5\r\nab")
                .entrySet()) {
            bad(
                    chunks.getKey(),
                    RawRequest.of("POST", RUNS)
                            .header(json)
                            .header("Transfer-Encoding: chunked")
                            .content(chunks.getValue()),
                    "chunks");
        }
        bad(
                "with gzip as its only Transfer-Encoding",
                RawRequest.of("POST", RUNS)
                        .header(json)
                        .header("Transfer-Encoding: gzip")
                        .content("abc"),
                "Transfer-Encoding");
        row(
                "with gzip under its chunks",
                RawRequest.of("POST", RUNS)
                        .header(json)
                        .header("Transfer-Encoding: gzip, chunked")
                        .content("0\r\n\r\n"),
                ProblemType.BAD_REQUEST,
                "plain chunks");
        bad(
                "that is chunked twice",
                RawRequest.of("POST", RUNS)
                        .header(json)
                        .header("Transfer-Encoding: chunked, chunked")
                        .content("0\r\n\r\n"),
                "Transfer-Encoding");
        bad(
                "with a Transfer-Encoding that nobody knows",
                RawRequest.of("POST", RUNS)
                        .header(json)
                        .header("Transfer-Encoding: xchunked")
                        .content("0\r\n\r\n"),
                "Transfer-Encoding");
        unsupported(
                "that is compressed",
                RawRequest.of("POST", RUNS)
                        .header(json)
                        .header("Content-Encoding: gzip")
                        .body(gzip(BODY)),
                "Content-Encoding");
        bad("with an Expect that nobody knows", post(RUNS, BODY).header("Expect: coffee"), "Expect");
        row(
                "that an unknown caller is about to send",
                RawRequest.of("POST", RUNS)
                        .without("Authorization")
                        .header(json)
                        .header("Content-Length: 900000")
                        .header("Expect: 100-continue"),
                ProblemType.UNAUTHORIZED,
                "token");
    }

    private void headers() {
        group("a header");
        bad("with a control character", get(RUNS).header("X-Any: a\u0001b"), "A header");
        bad("with a NUL", get(RUNS).header("X-Any: a\0b"), "A header");
        bad("that is folded", get(RUNS).header("X-Any: a\r\n b"), "one line");
        bad("without a colon", get(RUNS).header("X-Any"), "colon");
        bad("with a space before the colon", get(RUNS).header("X-Any : b"), "");
        bad("without a name", get(RUNS).header(": b"), "A header");
        bad("with a name that is none", get(RUNS).header("X(Any): b"), "A header");
        row("that is too long", get(RUNS).header("X-Any: " + "x".repeat(20_000)), ProblemType.HEADER_TOO_LARGE, "less");
        row("of a thousand", manyHeaders(), ProblemType.HEADER_TOO_LARGE, "less");
        bad("Origin twice", get(RUNS).header("Origin: http://localhost").header("Origin: http://evil.test"), "Origin");
        bad("Upgrade without Connection", get(RUNS).header("Upgrade: websocket"), "upgrade");
        bad("Content-Type twice", post(RUNS, BODY).header("Content-Type: text/plain"), "Content-Type");
        bad("Range twice", get(RUNS).header("Range: bytes=0-1").header("Range: bytes=2-3"), "Range");
        row(
                "Accept with a type it does not have",
                get(RUNS).header("Accept: image/png"),
                ProblemType.NOT_ACCEPTABLE,
                "application/json");
        row("Accept that is none", get(RUNS).header("Accept: json"), ProblemType.NOT_ACCEPTABLE, "Accept");
        row(
                "Accept with an odd weight",
                get(RUNS).header("Accept: application/json;q=7"),
                ProblemType.NOT_ACCEPTABLE,
                "Accept");
        row(
                "Accept of a thousand types",
                get(RUNS).header("Accept: " + "a/b,".repeat(3_000) + "a/b"),
                ProblemType.NOT_ACCEPTABLE,
                "Accept");
        invalid("If-None-Match without quotes", get(JOB).header("If-None-Match: abc"), "If-None-Match");
        invalid("If-None-Match with one quote", get(JOB).header("If-None-Match: \"abc"), "If-None-Match");
        invalid(
                "If-None-Match that is too long",
                get(JOB).header("If-None-Match: \"" + "x".repeat(2_000) + "\""),
                "at most");
        invalid("Last-Event-ID that is none", get("/api/v1/events/runs").header("Last-Event-ID: then"), "position");
        bad(
                "Last-Event-ID twice",
                get("/api/v1/events/runs").header("Last-Event-ID: 1").header("Last-Event-ID: 2"),
                "Last-Event-ID");
        row(
                "Origin of another site",
                get(RUNS).header("Origin: https://evil.example.test"),
                ProblemType.PERMISSION_DENIED,
                "origin");
        row("Origin of nobody", get(RUNS).header("Origin: null"), ProblemType.PERMISSION_DENIED, "origin");
        row("Origin that is none", get(RUNS).header("Origin: ://"), ProblemType.PERMISSION_DENIED, "origin");
    }

    private void tokens() {
        group("a token");
        unauthorized("that is missing", get(RUNS).without("Authorization"), "Authorization: Bearer");
        unauthorized("that is empty", token(""), "");
        unauthorized("that is only the word Bearer", token("Bearer"), "the word Bearer, a space and a token");
        unauthorized("of two words", token("Bearer a b"), "the word Bearer");
        unauthorized("with a quote", token("Bearer \"a"), "the word Bearer");
        unauthorized("with a letter that is not ASCII", token("Bearer \u00fc"), "the word Bearer");
        unauthorized("of another scheme", token("Basic dXNlcjpwYXNz"), "Authorization: Bearer");
        unauthorized("that nobody knows", token("Bearer nonsense"), "no JSON Web Token");
        unauthorized("of 12,000 letters", token("Bearer " + "a".repeat(12_000)), "no JSON Web Token");
        unauthorized("that nobody signed", token("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."), "not signed");
        unauthorized("whose parts are none", token("Bearer a.b.c"), "");
        bad("twice", get(RUNS).header("Authorization: Bearer dev-token"), "more than once");
        bad("and another as API key", get(RUNS).header("X-API-Key: other"), "different tokens");
        bad("in the URL", get(RUNS + "?access_token=dev-token"), "in the URL");
        bad("in the URL alone", get(RUNS + "?limit=1&access_token=dev-token").without("Authorization"), "in the URL");
        row("that may not", token("Bearer " + TestServer.POWERLESS_TOKEN), ProblemType.PERMISSION_DENIED, "runs:read");
    }

    private void hosts() {
        group("a host");
        bad("that is missing", get(RUNS).without("Host"), "no Host header");
        bad("that is empty", get(RUNS).without("Host").header("Host: "), "empty");
        bad("twice", get(RUNS).header("Host: localhost"), "more than once");
        bad("with a space", get(RUNS).without("Host").header("Host: a b"), "Host");
        bad("with a port that is none", get(RUNS).without("Host").header("Host: localhost:99999"), "Host");
        bad("that the request line contradicts", get("http://evil.example.test" + RUNS), "another host");
        row(
                "that is not this machine",
                get(RUNS).without("Host").header("Host: evil.example.test"),
                ProblemType.HOST_NOT_ALLOWED,
                "localhost");
    }

    private void paths() {
        group("a path");
        bad("with a percent sign alone", get("/api/v1/jobs/a%"), "%");
        bad("with a percent sign and letters", get("/api/v1/jobs/%zz"), "%");
        bad("with an encoded NUL", get("/api/v1/jobs/a%00b"), "");
        bad("with an encoded slash", get("/api/v1/runs%2Fx"), "%2F");
        bad("with an encoded slash too many", get("/api/v1/jobs/a%2Fb%2Fc"), "%2F");
        bad("with encoded dots", get("/api/v1/%2e%2e/jobs"), "dots");
        bad("with dots", get("/api/v1/runs/../jobs"), "dots");
        bad("with a dot", get("/api/v1/./jobs"), "dots");
        bad("with two slashes", get("/api/v1//jobs"), "two slashes");
        bad("that was encoded twice", get("/api/v1/jobs/a%252Fb"), "encoded twice");
        bad("with a backslash", get("/api/v1/jobs/a\\b"), "");
        bad("with an encoded backslash", get("/api/v1/jobs/a%5Cb"), "backslash");
        bad("with an encoded line break", get("/api/v1/jobs/a%0d%0ab"), "control character");
        bad("with a semicolon", get("/api/v1/jobs;x=1/a"), "semicolon");
        bad("with an encoded semicolon", get("/api/v1/jobs/a%3Bb"), "");
        bad("with UTF-8 that is not encoded", get("/api/v1/jobs/\u00c3\u00a4"), "Percent-encode");
        bad("that is not UTF-8", get("/api/v1/jobs/%ff"), "UTF-8");
        bad("with a quote", get("/api/v1/jobs/\"a\""), "Percent-encode");
        bad("with a fragment", get(RUNS + "#top"), "fragment");
        bad("that is a star", get("*"), "");
        bad("without a slash", get("api/v1/runs"), "");
        notFound("that nothing is at", get("/api/v1/nothing"));
        notFound("with a slash at its end", get(RUNS + "/"));
        notFound("outside the API", get("/nope").without("Authorization"));
        notFound("of a well-known file", get("/.env").without("Authorization"));
        notFound("of the server's inside", get("/actuator/env").without("Authorization"));
        row("that is too long", get("/api/v1/" + "x".repeat(20_000)), ProblemType.URI_TOO_LONG, "Shorten");
    }

    private void ids() {
        group("an id");
        row("of another type", get(RUNS + "/artifact_" + NOBODYS), ProblemType.RUN_NOT_FOUND, "artifact_");
        row(
                "in lower case",
                get(RUNS + "/run_" + NOBODYS.toLowerCase(java.util.Locale.ROOT)),
                ProblemType.RUN_NOT_FOUND,
                "");
        row("with its type in upper case", get(RUNS + "/RUN_" + NOBODYS), ProblemType.RUN_NOT_FOUND, "");
        row("that is too short", get(RUNS + "/run_01"), ProblemType.RUN_NOT_FOUND, "run_01");
        row("that is too long", get(RUNS + "/run_" + NOBODYS + "0"), ProblemType.RUN_NOT_FOUND, "");
        row("of more bits than an id has", get(RUNS + "/run_8" + NOBODYS.substring(1)), ProblemType.RUN_NOT_FOUND, "");
        row("of 10,000 letters", get(RUNS + "/" + "x".repeat(10_000)), ProblemType.RUN_NOT_FOUND, "…");
        row("of a plan that is none", get("/api/v1/plans/run_" + NOBODYS), ProblemType.PLAN_NOT_FOUND, "");
        row("of an artifact that is none", get("/api/v1/artifacts/x%20y"), ProblemType.ARTIFACT_NOT_FOUND, "");
        row("of a job that is none", get("/api/v1/jobs/%C3%A4"), ProblemType.JOB_NOT_FOUND, "no job can have this id");
        row("of a job in capitals", get("/api/v1/jobs/Hello-World"), ProblemType.JOB_NOT_FOUND, "");
        row(
                "of a step that is none",
                get(RUNS + "/run_" + NOBODYS + "/steps/%E2%82%AC"),
                ProblemType.RUN_NOT_FOUND,
                "");
        bad("with an encoded dot at its end", get("/api/v1/jobs/hello-world%2e"), "%2E");
    }

    private void queries() {
        group("a query");
        invalid("with a parameter that is not known", get(RUNS + "?colour=red"), "The parameters are");
        invalid("with a name of 9,000 letters", get(RUNS + "?" + "x".repeat(9_000) + "=1"), "…");
        invalid("with a parameter twice", get(RUNS + "?limit=1&limit=2"), "only once");
        invalid("with a word for a number", get(RUNS + "?limit=ten"), "a whole number");
        invalid("with an empty number", get(RUNS + "?limit="), "a whole number");
        invalid("with a number too large for any computer", get(RUNS + "?limit=" + "9".repeat(40)), "a whole number");
        invalid("with a number out of range", get(RUNS + "?limit=100000"), "at most 1000");
        invalid("with a number below its range", get(RUNS + "?limit=0"), "at least 1");
        invalid("with a word that is none of those known", get(RUNS + "?status=lost"), "one of pending");
        invalid("with a time that is none", get(RUNS + "?created_after=yesterday"), "RFC 3339");
        invalid("with an order that is none", get(RUNS + "?order=random"), "one of");
        invalid("with a NUL", get(RUNS + "?external_id=a%00b"), "U+0000");
        invalid("with a job id that is none", get(RUNS + "?job_id=No%20Job"), "such as hello-world");
        invalid("with too many values", get(RUNS + "?" + "status=failed&".repeat(50)), "");
        invalid("with an offset out of range", get(RUNS + "?offset=999999"), "at most");
        bad("that is not percent-encoded", get(RUNS + "?job_id=%zz"), "percent-encoded");
        bad("that is not UTF-8", get(RUNS + "?job_id=%ff"), "UTF-8");
        row("that is too long", get(RUNS + "?job_id=" + "x".repeat(20_000)), ProblemType.URI_TOO_LONG, "Shorten");
    }

    private void cursors() {
        group("a cursor");
        for (String token :
                List.of("x", "%25%25%25", "AAAA", "eyJhIjoxfQ", "-1", "run_" + NOBODYS + "x", "%F0%9F%9A%80")) {
            invalid("page_token " + token, get(RUNS + "?page_token=" + token), "page_token");
        }
        invalid("page_token that is empty", get(RUNS + "?page_token="), "page_token");
        invalid("page_token that is too long", get(RUNS + "?page_token=" + "A".repeat(2_000)), "at most");
        invalid("page_token of jobs", get("/api/v1/jobs?page_token=%2e%2e"), "page_token");
        invalid("page_token of artifacts", get("/api/v1/artifacts?page_token=x"), "page_token");
        invalid("after_seq below its range", get(RUNS + "/run_" + NOBODYS + "/events?after_seq=-1"), "after_seq");
        invalid("after_seq that is no number", get(RUNS + "/run_" + NOBODYS + "/events?after_seq=1e3"), "after_seq");
        invalid("of all events that is none", get("/api/v1/events/runs?cursor=x"), "");
    }

    private void methods() {
        group("a method");
        notAllowed("that the path does not have", RawRequest.of("DELETE", RUNS));
        notAllowed("PATCH where there is none", RawRequest.of("PATCH", JOB));
        notAllowed("POST where there is only GET", post("/api/v1/health", "{}"));
        notAllowed("TRACE", RawRequest.of("TRACE", RUNS));
        notAllowed("that nobody knows", RawRequest.of("BREW", RUNS));
        notAllowed("in lower case", RawRequest.of("get", RUNS));
        notAllowed("of WebDAV", RawRequest.of("PROPFIND", RUNS));
        bad("CONNECT to another host", RawRequest.of("CONNECT", "evil.example.test:443"), "");
        notAllowed(
                "CONNECT to this host",
                RawRequest.of("CONNECT", "localhost:80").without("Host").header("Host: localhost:80"));
        bad("with a control character", RawRequest.of("G\u0001T", RUNS), "request line");
        bad("that is missing", get(RUNS).line(" " + RUNS + " HTTP/1.1"), "request line");
    }

    private void mediaTypes() {
        group("a media type");
        for (String type : List.of(
                "text/plain",
                "application/xml",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/json; charset=utf-16",
                "application/json; charset=nonsense",
                "application/vnd.api+json",
                "*/*",
                "json",
                "a/b/c",
                "\u00fc/\u00fc")) {
            unsupported(
                    type,
                    RawRequest.of("POST", RUNS).header("Content-Type: " + type).body(BODY),
                    "");
        }
        unsupported("that is missing", RawRequest.of("POST", RUNS).body(BODY), "application/json");
    }

    private void requestLines() {
        group("a request line");
        bad("of HTTP/9.9", get(RUNS).line("GET " + RUNS + " HTTP/9.9"), "HTTP/1.1");
        bad("of HTTP/2 without a word", get(RUNS).line("GET " + RUNS + " HTTP/2.0"), "HTTP/1.1");
        bad("of HTTP/0.9", get(RUNS).line("GET " + RUNS), "");
        bad("of another protocol", get(RUNS).line("GET " + RUNS + " GOPHER"), "HTTP/1.1");
        bad("that is garbage", get(RUNS).line("\u0016\u0003\u0001\u0002"), "request line");
        bad("with only a word", get(RUNS).line("GARBAGE"), "request line");
        bad("with a space in the path", get(RUNS).line("GET /api/v1/jobs/a b HTTP/1.1"), "");
        bad("with a tab for a space", get(RUNS).line("GET\t" + RUNS + "\tHTTP/1.1"), "");
        bad("with a user", get("http://user:secret@localhost" + RUNS), "");
        bad("of TLS", get(RUNS).line("\u0016\u0003\u0001\u0000\u00f4\u0001"), "request line");
    }

    @Test
    void what_looks_odd_and_is_allowed_is_answered() {
        succeeds("a request id that is not plain is replaced", get(RUNS).header("X-Request-Id: a b<script>"));
        succeeds(
                "a request id sent twice is replaced",
                get(RUNS).header("X-Request-Id: a").header("X-Request-Id: b"));
        succeeds("a trace that is none is ignored", get(RUNS).header("traceparent: zzz"));
        succeeds("a preference that nobody knows is ignored", get(RUNS).header("Prefer: coffee=black"));
        succeeds("a range of a list is ignored", get(RUNS).header("Range: bytes=zz"));
        succeeds("a cookie is ignored", get(RUNS).header("Cookie: ;;;="));
        succeeds(
                "an upgrade is not taken",
                get(RUNS)
                        .without("Connection")
                        .header("Connection: Upgrade, close")
                        .header("Upgrade: websocket"));
        succeeds("another method in a header is ignored", get(RUNS).header("X-HTTP-Method-Override: DELETE"));
        succeeds("forwarded headers of anybody are ignored", get(RUNS).header("X-Forwarded-Host: evil.example.test"));
        succeeds("HTTP/1.0", get(RUNS).line("GET " + RUNS + " HTTP/1.0"));
        succeeds("the same host in the request line", get("http://localhost" + RUNS));
        succeeds("a body that is waited for", post(RUNS, BODY).header("Expect: 100-continue"));
        succeeds(
                "a trailer",
                RawRequest.of("POST", RUNS)
                        .header("Content-Type: application/json")
                        .header("Transfer-Encoding: chunked")
                        .content("19\r\n" + BODY + "\r\n0\r\nX-Any: x\r\n\r\n"));
        succeeds("a charset that JSON does not have", get(RUNS).header("Accept: application/json; charset=utf-16"));
        succeeds("HEAD", RawRequest.of("HEAD", RUNS));
        Answer options = server.send(RawRequest.of("OPTIONS", RUNS).bytes());
        assertThat(options.status()).isEqualTo(204);
        assertThat(options.header("Allow")).isEqualTo("GET, HEAD, POST, OPTIONS");
        assertThat(server.send(RawRequest.of("OPTIONS", "*").bytes()).status()).isEqualTo(204);
        assertThat(server.send(RawRequest.of("HEAD", "/api/v1/nothing").bytes()).status())
                .isEqualTo(404);
    }

    @Test
    void a_body_of_null_is_none_where_none_is_needed() {
        WholeProblem.check(server.send(post(CANCEL, "null").bytes()), ProblemType.RUN_NOT_FOUND);
    }

    @Test
    void a_connection_on_which_a_body_is_left_says_that_it_ends() {
        String large = " ".repeat(3 * MIB);
        for (RawRequest request : List.of(
                post(RUNS, large).without("Authorization"),
                token(post(RUNS, large).without("Authorization"), TestServer.POWERLESS_TOKEN),
                post("/api/v1/nothing", large),
                RawRequest.of("POST", RUNS).header("Content-Type: text/plain").body(large),
                RawRequest.of("DELETE", RUNS).body(large))) {
            Answer answer = server.sendAndListen(request.without("Connection").bytes());
            WholeProblem.check(answer);
            assertThat(answer.header("Connection")).as("%s", answer).isEqualTo("close");
        }
    }

    private static RawRequest token(RawRequest request, String token) {
        return request.header("Authorization: Bearer " + token);
    }

    private static RawRequest token(String value) {
        return get(RUNS).without("Authorization").header("Authorization: " + value);
    }

    private static String submission(String more) {
        return "{\"job_id\": \"hello-world\", " + more + "}";
    }

    private static String manyProperties() {
        StringBuilder body = new StringBuilder("{\"job_id\": \"hello-world\"");
        for (int i = 0; i < 20_000; i++) {
            body.append(", \"a").append(i).append("\": 1");
        }
        return body.append('}').toString();
    }

    private static String manyLabels() {
        StringBuilder labels = new StringBuilder("\"a\": \"x\"");
        for (int i = 0; i < 64; i++) {
            labels.append(", \"a").append(i).append("\": \"x\"");
        }
        return labels.toString();
    }

    private static RawRequest manyHeaders() {
        RawRequest request = get(RUNS);
        for (int i = 0; i < 1_000; i++) {
            request.header("X-Header-" + i + ": abcdef");
        }
        return request;
    }

    private static byte[] gzip(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private void succeeds(String what, RawRequest request) {
        Answer answer = server.send(request.bytes());
        assertThat(answer.status()).as("%s: %s", what, answer).isIn(200, 201);
        assertThat(answer.header("X-Request-Id")).as("%s", answer).hasSizeGreaterThan(30);
    }

    private void group(String name) {
        group = new ArrayList<>();
        rows.put(name, group);
    }

    private void row(String name, RawRequest request, ProblemType type, String says) {
        group.add(new Row(name, request, type, says));
    }

    private void invalid(String name, RawRequest request, String says) {
        row(name, request, ProblemType.VALIDATION_ERROR, says);
    }

    private void malformed(String name, RawRequest request, String says) {
        row(name, request, ProblemType.MALFORMED_JSON, says);
    }

    private void bad(String name, RawRequest request, String says) {
        row(name, request, ProblemType.BAD_REQUEST, says);
    }

    private void tooLarge(String name, RawRequest request, String says) {
        row(name, request, ProblemType.PAYLOAD_TOO_LARGE, says);
    }

    private void unsupported(String name, RawRequest request, String says) {
        row(name, request, ProblemType.UNSUPPORTED_MEDIA_TYPE, says);
    }

    private void unauthorized(String name, RawRequest request, String says) {
        row(name, request, ProblemType.UNAUTHORIZED, says);
    }

    private void notFound(String name, RawRequest request) {
        row(name, request, ProblemType.NOT_FOUND, "nothing at this path");
    }

    private void notAllowed(String name, RawRequest request) {
        row(name, request, ProblemType.METHOD_NOT_ALLOWED, "");
    }
}
