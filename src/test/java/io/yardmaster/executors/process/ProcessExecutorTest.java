package io.yardmaster.executors.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.yardmaster.executors.AttemptExistsException;
import io.yardmaster.executors.Command;
import io.yardmaster.executors.Execution;
import io.yardmaster.executors.Interpreter;
import io.yardmaster.executors.Outcome;
import io.yardmaster.executors.process.Attempts.Watched;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessExecutorTest {

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
    void an_attempt_tells_its_exit_code_and_both_streams() {
        Watched attempt = Attempts.bash(data, "echo one; echo two >&2; echo three; printf last; exit 7")
                .start(executor);

        assertThat(attempt.exited().code()).isEqualTo(7);
        assertThat(attempt.out()).containsExactly("one", "three", "last");
        assertThat(attempt.err()).containsExactly("two");
        assertThat(attempt.console().onPlatformThreads()).isTrue();
    }

    @Test
    void output_is_seen_while_the_step_is_running() {
        Watched attempt = Attempts.bash(data, "echo here; until [ -e go ]; do sleep 0.02; done; echo there")
                .start(executor);

        attempt.printed("here");
        assertThat(attempt.execution().outcome()).isNotDone();
        touch(attempt.folder().workspace().resolve("go"));

        assertThat(attempt.exited().code()).isZero();
        assertThat(attempt.out()).containsExactly("here", "there");
    }

    @Test
    void no_line_of_a_flood_is_lost_or_doubled() {
        Watched attempt = Attempts.bash(data, "seq 1 200000 & seq 200001 400000 >&2; wait")
                .start(executor);

        assertThat(attempt.exited().code()).isZero();
        assertThat(attempt.out()).isEqualTo(numbers(1, 200_000));
        assertThat(attempt.err()).isEqualTo(numbers(200_001, 400_000));
    }

    @Test
    void a_step_that_opens_its_own_streams_again_cuts_nothing_off() {
        Watched attempt = Attempts.bash(data, """
            echo a >&2
            echo b > /dev/stderr
            echo c >&2
            echo 1
            echo 2 > /dev/stdout
            echo 3
            """).start(executor);

        assertThat(attempt.exited().code()).isZero();
        assertThat(attempt.err()).containsExactly("a", "b", "c");
        assertThat(attempt.out()).containsExactly("1", "2", "3");
    }

    @Test
    void a_console_that_waits_holds_up_no_other_attempt() throws InterruptedException {
        CountDownLatch release = new CountDownLatch(1);
        List<Execution> blocked = IntStream.range(0, 8)
                .mapToObj(i ->
                        executor.start(Attempts.bash(data, "echo blocked").assignment(), (stream, parts) -> {
                            try {
                                release.await();
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        }))
                .toList();

        Watched free = Attempts.bash(data, "echo free").start(executor);

        assertThat(free.exited().code()).isZero();
        assertThat(free.out()).containsExactly("free");
        assertThat(blocked).allMatch(execution -> !execution.outcome().isDone());
        release.countDown();
        assertThat(blocked)
                .allSatisfy(execution -> assertThat(execution.outcome().get()).isInstanceOf(Outcome.Exited.class));
    }

    @Test
    void a_console_that_fails_ends_the_following_and_leaves_the_step_alone() {
        Attempts step = Attempts.bash(data, "echo one; until [ -e go ]; do sleep 0.02; done; exit 4");
        Execution execution = executor.start(step.assignment(), (stream, parts) -> {
            throw new IllegalStateException("fenced");
        });

        assertThatThrownBy(() -> execution.outcome().join()).hasRootCauseMessage("fenced");

        touch(step.folder().workspace().resolve("go"));
        Watched adopted = step.adopt(executor, Map.of());
        assertThat(adopted.exited().code()).isEqualTo(4);
        assertThat(adopted.out()).containsExactly("one");
    }

    @Test
    void what_a_step_leaves_behind_is_read() throws Exception {
        Watched attempt = Attempts.bash(data, """
            echo "image=registry/app:1" >> "$YM_OUTPUT"
            { echo "notes<<END"; echo one; echo two; echo END; } >> "$YM_OUTPUT"
            echo '{"files": 3}' > "$YM_RESULT"
            echo '# Done' > "$YM_SUMMARY"
            mkdir "$YM_ARTIFACTS/dist"
            echo hello > "$YM_ARTIFACTS/dist/a.txt"
            ln -s ../args.json "$YM_ARTIFACTS/link"
            """).start(executor);

        var files = attempt.exited().files();
        assertThat(files.faults()).isEmpty();
        assertThat(files.outputs()).containsOnly(entry("image", "registry/app:1"), entry("notes", "one\ntwo"));
        assertThat(files.result().orElseThrow().get("files").intValue()).isEqualTo(3);
        assertThat(files.summary()).contains("# Done\n");
        assertThat(files.artifacts()).singleElement().satisfies(artifact -> {
            assertThat(artifact.name()).isEqualTo("dist/a.txt");
            assertThat(artifact.size()).isEqualTo(6);
            assertThat(Files.readString(artifact.path())).isEqualTo("hello\n");
        });
    }

    @Test
    void python_files_and_programs_run() {
        Watched python = Attempts.of(data)
                .jobFile(
                        "main.py",
                        "import json, os, sys\n"
                                + "print(json.load(open(os.environ['YM_ARGS_FILE']))['n'] + 1, sys.argv[1])",
                        "r--------")
                .interpreter(Interpreter.PYTHON)
                .args("{\"n\": 41}")
                .command(new Command.Script("main.py", List.of("x y")))
                .start(executor);
        Watched file = Attempts.of(data)
                .jobFile("bin/tool", "#!/bin/sh\necho \"$0 $1\" | sed 's,.*/job/,,'\nexit 3\n", "r-x------")
                .interpreter(Interpreter.EXEC)
                .command(new Command.Script("./bin/tool", List.of("arg")))
                .start(executor);
        Watched program = Attempts.of(data)
                .command(new Command.Argv(List.of("printf", "%s-", "a b", "$HOME")))
                .start(executor);

        assertThat(python.exited().code()).isZero();
        assertThat(python.out()).containsExactly("42 x y");
        assertThat(file.exited().code()).isEqualTo(3);
        assertThat(file.out()).containsExactly("bin/tool arg");
        assertThat(program.exited().code()).isZero();
        assertThat(program.out()).containsExactly("a b-$HOME-");
    }

    @Test
    void what_cannot_be_started_says_why() {
        Outcome noScript = Attempts.of(data)
                .command(new Command.Script("no.sh", List.of()))
                .start(executor)
                .outcome();
        Outcome outside = Attempts.of(data)
                .command(new Command.Script("../../../etc/passwd", List.of()))
                .start(executor)
                .outcome();
        Outcome noProgram = Attempts.of(data)
                .command(new Command.Argv(List.of("no-such-program-here")))
                .start(executor)
                .outcome();
        Outcome notExecutable = Attempts.of(data)
                .jobFile("tool", "#!/bin/sh\n", "r--------")
                .interpreter(Interpreter.EXEC)
                .command(new Command.Script("tool", List.of()))
                .start(executor)
                .outcome();
        Outcome nul = Attempts.bash(data, "")
                .args("{\"a\": \"x\\u0000y\"}")
                .start(executor)
                .outcome();
        Outcome tooLong = Attempts.bash(data, "")
                .environment("LONG", "x".repeat(200_000))
                .start(executor)
                .outcome();

        assertThat(noScript).isEqualTo(new Outcome.NotStarted("The job has no file no.sh."));
        assertThat(outside).isEqualTo(new Outcome.NotStarted("The job has no file ../../../etc/passwd."));
        assertThat(noProgram).isEqualTo(new Outcome.NotStarted("The program no-such-program-here is not on PATH."));
        assertThat(notExecutable).isEqualTo(new Outcome.NotStarted("The job's file tool is not executable."));
        assertThat(nul).isEqualTo(new Outcome.NotStarted("The argument a holds a NUL character."));
        assertThat(tooLong)
                .isEqualTo(new Outcome.NotStarted("The arguments and the environment are too long for the system."));
    }

    @Test
    void an_attempt_is_created_once() {
        Attempts step = Attempts.bash(data, "echo x >> ran");
        Watched first = step.start(executor);

        assertThatThrownBy(() -> step.start(executor)).isInstanceOf(AttemptExistsException.class);
        assertThat(first.exited().code()).isZero();
        assertThatThrownBy(() -> step.start(executor)).isInstanceOf(AttemptExistsException.class);
        assertThat(step.folder().workspace().resolve("ran")).hasContent("x\n");
    }

    @Test
    void an_adopted_attempt_that_did_not_begin_never_will() throws Exception {
        Attempts step = Attempts.bash(data, "echo x >> ran");
        AttemptFolder folder = step.attemptFolder();
        assertThat(folder.create()).isTrue();
        StepProgram program = StepProgram.prepare(step.assignment(), folder.files());

        Outcome outcome = step.adopt(executor, Map.of()).outcome();
        // What the earlier server had under way comes late.
        Posix.makePipe(folder.outputPipe());
        Posix.makePipe(folder.errorPipe());
        OptionalLong late = new ShimLauncher(
                        data.resolve("shim"), HostLease.unlimited(data), new Launcher(NativeSpawn::find))
                .launch(folder, step.folder().workspace(), "token", Optional.empty(), UUID.randomUUID(), program);

        assertThat(outcome).isInstanceOf(Outcome.Withheld.class);
        await().until(() -> Files.size(folder.shimLog()) > 0);
        late.ifPresent(pid -> await().until(() -> Posix.reap(pid)));
        assertThat(step.folder().workspace().resolve("ran")).doesNotExist();
        assertThat(step.adopt(executor, Map.of()).outcome()).isInstanceOf(Outcome.Withheld.class);
    }

    @Test
    void an_adopted_attempt_that_was_never_created_never_will_be() {
        Attempts step = Attempts.bash(data, "echo x >> ran");

        assertThat(step.adopt(executor, Map.of()).outcome()).isInstanceOf(Outcome.Withheld.class);
        assertThatThrownBy(() -> step.start(executor)).isInstanceOf(AttemptExistsException.class);
    }

    @Test
    void another_executor_goes_on_where_the_first_let_go() {
        Attempts step = Attempts.bash(
                data, "seq 1 1000; echo ready; until [ -e go ]; do sleep 0.02; done; seq 1001 2000; exit 9");
        Watched first = step.start(executor).printed("ready");
        executor.close();
        assertThatThrownBy(() -> first.execution().outcome().join()).isInstanceOf(CancellationException.class);

        try (ProcessExecutor next = new ProcessExecutor(data, HostLease.unlimited(data))) {
            Watched second = step.adopt(next, first.console().offsets());
            touch(step.folder().workspace().resolve("go"));

            assertThat(second.exited().code()).isEqualTo(9);
            List<String> whole = new ArrayList<>(first.out());
            whole.remove("ready");
            whole.addAll(second.out());
            assertThat(whole).isEqualTo(numbers(1, 2000));
        }
    }

    @Test
    void an_attempt_that_ended_without_a_server_is_told_whole() {
        Attempts step = Attempts.bash(data, "until [ -e go ]; do sleep 0.02; done; echo end; exit 5");
        Watched first = step.start(executor);
        await().until(() -> step.attemptFolder().shim().isPresent());
        executor.close();
        touch(step.folder().workspace().resolve("go"));
        await().until(() -> step.attemptFolder().exitCode().isPresent());

        try (ProcessExecutor next = new ProcessExecutor(data, HostLease.unlimited(data))) {
            Watched second = step.adopt(next, first.console().offsets());
            assertThat(second.exited().code()).isEqualTo(5);
            assertThat(second.out()).containsExactly("end");
        }
    }

    @Test
    void the_end_of_a_shim_that_is_killed_is_noticed_and_takes_the_step_with_it() {
        Attempts step = Attempts.bash(data, "echo $$ > pid; echo up; while :; do sleep 100; done");
        Watched attempt = step.start(executor).printed("up");
        long pid = attempt.number("pid");

        Posix.signal(step.attemptFolder().shim().orElseThrow().pid(), Posix.SIGKILL);

        assertThat(attempt.outcome())
                .isEqualTo(new Outcome.Lost("The process was ended from outside and left no exit code."));
        assertThat(Attempts.isAlive(pid)).isFalse();
    }

    @Test
    void an_adopted_attempt_whose_shim_is_dead_is_lost() {
        Attempts step = Attempts.bash(data, "echo $$ > pid; while :; do sleep 100; done");
        Watched first = step.start(executor);
        long pid = first.number("pid");
        Shim shim = step.attemptFolder().shim().orElseThrow();
        executor.close();
        Posix.signal(shim.pid(), Posix.SIGKILL);
        await().until(() -> !Attempts.isAlive(shim.pid()));

        try (ProcessExecutor next = new ProcessExecutor(data, HostLease.unlimited(data))) {
            assertThat(step.adopt(next, Map.of()).outcome()).isInstanceOf(Outcome.Lost.class);
            assertThat(Attempts.isAlive(pid)).isFalse();
        }
    }

    @Test
    void signals_to_the_shim_alone_change_nothing() {
        Attempts step = Attempts.bash(data, "echo up; until [ -e go ]; do sleep 0.02; done; exit 6");
        Watched attempt = step.start(executor).printed("up");
        long shim = step.attemptFolder().shim().orElseThrow().pid();

        for (int signal : List.of(1, 2, 3, 15, 15, 1)) {
            Posix.signal(shim, signal);
        }
        touch(step.folder().workspace().resolve("go"));

        assertThat(attempt.exited().code()).isEqualTo(6);
    }

    @Test
    void a_signal_that_ends_the_step_is_its_exit_code() {
        Watched attempt = Attempts.bash(data, "kill -KILL $$").start(executor);

        assertThat(attempt.exited().code()).isEqualTo(137);
    }

    @Test
    void a_step_begins_with_signals_at_their_defaults() {
        Watched attempt = Attempts.of(data)
                .interpreter(Interpreter.PYTHON)
                .command(new Command.Inline("import signal as s\n"
                        + "print(all(s.getsignal(n) in (s.SIG_DFL, s.default_int_handler) for n in (1, 2,"
                        + " 3, 15)))"))
                .start(executor);

        assertThat(attempt.exited().code()).isZero();
        assertThat(attempt.out()).containsExactly("True");
    }

    @Test
    void a_host_without_native_spawn_starts_processes_too() {
        try (ProcessExecutor other =
                new ProcessExecutor(data, HostLease.unlimited(data), Cgroups.find(data), Optional::empty)) {
            Watched attempt =
                    Attempts.bash(data, "ps -o sid= -p $$ > sid; exit 4").start(other);
            Watched stopped =
                    Attempts.bash(data, "sleep 100 & echo $! > pid; wait").start(other);
            Watched tooLong = Attempts.bash(data, "")
                    .environment("LONG", "x".repeat(200_000))
                    .start(other);
            long pid = stopped.number("pid");
            stopped.execution().stop(Duration.ZERO);

            assertThat(attempt.exited().code()).isEqualTo(4);
            AttemptFolder folder = new AttemptFolder(attempt.folder().attempt("step", 1));
            assertThat(attempt.number("sid"))
                    .isEqualTo(folder.shim().orElseThrow().pid());
            assertThat(stopped.outcome()).isEqualTo(new Outcome.Stopped());
            assertThat(Attempts.isAlive(pid)).isFalse();
            assertThat(tooLong.outcome())
                    .isEqualTo(
                            new Outcome.NotStarted("The arguments and the environment are too long for the system."));
        }
    }

    @Test
    void idle_attempts_hold_no_thread() {
        List<Watched> attempts = IntStream.range(0, 40)
                .mapToObj(i -> Attempts.bash(data, "echo up; exec sleep 100").start(executor))
                .toList();
        attempts.forEach(attempt -> attempt.printed("up"));

        // Two for all, and none of the JDK's that would wait for a process each.
        await().untilAsserted(() -> assertThat(threadNames())
                .filteredOn(name -> name.startsWith("attempt-"))
                // Another executor of this JVM has two as well.
                .isSubsetOf("attempt-watch", "attempt-sweep")
                .hasSizeLessThan(10));
        assertThat(threadNames())
                .filteredOn(name -> name.startsWith("process reaper"))
                .hasSizeLessThan(10);
        attempts.forEach(attempt -> attempt.execution().stop(Duration.ZERO));
        assertThat(attempts).allSatisfy(attempt -> assertThat(attempt.outcome()).isEqualTo(new Outcome.Stopped()));
    }

    private static Map.Entry<String, String> entry(String key, String value) {
        return Map.entry(key, value);
    }

    private static List<String> threadNames() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toList();
    }

    private static void touch(Path file) {
        try {
            Files.createFile(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
