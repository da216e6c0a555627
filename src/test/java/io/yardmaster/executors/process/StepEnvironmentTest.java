package io.yardmaster.executors.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.executors.Command;
import io.yardmaster.executors.Interpreter;
import io.yardmaster.executors.process.Attempts.Watched;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepEnvironmentTest {

    @TempDir
    Path data;

    ProcessExecutor executor;

    @BeforeEach
    void open() {
        executor = new ProcessExecutor(data, HostLease.unlimited(data));
    }

    @AfterEach
    void close() {
        executor.close();
    }

    @Test
    void a_whole_number_is_one_that_bash_can_count_with_however_it_is_written() {
        Watched attempt = Attempts.bash(data, "echo $((twice * 2)) $((many + 1)) $part $endless $YM_ARG_TWICE")
                .args("{\"twice\": 25.0, \"many\": 1e3, \"part\": 2.50, \"endless\": 1e40}")
                .start(executor);

        assertThat(attempt.exited().code()).as("%s", attempt.err()).isZero();
        assertThat(attempt.out())
                .singleElement()
                .asString()
                .startsWith("50 1001 2.5")
                .endsWith(" 25");
    }

    @Test
    void bash_has_the_arguments_as_variables_of_their_type() {
        Watched attempt = Attempts.bash(data, """
            printf '<%s>\\n' "$name" "$lines" "$unicode" "$empty" "$nothing" "$ratio" "$huge"
            count+=1; echo "$count"
            if $yes && ! $no; then echo boolean; fi
            printf '[%s]' "${list[@]}"; echo "${#list[@]}"
            echo "${#none[@]}"
            for key in "a b" "it's" 'x]y' '$(id)' "ключ"; do printf '{%s}' "${map[$key]}"; done; echo
            echo "${map[deep]} ${list[3]}"
            """).args("""
                {"name": "it's \\"quoted\\" $HOME `id` \\\\", "lines": "one\\ntwo\\n", "unicode": "Grüße, 世界 🌍",
                 "empty": "", "nothing": null, "ratio": 0.25, "huge": 123456789012345678901234567890,
                 "count": 41, "yes": true, "no": false, "list": ["a b", "", "*", {"k": [1]}], "none": [],
                 "map": {"a b": "1", "it's": 2, "x]y": true, "$(id)": "4", "ключ": "5", "deep": {"k": "v"}, "": 1}}
                """).start(executor);

        assertThat(attempt.exited().code()).as("%s", attempt.err()).isZero();
        assertThat(attempt.out())
                .containsExactly(
                        "<it's \"quoted\" $HOME `id` \\>",
                        "<one",
                        "two",
                        ">",
                        "<Grüße, 世界 🌍>",
                        "<>",
                        "<>",
                        "<0.25>",
                        "<123456789012345678901234567890>",
                        "42",
                        "boolean",
                        "[a b][][*][{\"k\":[1]}]4",
                        "0",
                        "{1}{2}{true}{4}{5}",
                        "{\"k\":\"v\"} {\"k\":[1]}");
    }

    @Test
    void bash_is_strict_and_true_about_names_and_lines() {
        Watched attempt = Attempts.of(data)
                .jobFile("scripts/main.sh", """
                    echo ${0##*/job/} ${BASH_SOURCE[0]##*/job/} $LINENO $1
                    echo $-
                    shopt -o pipefail
                    bash -c 'echo ${BASH_ENV-none} $-'
                    echo $undefined
                    echo no
                    """, "r--------")
                .command(new Command.Script("scripts/main.sh", List.of("x")))
                .start(executor);

        assertThat(attempt.exited().code()).isNotZero();
        assertThat(attempt.out())
                .containsExactly("scripts/main.sh scripts/main.sh 1 x", "ehuB", "pipefail       \ton", "none hBc");
        assertThat(attempt.err()).singleElement().asString().contains("line 5: undefined: unbound variable");
    }

    @Test
    void a_secret_is_a_file_and_a_bash_variable_and_nothing_else() throws Exception {
        Attempts step = Attempts.bash(data, """
            [ "$token" = $'s3cr3t \\'"$x\\n\\n' ] && echo exact
            stat -c %a "$YM_SECRETS_DIR/token"
            env | grep -c s3cr3t || :
            cat /proc/$$/environ | grep -c s3cr3t || :
            cat /proc/$$/cmdline | grep -c s3cr3t || :
            bash -c 'echo "${token-unset}"'
            """).args("{\"name\": \"n\"}").secret("token", "s3cr3t '\"$x\n\n");
        Watched attempt = step.start(executor);

        assertThat(attempt.exited().code()).as("%s", attempt.err()).isZero();
        assertThat(attempt.out()).containsExactly("exact", "400", "0", "0", "0", "unset");
        assertThat(Files.getPosixFilePermissions(step.folder().secrets("step", 1)))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        try (var files = Files.walk(step.folder().root())) {
            assertThat(files.filter(Files::isRegularFile))
                    .allSatisfy(file -> assertThat(file)
                            .content(StandardCharsets.ISO_8859_1)
                            .doesNotContain("s3cr3t '"));
        }
        step.folder().deleteSecrets();
        assertThat(step.folder().secrets()).doesNotExist();
    }

    @Test
    void a_step_sees_the_contract_and_nothing_of_the_server() {
        Attempts step = Attempts.of(data)
                .command(new Command.Argv(List.of("env")))
                .interpreter(Interpreter.EXEC)
                .args("{\"target\": \"/srv\", \"depth\": 3, \"dry_run\": true, \"list\": [1]}")
                .environment("YM_TENANT", "acme")
                .environment("YM_ATTEMPT", "99")
                .environment("LOG_LEVEL", "info");
        Watched attempt = step.start(executor);

        assertThat(attempt.exited().code()).isZero();
        Path files = step.attemptFolder().files();
        assertThat(attempt.out().stream().filter(line -> !line.startsWith("LC_ALL=")))
                .containsOnlyOnce(
                        "YM_ARG_TARGET=/srv",
                        "YM_ARG_DEPTH=3",
                        "YM_ARG_DRY_RUN=true",
                        "YM_TENANT=acme",
                        "YM_ATTEMPT=1",
                        "YM_STEP_ID=step",
                        "YM_RUN_ID=" + step.assignment().runId(),
                        "YM_JOB_DIR=" + step.folder().job(),
                        "YM_SECRETS_DIR=" + step.folder().secrets("step", 1),
                        "YM_OUTPUT=" + files.resolve("output"),
                        "YM_RESULT=" + files.resolve("result"),
                        "YM_SUMMARY=" + files.resolve("summary"),
                        "YM_ATTRIBUTES=" + files.resolve("attributes"),
                        "YM_ARTIFACTS=" + files.resolve("artifacts"),
                        "YM_ARGS_FILE=" + files.resolve("args.json"),
                        "LOG_LEVEL=info",
                        "HOME=" + step.folder().workspace(),
                        "TMPDIR=" + step.folder().temporary(),
                        "PATH=" + System.getenv("PATH"),
                        "USER=" + System.getProperty("user.name"))
                .extracting(line -> line.substring(0, line.indexOf('=')))
                .doesNotContain("YM_ARG_LIST", "JAVA_HOME")
                .hasSize(23)
                .contains("LANG", "PWD", "YM_ATTEMPT_TOKEN");
    }

    @Test
    void a_job_may_change_the_path_without_harm_to_the_shim() {
        Watched attempt = Attempts.bash(data, "/bin/echo $PATH")
                .environment("PATH", "/nowhere")
                .environment("_ym_code", "5")
                .start(executor);

        assertThat(attempt.exited().code()).isZero();
        assertThat(attempt.out()).containsExactly("/nowhere");
    }

    @Test
    void a_step_works_in_the_workspace_of_its_run() {
        Attempts step =
                Attempts.bash(data, "pwd; [ \"$HOME\" = \"$PWD\" ]; mktemp > /dev/null; ls \"$TMPDIR\" | wc -l");
        Watched attempt = step.start(executor);

        assertThat(attempt.exited().code()).isZero();
        assertThat(attempt.out()).containsExactly(step.folder().workspace().toString(), "1");
    }
}
