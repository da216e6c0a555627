package io.yardmaster.executors.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.yardmaster.executors.Outcome;
import io.yardmaster.executors.process.Attempts.Watched;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ProcessTreeTest {

    /** Ignores TERM, forks, and leaves a daemon in a session of its own; each writes its process id. */
    private static final String STUBBORN = """
        trap '' TERM
        echo $$ > shell
        sh -c 'trap "" TERM; echo $$ > child; while :; do sleep 100; done' &
        setsid sh -c '(trap "" TERM HUP; sh -c "echo \\$PPID > daemon"; while :; do sleep 100; done) & exit' &
        while :; do sleep 100; done
        """;

    @TempDir
    Path data;

    private final List<ProcessExecutor> opened = new ArrayList<>();

    private ProcessExecutor executor(Cgroups cgroups) {
        ProcessExecutor executor = new ProcessExecutor(data, HostLease.unlimited(data), cgroups, NativeSpawn::find);
        opened.add(executor);
        return executor;
    }

    @AfterEach
    void close() {
        opened.forEach(ProcessExecutor::close);
    }

    static Stream<Cgroups> placesAndNone() {
        return Stream.concat(places(), Stream.of(Cgroups.none()));
    }

    /** Each kind of control group that this host offers. */
    static Stream<Cgroups> places() {
        return Cgroups.candidates().stream()
                .map(place -> Cgroups.findIn(List.of(place), Path.of("/test-of-trees")))
                .filter(Cgroups::available);
    }

    @ParameterizedTest
    @MethodSource("placesAndNone")
    void a_stop_ends_what_ignores_TERM_forks_and_leaves_the_session(Cgroups cgroups) {
        ProcessExecutor executor = executor(cgroups);
        Watched attempt = Attempts.bash(data, STUBBORN).start(executor);
        List<Long> pids = List.of(attempt.number("shell"), attempt.number("child"), attempt.number("daemon"));
        assertThat(pids).allMatch(Attempts::isAlive);

        attempt.execution().stop(Duration.ofMillis(300));
        attempt.execution().stop(Duration.ofMinutes(5));

        assertThat(attempt.outcome()).isEqualTo(new Outcome.Stopped());
        assertThat(pids).noneMatch(Attempts::isAlive);
    }

    @ParameterizedTest
    @MethodSource("places")
    void a_daemon_without_session_and_environment_does_not_get_out_of_a_control_group(Cgroups cgroups) {
        assumeTrue(cgroups.available(), "this host offers no control groups");
        ProcessExecutor executor = executor(cgroups);
        String daemon =
                "env -i setsid sh -c '(trap \"\" TERM; sh -c \"echo \\$PPID > daemon\"; exec </dev/null >/dev/null"
                        + " 2>&1; while :; do sleep 100; done) & exit'; ";
        Watched stopped = Attempts.bash(data, daemon + "sleep 100").start(executor);
        Watched ended = Attempts.bash(data, daemon + "until [ -s daemon ]; do sleep 0.02; done; exit 3")
                .start(executor);
        long first = stopped.number("daemon");
        long second = ended.number("daemon");

        stopped.execution().stop(Duration.ofMillis(100));

        assertThat(stopped.outcome()).isEqualTo(new Outcome.Stopped());
        assertThat(Attempts.isAlive(first)).isFalse();
        assertThat(ended.exited().code()).isEqualTo(3);
        assertThat(Attempts.isAlive(second)).isFalse();
        assertThat(Stream.of(stopped, ended)
                        .map(attempt -> new AttemptFolder(attempt.folder().attempt("step", 1)))
                        .map(folder -> folder.cgroup().orElseThrow().folder()))
                .noneMatch(folder -> folder.toFile().exists());
    }

    @ParameterizedTest
    @MethodSource("placesAndNone")
    void what_a_step_leaves_in_the_background_ends_with_it(Cgroups cgroups) {
        ProcessExecutor executor = executor(cgroups);
        Watched attempt = Attempts.bash(data, """
            setsid sh -c 'trap "" TERM; echo $$ > daemon; echo still here; while :; do sleep 100; done' &
            sleep 100 & echo $! > child
            until [ -s daemon ]; do sleep 0.02; done
            exit 8
            """).start(executor);
        List<Long> pids = List.of(attempt.number("daemon"), attempt.number("child"));

        assertThat(attempt.exited().code()).isEqualTo(8);
        assertThat(attempt.out()).containsExactly("still here");
        assertThat(pids).noneMatch(Attempts::isAlive);
    }

    @ParameterizedTest
    @MethodSource("placesAndNone")
    void a_step_that_forks_without_end_is_caught_up_with(Cgroups cgroups) {
        ProcessExecutor executor = executor(cgroups);
        Watched attempt = Attempts.bash(data, "trap '' TERM; echo $$ > shell; while :; do sleep 100 & sleep 0.01; done")
                .start(executor);
        long shell = attempt.number("shell");

        attempt.execution().stop(Duration.ofMillis(200));

        assertThat(attempt.outcome()).isEqualTo(new Outcome.Stopped());
        assertThat(Attempts.isAlive(shell)).isFalse();
        String token =
                new AttemptFolder(attempt.folder().attempt("step", 1)).token().orElseThrow();
        assertThat(ProcessEntry.all()).noneMatch(entry -> entry.startedWith("YM_ATTEMPT_TOKEN=" + token));
    }

    @Test
    void a_stop_gives_the_step_its_grace_and_its_last_words() {
        ProcessExecutor executor = executor(Cgroups.find(data));
        Watched attempt = Attempts.bash(data, "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.02; done")
                .start(executor)
                .printed("up");

        attempt.execution().stop(Attempts.PATIENCE.multipliedBy(10));

        assertThat(attempt.outcome()).isEqualTo(new Outcome.Stopped());
        assertThat(attempt.out()).containsExactly("up", "bye");
    }

    @Test
    void a_stop_of_an_attempt_that_is_only_starting_keeps_it_from_running_on() {
        ProcessExecutor executor = executor(Cgroups.find(data));
        List<ProcessEntry> before = ownZombies();
        for (int i = 0; i < 20; i++) {
            Watched attempt = Attempts.bash(data, "sleep 100").start(executor);
            attempt.execution().stop(Duration.ZERO);

            assertThat(attempt.outcome()).isEqualTo(new Outcome.Stopped());
            AttemptFolder folder = new AttemptFolder(attempt.folder().attempt("step", 1));
            assertThat(before).containsAll(ownZombies());
            assertThat(folder.isRefused()
                            || folder.shim()
                                    .filter(shim -> !Attempts.isAlive(shim.pid()))
                                    .isPresent())
                    .isTrue();
        }
    }

    private static List<ProcessEntry> ownZombies() {
        return ProcessEntry.all().stream()
                .filter(entry -> entry.zombie()
                        && entry.parent() == ProcessHandle.current().pid())
                .toList();
    }

    @Test
    void a_stop_after_the_exit_code_changes_nothing() {
        ProcessExecutor executor = executor(Cgroups.find(data));
        Watched attempt = Attempts.bash(data, "exit 2").start(executor);
        assertThat(attempt.exited().code()).isEqualTo(2);

        attempt.execution().stop(Duration.ZERO);

        assertThat(attempt.exited().code()).isEqualTo(2);
    }
}
