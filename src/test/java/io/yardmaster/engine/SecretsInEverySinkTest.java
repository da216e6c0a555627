package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.RandomSecrets;
import io.yardmaster.testkit.TestServer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Steps give away many random secrets, in every encoding that Python offers and wherever a step can write; then everything
 * the server shows, stores and logs is searched. {@code -Dsecrets.total=10000} is the long form; with {@code
 * secrets.from} it begins with a later run of the same ones.
 */
@ExtendWith(OutputCaptureExtension.class)
class SecretsInEverySinkTest {

    private static final int TOTAL = Integer.getInteger("secrets.total", 150);
    private static final int A_RUN = Integer.getInteger("secrets.run", Math.min(TOTAL, 250));
    private static final int FROM = Integer.getInteger("secrets.from", 0);
    private static final long SEED = Long.getLong("secrets.seed", 20_261_122);

    /** So many characters of a secret are in no text by chance. */
    private static final int WINDOW = 8;

    private static final int MOST_AT_ONCE = 10_000_000;

    private static final String LEAK = """
        import base64, csv, html, io, json, os, pathlib, random, re, shlex, sys, time, urllib.parse

        folder = pathlib.Path(os.environ["YM_SECRETS_DIR"])
        secrets = [path.read_bytes().decode() for path in sorted(folder.iterdir())]
        chance = random.Random(int(os.environ["YM_ARG_SEED"]))

        def row(secret):
            text = io.StringIO()
            csv.writer(text).writerow(["before", secret])
            return text.getvalue()

        def forms(secret):
            raw = secret.encode()
            document = json.dumps({"user": "u" * chance.randrange(4), "password": secret}).encode()
            return [
                secret,
                secret.replace("\\r\\n", "\\n"),
                re.sub("[ \\t\\r\\n]+", " ", secret),
                json.dumps(secret),
                json.dumps({"nested": json.dumps({"token": secret})}),
                json.dumps(secret, ensure_ascii=False),
                json.dumps(secret).replace("/", "\\\\/"),
                urllib.parse.quote(secret),
                urllib.parse.quote(secret, safe=""),
                urllib.parse.quote_plus(secret),
                urllib.parse.urlencode({"password": secret}),
                "https://example.org/?u=" + urllib.parse.quote(base64.b64encode(raw).decode()),
                html.escape(secret),
                html.escape(secret, quote=False),
                shlex.quote(secret),
                repr(secret),
                ascii(secret),
                row(secret),
                "INSERT INTO t VALUES ('" + secret.replace("'", "''") + "')",
                base64.b64encode(raw).decode(),
                base64.b64encode(raw).decode().rstrip("="),
                base64.urlsafe_b64encode(raw).decode(),
                "Authorization: Basic " + base64.b64encode(b"user:" + raw).decode(),
                base64.b64encode(document).decode(),
                base64.encodebytes(b"-" * chance.randrange(80) + raw + b"+" * chance.randrange(80)).decode(),
                raw.hex(),
                raw.hex().upper(),
            ]

        def write(stream, text):
            data = text.encode()
            at = 0
            while at < len(data):
                length = chance.choice([1, 3, 10, 1000, 100000])
                at += os.write(stream, data[at:at + length])
                if chance.random() < 0.002:
                    time.sleep(0.03)

        line = 0
        for index, secret in enumerate(secrets):
            for form in forms(secret):
                stream = chance.choice([1, 2])
                around = chance.choice(["", "value: ", "x=1 y="])
                write(stream, around + form + chance.choice(["", " end", "!"]) + "\\n")
                write(1, f"control line {line}: nothing to hide, \\u00e4 \\u4e2d \\U0001f600 {line * 7} ~\\n")
                line += 1
            if index % 20 == 0:
                write(1, "y" * chance.randrange(65536 - len(secret.encode()), 65536) + secret + "z" * 20 + "\\n")
        write(2, "without an end: " + secrets[0])
        print(f"control lines: {line}")

        with open(os.environ["YM_OUTPUT"], "w") as out:
            for index, secret in enumerate(secrets[:100]):
                out.write(f"plain{index}<<A_RARE_END\\n{secret}\\nA_RARE_END\\n")
                out.write(f"form{index}={chance.choice(forms(secret)[3:17])}\\n".replace("\\n", " ").strip() + "\\n")
        pathlib.Path(os.environ["YM_RESULT"]).write_text(
            json.dumps({"all": secrets, **{secret: index for index, secret in enumerate(secrets[:50])}}))
        pathlib.Path(os.environ["YM_SUMMARY"]).write_text(
            "# Summary\\n" + "\\n".join(f"* {form}" for secret in secrets for form in forms(secret)))
        artifacts = pathlib.Path(os.environ["YM_ARTIFACTS"])
        for secret in secrets:
            for name in (secret, urllib.parse.quote(secret, safe=""), base64.urlsafe_b64encode(secret.encode()).decode()):
                if "/" not in name and len(name.encode()) < 200 and len(list(artifacts.iterdir())) < 60:
                    (artifacts / name).write_text("an artifact")
        """;

    private final TestServer server = TestServer.shared();
    private final ApiClient api = server.client();

    @Test
    void random_secrets_are_in_no_sink_and_other_lines_are_whole(CapturedOutput log) throws Exception {
        Random random = new Random(SEED);
        List<String> secrets = new ArrayList<>();
        long answers = 0;
        long characters = 0;
        long lines = 0;
        job();
        for (int done = 0; done < TOTAL; done += A_RUN) {
            List<String> some = IntStream.range(0, Math.min(A_RUN, TOTAL - done))
                    .mapToObj(_ -> RandomSecrets.next(random, 8))
                    .toList();
            int seed = random.nextInt(1_000_000);
            if (done < FROM) {
                continue;
            }
            secrets.addAll(some);
            List<String> sinks = sinks(some, seed);
            lines += controlLines(sinks.getFirst());
            assertHidden(pieces(some), sinks);
            assertHidden(windows(some), sinks);
            answers += sinks.size();
            characters += sinks.stream().mapToLong(String::length).sum();
            if (TOTAL > A_RUN) {
                System.out.println("secrets: " + secrets.size() + " so far");
            }
        }
        Map<String, String> pieces = pieces(secrets);
        AtomicLong rows = new AtomicLong();
        AtomicBoolean isOurs = new AtomicBoolean();
        database(some -> {
            rows.addAndGet(some.size());
            isOurs.compareAndSet(false, some.stream().anyMatch(row -> row.contains("nothing to see")));
            assertHidden(pieces, some);
        });
        assertThat(isOurs).as("the runs' rows are among those searched").isTrue();
        assertHidden(pieces, List.of(log.getAll()));

        System.out.printf(
                "secrets: %,d secrets, %,d lines of control text unchanged, %,d answers of %,d characters, %,d rows, "
                        + "%,d characters of log searched for %,d pieces: none found (seed %d)%n",
                secrets.size(),
                lines,
                answers,
                characters,
                rows.get(),
                log.getAll().length(),
                pieces.size(),
                SEED);
    }

    @Test
    void a_secret_is_refused_where_a_run_is_found_by_it_and_masked_in_the_reason_of_a_cancel() {
        server.job("secrets/named").config("""
            inline: "sleep 60"
            argspec: {type: object, properties: {token: {type: string, format: secret}}}
            """);
        String token = "Xk3" + RandomSecrets.next(new Random(SEED), 12).replaceAll("[^A-Za-z0-9]", "q");
        ObjectNode request = JsonNodeFactory.instance.objectNode().put("job_id", "secrets/named");
        request.putObject("args").put("token", token);
        ObjectNode named = request.deepCopy().put("external_id", "deploy-" + token);
        named.putObject("labels").put("team", token).put("other", "fine");

        var refused = api.post("/runs", named.toString());
        assertThat(refused.status()).as(refused.body()).isEqualTo(400);
        assertThat(refused.json()
                        .path("errors")
                        .valueStream()
                        .map(error -> error.path("pointer").asString()))
                .containsExactlyInAnyOrder("/labels/team", "/external_id");
        assertThat(refused.body()).doesNotContain(token);

        var accepted = api.post("/runs", request.toString());
        assertThat(accepted.status()).as(accepted.body()).isEqualTo(201);
        String run = accepted.json().path("run_id").asString();
        assertThat(api.post("/runs/" + run + "/cancel", "{\"reason\": \"leaked " + token + " it is\"}")
                        .status())
                .isEqualTo(202);
        EndedRun ended = EndedRun.of(api, run);
        assertThat(ended.events().toString()).contains("leaked *** it is").doesNotContain(token);
    }

    @Test
    void a_line_that_may_begin_a_secret_is_shown_though_nothing_follows() {
        server.job("secrets/waiting").config("""
            inline: "echo more or less ab; sleep 200"
            argspec: {type: object, properties: {key: {type: string, format: secret}}}
            """);
        String run = api.run("secrets/waiting", "{\"key\": \"ab\\ncdefghijkl\"}");

        Awaitility.await()
                .atMost(Duration.ofSeconds(90))
                .until(() ->
                        api.get("/runs/" + run + "/logs?format=text").body().contains("more or less ab"));
        api.post("/runs/" + run + "/cancel", "{}");
        assertThat(EndedRun.of(api, run).output("main")).containsExactly("more or less ab");
    }

    @Test
    void a_secret_that_is_too_short_to_be_masked_is_refused() {
        server.job("secrets/short").config("""
            inline: "true"
            argspec: {type: object, properties: {token: {type: string, format: secret}}}
            """);
        for (String secret : List.of("abc", " abc\n", "    ")) {
            ObjectNode request = JsonNodeFactory.instance.objectNode().put("job_id", "secrets/short");
            request.putObject("args").put("token", secret);
            for (String path : List.of("/runs", "/plans")) {
                var refused = api.post(path, request.toString());
                assertThat(refused.status()).as(refused.body()).isEqualTo(400);
                assertThat(refused.json().path("errors").path(0).path("pointer").asString())
                        .isEqualTo("/args/token");
            }
        }
        assertThat(EndedRun.of(api, "secrets/short", "{\"token\": \"\"}").status())
                .isEqualTo("success");
    }

    private void job() {
        StringBuilder properties = new StringBuilder("    seed: {type: integer}\n    note: {type: string}\n");
        for (int i = 0; i < A_RUN; i++) {
            properties.append("    ").append(name(i)).append(": {type: string, format: secret}\n");
        }
        server.job("secrets/every-sink").config("""
            composition: steps
            ulc_profile: ulc.python.3
            steps:
              - {id: leak, script: ./leak.py}
              - id: no_match
                inline: |
                  import json, os, pathlib
                  secrets = [p.read_bytes().decode() for p in sorted(pathlib.Path(os.environ["YM_SECRETS_DIR"]).iterdir())]
                  pathlib.Path(os.environ["YM_OUTPUT"]).write_text("tree=" + json.dumps({s: 1 for s in secrets[:20]}))
                outputs: {tree: {type: object, additionalProperties: {type: string}}}
              - id: no_json
                inline: |
                  import json, os, pathlib
                  secrets = [p.read_bytes().decode() for p in sorted(pathlib.Path(os.environ["YM_SECRETS_DIR"]).iterdir())]
                  pathlib.Path(os.environ["YM_RESULT"]).write_text("{" + secrets[0])
                  raise SystemExit(secrets[1])
            argspec:
              type: object
              properties:
            """ + properties).file("leak.py", LEAK);
    }

    private static String name(int index) {
        return "s%03d".formatted(index);
    }

    /** Everything the API says of a run with these secrets; its log as text first. */
    private List<String> sinks(List<String> secrets, int seed) {
        Map<String, String> named = new LinkedHashMap<>();
        for (int i = 0; i < secrets.size(); i++) {
            named.put(name(i), secrets.get(i));
        }
        ObjectNode request = JsonNodeFactory.instance.objectNode().put("job_id", "secrets/every-sink");
        ObjectNode args = request.putObject("args").put("seed", seed).put("note", "nothing to see");
        named.forEach(args::put);
        var plan = api.post("/plans", request.toString());
        assertThat(plan.status()).as(plan.body()).isEqualTo(201);
        var accepted = api.post("/runs", request.toString());
        assertThat(accepted.status()).as(accepted.body()).isEqualTo(201);
        String id = accepted.json().path("run_id").asString();
        EndedRun run = EndedRun.of(api, id);
        assertThat(run.steps()).containsEntry("leak", "success").containsEntry("no_match", "failed");
        assertThat(run.outputs("leak").path("plain0").asString()).isEqualTo("***");

        String path = "/runs/" + id;
        List<String> sinks = new ArrayList<>();
        sinks.add(api.get(path + "/logs?format=text&step_id=leak&stream=stdout").body());
        sinks.addAll(List.of(plan.body(), accepted.body(), run.run().toString()));
        run.events().forEach(event -> {
            sinks.add(event.toString());
            sinks.add(event.path("message").asString(""));
        });
        for (String more : List.of("/logs?format=text", "/logs?format=ndjson", "/logs?format=json", "/result")) {
            sinks.add(api.get(path + more).body());
        }
        sinks.add(api.get(path + "/events", "Accept", "application/x-ndjson").body());
        sinks.add(api.get(path + "/events", "Accept", "text/event-stream").body());
        for (String step : run.steps().keySet()) {
            sinks.add(api.get(path + "/steps/" + step).body());
        }
        sinks.add(api.get("/plans/" + plan.json().path("plan_id").asString()).body());
        sinks.add(api.get("/runs?limit=5").body());
        JsonNode artifacts = api.get("/artifacts?run_id=" + id + "&limit=100").json();
        sinks.add(artifacts.toString());
        assertThat(artifacts.path("artifacts").size()).isGreaterThan(5);
        artifacts
                .path("artifacts")
                .forEach(artifact ->
                        sinks.add(api.get("/artifacts/" + artifact.path("id").asString() + "/metadata")
                                .body()));
        return sinks;
    }

    /** Counts the lines that hold no secret, each of which has to be there as it was written. */
    private static long controlLines(String text) {
        List<String> control =
                text.lines().filter(line -> line.startsWith("control line")).toList();
        int count = control.size() - 1;
        for (int i = 0; i < count; i++) {
            assertThat(control.get(i)).isEqualTo("control line %d: nothing to hide, ä 中 😀 %d ~".formatted(i, i * 7));
        }
        assertThat(control.getLast()).isEqualTo("control lines: " + count);
        return count;
    }

    private static void assertHidden(Map<String, String> pieces, List<String> texts) {
        GramIndex index = new GramIndex(texts);
        pieces.forEach((piece, secret) -> assertThat(index.contains(piece))
                .as(
                        "seed %d: %s is there, a piece of %s: %s",
                        SEED,
                        piece,
                        JsonMapper.shared().writeValueAsString(secret),
                        index.contains(piece) ? around(piece, texts) : "")
                .isFalse());
    }

    private static String around(String piece, List<String> texts) {
        return texts.stream()
                .filter(text -> text.contains(piece))
                .findFirst()
                .map(text -> text.substring(
                        Math.max(0, text.indexOf(piece) - 300),
                        Math.min(text.length(), text.indexOf(piece) + piece.length() + 300)))
                .orElse("");
    }

    /** The pieces of these secrets, and which secret each is of. */
    private static Map<String, String> pieces(List<String> secrets) {
        Map<String, String> pieces = new LinkedHashMap<>();
        secrets.forEach(secret -> pieces(secret).forEach(piece -> pieces.put(piece, secret)));
        return pieces;
    }

    /** Any few characters of these secrets in a row: none may be left of one that was found in part. */
    private static Map<String, String> windows(List<String> secrets) {
        Map<String, String> windows = new LinkedHashMap<>();
        for (String secret : secrets) {
            for (int at = 0; at + WINDOW <= secret.length(); at++) {
                windows.put(secret.substring(at, at + WINDOW), secret);
            }
        }
        return windows;
    }

    /** What gives a secret away, in each encoding; of Base64, what does not depend on what is around. */
    private static Set<String> pieces(String secret) {
        Set<String> pieces = new LinkedHashSet<>();
        List<String> texts = new ArrayList<>(List.of(secret, secret.replace("\r\n", "\n")));
        secret.lines().map(String::strip).filter(line -> line.length() >= 8).forEach(texts::add);
        for (String text : texts) {
            String json = JsonMapper.shared().writeValueAsString(text);
            pieces.add(text);
            pieces.add(json.substring(1, json.length() - 1));
            pieces.add(text.replace("~", "~0").replace("/", "~1"));
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            StringBuilder percent = new StringBuilder();
            for (byte one : bytes) {
                boolean plain = one > 0 && (Character.isLetterOrDigit(one) || "-._~".indexOf(one) >= 0);
                percent.append(plain ? Character.toString(one) : "%%%02X".formatted(one & 0xFF));
            }
            pieces.add(percent.toString());
            pieces.add(HexFormat.of().formatHex(bytes));
            for (int before = 0; before < 3; before++) {
                byte[] shifted = new byte[before + bytes.length];
                System.arraycopy(bytes, 0, shifted, before, bytes.length);
                String encoded = Base64.getEncoder().withoutPadding().encodeToString(shifted);
                pieces.add(encoded.substring(Math.min(4, encoded.length()), Math.max(4, encoded.length() - 2)));
            }
        }
        pieces.removeIf(piece -> piece.length() < 8);
        return pieces;
    }

    /** Gives all rows of all tables as text, some at a time. */
    private void database(Consumer<List<String>> reader) throws SQLException {
        try (Connection connection = server.bean(DataSource.class).getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.setFetchSize(100);
            statement.execute("SELECT set_config('yardmaster.tenant', '*', true)");
            List<String> tables = new ArrayList<>();
            try (ResultSet found = statement.executeQuery("""
                SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
                WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
                """)) {
                while (found.next()) {
                    tables.add(found.getString(1));
                }
            }
            for (String table : tables) {
                List<String> rows = new ArrayList<>();
                long characters = 0;
                try (ResultSet found = statement.executeQuery("SELECT t::text FROM " + table + " t")) {
                    while (found.next()) {
                        rows.add(found.getString(1));
                        characters += found.getString(1).length();
                        if (characters > MOST_AT_ONCE) {
                            reader.accept(rows);
                            rows.clear();
                            characters = 0;
                        }
                    }
                }
                reader.accept(rows);
            }
            connection.rollback();
        }
    }
}
