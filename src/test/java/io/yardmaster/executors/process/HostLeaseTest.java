package io.yardmaster.executors.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.yardmaster.executors.Outcome;
import io.yardmaster.executors.process.Attempts.Watched;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.function.SingletonSupplier;

/** What a host may start and keep running while its server is in touch with the database, and what becomes of it after. */
class HostLeaseTest {

    private static final Duration HOUR = Duration.ofHours(1);

    /** A step that leaves somebody in a session of his own and somebody without its environment, and stays. */
    private static final String FAMILY = """
        echo $$ > self
        setsid bash -c 'echo $$ > daemon; exec sleep 1000' &
        env -i bash -c 'echo $$ > stranger; exec sleep 1000' &
        trap '' TERM
        wait
        sleep 1000
        """;

    @TempDir
    Path data;

    @BeforeEach
    void has_a_clock() {
        assumeTrue(BootClock.find().isPresent(), "this system has no /proc/uptime");
    }

    @Test
    void the_lease_is_held_from_its_renewal_until_a_fifth_before_its_end() {
        HostLease lease = HostLease.of(data, Duration.ofSeconds(10), HOUR);

        assertThat(lease.isHeld()).isFalse();
        lease.renew(lease.now() - 700, UUID.randomUUID());
        assertThat(lease.isHeld()).isTrue();
        lease.renew(lease.now() - 800, UUID.randomUUID());
        assertThat(lease.isHeld()).isFalse();
    }

    @Test
    void a_host_with_a_database_of_its_own_needs_no_renewal() {
        HostLease lease = HostLease.unlimited(data);

        assertThat(lease.isHeld()).isTrue();
        assertThat(lease.orphanGrace()).isEmpty();
    }

    @Test
    void an_attempt_starts_under_the_lease_of_its_node() {
        HostLease lease = HostLease.of(data, Duration.ofSeconds(10), HOUR);
        Attempts step = Attempts.bash(data, "echo x >> ran");
        lease.renew(lease.now(), step.assignment().node());
        try (ProcessExecutor executor = executor(lease)) {
            assertThat(step.start(executor).exited().code()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"never renewed", "run out", "of another node"})
    void without_a_lease_no_attempt_starts_and_another_one_may(String how) {
        HostLease lease = HostLease.of(data, Duration.ofSeconds(10), HOUR);
        Attempts step = Attempts.bash(data, "echo x >> ran");
        switch (how) {
            case "run out" -> lease.renew(lease.now() - 801, step.assignment().node());
            case "of another node" -> lease.renew(lease.now(), UUID.randomUUID());
            default -> {}
        }
        try (ProcessExecutor executor = executor(lease)) {
            assertThat(step.start(executor).outcome()).isInstanceOf(Outcome.Withheld.class);
        }
        assertThat(step.folder().workspace().resolve("ran")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void the_warden_ends_a_whole_family_when_the_grace_is_over_and_not_before(boolean caged) {
        Cgroups cgroups = caged ? Cgroups.find(data) : Cgroups.none();
        assumeTrue(!caged || cgroups.available(), "no control groups here");
        HostLease lease = HostLease.of(data, HOUR, Duration.ofSeconds(5));
        Attempts step = Attempts.bash(data, FAMILY);
        lease.renew(lease.now(), step.assignment().node());
        try (ProcessExecutor executor =
                new ProcessExecutor(data, lease, cgroups, SingletonSupplier.of(NativeSpawn::find))) {
            Watched watched = step.start(executor);
            long self = watched.number("self");
            long daemon = watched.number("daemon");
            long stranger = watched.number("stranger");
            executor.keepWarden();
            for (int i = 0; i < 4; i++) {
                long until = lease.now() + 100;
                await().atMost(Attempts.PATIENCE).until(() -> lease.now() > until);
                lease.renew(lease.now(), step.assignment().node());
                assertThat(Attempts.isAlive(self)).isTrue();
            }

            assertThat(watched.outcome())
                    .isEqualTo(new Outcome.Lost(
                            "The server of this host was dead or cut off from its database for too long."));
            assertThat(Attempts.isAlive(self)).isFalse();
            assertThat(Attempts.isAlive(daemon)).isFalse();
            // Without a control group nobody can find him who has left session, environment and parents behind.
            assertThat(Attempts.isAlive(stranger)).isFalse();
        }
    }

    @Test
    void the_warden_needs_no_server() throws Exception {
        HostLease lease = HostLease.of(data, HOUR, Duration.ofSeconds(5));
        Attempts step = Attempts.bash(data, FAMILY);
        lease.renew(lease.now(), step.assignment().node());
        long self;
        try (ProcessExecutor executor = executor(lease)) {
            Watched watched = step.start(executor);
            self = watched.number("self");
            executor.keepWarden();
            watched.execution().letGo();
        }

        long start = lease.now();
        await().atMost(Attempts.PATIENCE).until(() -> !Attempts.isAlive(self));
        assertThat(lease.now() - start).isLessThan(500);
        assertThat(step.attemptFolder().exitCode()).isEmpty();
        Files.delete(data.resolve("lease"));
    }

    @Test
    void a_warden_that_was_killed_is_replaced() throws Exception {
        HostLease lease = HostLease.of(data, HOUR, HOUR);
        lease.renew(lease.now(), UUID.randomUUID());
        try (ProcessExecutor executor = executor(lease)) {
            executor.keepWarden();
            long first = warden(0);
            executor.keepWarden();
            Posix.signal(first, Posix.SIGKILL);
            await().atMost(Attempts.PATIENCE).until(() -> {
                executor.keepWarden();
                return !Attempts.isAlive(first);
            });
            executor.keepWarden();

            long second = warden(first);
            Files.delete(data.resolve("lease"));
            await().atMost(Attempts.PATIENCE).until(() -> !Attempts.isAlive(second));
        }
    }

    @Test
    void what_is_left_of_a_run_is_cleared_away_and_nothing_of_it_begins_later() {
        HostLease lease = HostLease.unlimited(data);
        Attempts step = Attempts.bash(data, FAMILY);
        try (ProcessExecutor executor = executor(lease)) {
            Watched watched = step.start(executor);
            long self = watched.number("self");
            long daemon = watched.number("daemon");

            executor.clear(step.folder());

            assertThat(Attempts.isAlive(self)).isFalse();
            assertThat(Attempts.isAlive(daemon)).isFalse();
            assertThat(step.attemptFolder().exitCode()).isEmpty();
            assertThat(step.adopt(executor, Map.of()).outcome()).isInstanceOf(Outcome.Lost.class);
        }
    }

    private long warden(long not) {
        Path file = data.resolve("shim").resolve("warden.pid");
        return await().atMost(Attempts.PATIENCE)
                .until(
                        () -> Files.exists(file) && Files.readString(file).endsWith("\n")
                                ? Long.parseLong(Files.readString(file).strip())
                                : not,
                        pid -> pid != not);
    }

    private ProcessExecutor executor(HostLease lease) {
        return new ProcessExecutor(data, lease, Cgroups.none(), SingletonSupplier.of(NativeSpawn::find));
    }
}
