package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.executors.RunFolder;
import io.yardmaster.executors.RunFolders;
import io.yardmaster.kernel.RunId;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class SecretsTest {

    private static final SecureRandom RANDOM = new SecureRandom();

    private final TestServer server = TestServer.shared();
    private final ApiClient api = server.client();

    @TempDir
    Path folder;

    private final String token = random(100);
    private final String first = random(24);
    private final String second = random(24);
    private final String third = random(24);
    private final String note =
            "one \"" + first + "\" and 'quotes'\n$(two) `" + second + "` \\n\n\n\tthree/" + third + "*~\n";

    @Test
    void a_secret_that_a_result_is_put_together_to_is_masked() {
        server.job("secrets/halves").config("""
            argspec: {type: object, properties: {token: {type: string, format: secret}}}
            composition: steps
            steps:
              - id: cut
                inline: |
                  echo "left=${token:0:50}" >> "$YM_OUTPUT"
                  echo "right=${token:50}" >> "$YM_OUTPUT"
                outputs: {left: {type: string}, right: {type: string}}
            result: "${{ steps.cut.outputs.left }}${{ steps.cut.outputs.right }}"
            """);

        EndedRun run = EndedRun.of(api, "secrets/halves", "{\"token\": \"" + token + "\"}");

        assertThat(run.result().asString()).isEqualTo("***");
        assertThat(run.events().toString()).doesNotContain(token);
    }

    @Test
    void an_output_that_is_no_number_a_program_could_read_fails_its_step_and_ends_the_run() {
        server.job("secrets/endless").config("""
            argspec: {type: object, properties: {token: {type: string, format: secret}}}
            inline: echo "size=1e999999" >> "$YM_OUTPUT"
            outputs: {size: {type: number}}
            """);

        EndedRun run = EndedRun.of(api, "secrets/endless", "{\"token\": \"" + token + "\"}");

        assertThat(run.status()).isEqualTo("failed");
        assertThat(run.failure("category")).isEqualTo("application");
    }

    @Test
    void a_secret_is_nowhere_but_where_the_step_reads_it() throws Exception {
        server.job("secrets/talkative").config("""
            argspec:
              type: object
              required: [token, note, ready, go]
              properties:
                token: {type: string, format: secret}
                note: {type: string, format: secret}
                ready: {type: string}
                go: {type: string}
            script: ./talk.sh
            outputs: {leak: {type: string}}
            """).file("talk.sh", """
                echo "plain: $token, twice: $token"
                printf '%s' "$note"
                printf '%s' "$note" >&2
                cat "$YM_SECRETS_DIR/token"
                echo
                base64 <<<"$token"
                printf '%s' "$token" | base64 -w 0; echo
                printf '%s' "$token" | base64 -w 64
                printf 'u:%s' "$token" | base64 -w 0; echo
                printf 'me:%s' "$token" | base64 -w 0; echo
                printf '%s' "$note" | base64 -w 0; echo
                printf '%s' "$note" | base64
                python3 - <<'END'
                import base64, json, os, pathlib, urllib.parse
                folder = pathlib.Path(os.environ["YM_SECRETS_DIR"])
                for name in ("token", "note"):
                    text = (folder / name).read_text()
                    print(urllib.parse.quote(text))
                    print(urllib.parse.quote(text, safe=""))
                    print(urllib.parse.quote_plus(text))
                    print(json.dumps(text))
                    print(base64.urlsafe_b64encode(text.encode()).decode())
                END
                printf 'leak=%s\\n' "$token" >>"$YM_OUTPUT"
                printf 'more<<END\\n%s\\nEND\\n' "$note" >>"$YM_OUTPUT"
                printf '{"%s": ["%s"]}' "$token" "$token" >"$YM_RESULT"
                echo "the end of the talk"
                touch "$ready"
                until [[ -e $go ]]; do sleep 0.05; done
                """);
        Path ready = folder.resolve("ready");
        Path go = folder.resolve("go");
        String args = """
            {"token": %s, "note": %s, "ready": "%s", "go": "%s"}
            """.formatted(json(token), json(note), ready, go);
        String request = "{\"job_id\": \"secrets/talkative\", \"args\": " + args + "}";
        var plan = api.post("/plans", request);
        assertThat(plan.status()).as(plan.body()).isEqualTo(201);
        var accepted = api.post("/runs", request);
        assertThat(accepted.status()).as(accepted.body()).isEqualTo(201);
        String runId = accepted.json().path("run_id").asString();
        RunFolder runFolder =
                server.bean(RunFolders.class).of(RunId.parse(runId).orElseThrow());

        Awaitility.await().until(() -> Files.exists(ready));
        assertThat(LivingProcesses.withEnvironment(runId)).isNotEmpty();
        assertThat(forms()).allSatisfy(form -> {
            assertThat(LivingProcesses.withArgument(form)).isEmpty();
            assertThat(LivingProcesses.withEnvironment(form)).isEmpty();
        });
        assertThat(Files.readString(runFolder.secrets("main", 1).resolve("note")))
                .isEqualTo(note);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(
                        runFolder.secrets("main", 1).resolve("token"))))
                .isEqualTo("r--------");
        assertThat(database("run_secret")).hasSizeGreaterThanOrEqualTo(1);
        assertHidden("the database while the step runs", database(""));

        Files.createFile(go);
        EndedRun run = EndedRun.of(api, runId);

        assertThat(run.status()).as("%s", run.run()).isEqualTo("success");
        assertThat(run.output("main")).contains("plain: ***, twice: ***", "***").endsWith("the end of the talk");
        assertThat(run.outputs("main").path("leak").asString()).isEqualTo("***");
        assertHidden("the plan", List.of(plan.body()));
        assertHidden(
                "the plan read again",
                List.of(api.get("/plans/" + plan.json().path("plan_id").asString())
                        .body()));
        assertHidden("the answer to the submission", List.of(accepted.body()));
        assertHidden("the run", List.of(run.run().toString()));
        assertHidden("its events", run.events().stream().map(Object::toString).toList());
        assertHidden(
                "its log",
                api.get("/runs/" + runId + "/logs?format=text").body().lines().toList());
        List<String> dump = database("");
        // Were this missing, the dump would not hold the run at all.
        assertThat(dump).anyMatch(row -> row.contains(go.toString()));
        assertHidden("the database", dump);
        assertThat(database("run_secret"))
                .noneMatch(row ->
                        row.contains(RunId.parse(runId).orElseThrow().value().toString()));
        Awaitility.await().untilAsserted(() -> {
            assertThat(runFolder.secrets()).doesNotExist();
            assertThat(runFolder.root()).doesNotExist();
        });
    }

    @Test
    void what_is_said_of_a_failure_does_not_quote_a_secret() {
        server.job("secrets/broken").config("""
            composition: steps
            argspec: {type: object, properties: {token: {type: string, format: secret}}}
            steps:
              - {id: no_json, inline: 'printf "%s" "$token" >"$YM_RESULT"'}
              - {id: no_output, inline: 'printf "key<<%s" "$token" >"$YM_OUTPUT"'}
              - {id: no_match, inline: 'printf "{\\"%s\\": 1}" "$token" | sed "s/^/tree=/" >"$YM_OUTPUT"',
                 outputs: {tree: {type: object, additionalProperties: {type: string}}}}
            """);

        EndedRun run = EndedRun.of(api, "secrets/broken", "{\"token\": " + json(token) + "}");

        assertThat(run.steps().values()).containsOnly("failed");
        assertThat(run.step("no_json").path("failure").path("code").asString()).isEqualTo("invalid-output");
        assertHidden("the run", List.of(run.run().toString()));
        assertHidden("its events", run.events().stream().map(Object::toString).toList());
    }

    /** Pieces that give a secret away, whatever is around them. */
    private List<String> forms() {
        List<String> forms = new ArrayList<>(List.of(first, second, third));
        forms.add(token.substring(0, 20));
        forms.add(token.substring(40, 60));
        forms.add(token.substring(80));
        for (String secret : List.of(token, note)) {
            // Base64 of the whole, and as it looks behind one or two other bytes; beginning, middle and end.
            for (int skipped = 0; skipped <= 2; skipped++) {
                byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
                String encoded = Base64.getEncoder()
                        .withoutPadding()
                        .encodeToString(Arrays.copyOfRange(bytes, skipped, bytes.length));
                forms.add(encoded.substring(0, 20));
                forms.add(encoded.substring(40, 60));
                forms.add(encoded.substring(80, 100));
                forms.add(encoded.substring(100, 120));
            }
        }
        return forms;
    }

    private void assertHidden(String where, List<String> texts) {
        assertThat(texts).as(where).isNotEmpty();
        for (String form : forms()) {
            String hexadecimal = HexFormat.of().formatHex(form.getBytes(StandardCharsets.UTF_8));
            assertThat(texts)
                    .as("%s, looking for %s", where, form)
                    .noneMatch(text -> text.contains(form))
                    .noneMatch(text -> text.contains(hexadecimal));
        }
    }

    /** Each row of a table, or of all tables, as text; bytes are hexadecimal. */
    private List<String> database(String onlyTable) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Connection connection = server.bean(DataSource.class).getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SELECT set_config('yardmaster.tenant', '*', true)");
            List<String> tables = new ArrayList<>();
            try (ResultSet found = statement.executeQuery("""
                SELECT format('%I.%I', schemaname, tablename), tablename FROM pg_tables
                WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
                """)) {
                while (found.next()) {
                    if (onlyTable.isEmpty() || found.getString(2).equals(onlyTable)) {
                        tables.add(found.getString(1));
                    }
                }
            }
            assertThat(tables).isNotEmpty();
            for (String table : tables) {
                try (ResultSet found = statement.executeQuery("SELECT t::text FROM " + table + " t")) {
                    while (found.next()) {
                        rows.add(found.getString(1));
                    }
                }
            }
            connection.rollback();
        }
        return rows;
    }

    private static String json(String text) {
        return JsonMapper.shared().writeValueAsString(text);
    }

    private static String random(int length) {
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append(Integer.toString(RANDOM.nextInt(36), 36));
        }
        return text.toString();
    }
}
