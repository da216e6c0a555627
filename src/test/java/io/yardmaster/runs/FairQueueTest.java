package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.runs.QueuePlace.Reason;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The order in which places go to runs, and slots to those that need one. The server has one place, which is taken, so
 * that runs are claimed here and nowhere else.
 */
class FairQueueTest {

    @TempDir
    static Path root;

    private static TestServer server;
    private static ClaimingByHand queue;
    private static String blocker;

    @BeforeAll
    static void take_the_only_place() throws IOException {
        server = TestServer.start(
                root.resolve("data"),
                Files.createDirectories(root.resolve("jobs")),
                "--yardmaster.engine.max-concurrent-runs=1");
        queue = new ClaimingByHand(server);
        server.job("queue/block").config("inline: sleep 600\n");
        server.job("queue/plain").config("inline: echo\n");
        server.job("queue/two").config("inline: echo\nconcurrency: {key: both, limit: 2}\n");
        server.job("queue/newest").config("inline: echo\nconcurrency: {key: last, on_conflict: cancel_older}\n");
        ApiClient api = server.client();
        blocker = api.run("queue/block", "{}");
        api.await(blocker, run -> run.path("status").asString().equals("running"));
    }

    @AfterEach
    void empty() {
        queue.clear();
    }

    @AfterAll
    static void stop() {
        server.client().post("/runs/" + blocker + "/cancel", "{\"grace\": \"0s\"}");
        server.client().awaitEnd(blocker);
        server.close();
    }

    // ---- Turns

    /** With {@code -Dyardmaster.test.fair-runs=20000}, the whole of what is promised. */
    @Test
    void a_tenant_that_submits_very_many_runs_delays_another_by_one_turn() {
        int many = Integer.getInteger("yardmaster.test.fair-runs", 300);
        for (int i = 0; i < many; i++) {
            queue.submit("flood", "queue/plain", 0, null);
        }
        assertThat(queue.claim(50)).hasSize(50);

        RunId late = queue.submit("late", "queue/plain", 0, null);
        List<RunLease> next = new ArrayList<>();
        do {
            next.addAll(queue.claim(1));
        } while (!next.getLast().runId().equals(late));

        assertThat(next).hasSizeLessThanOrEqualTo(2);
        assertThat(queue.claimAll(64)).hasSize(many - 50 - (next.size() - 1));
    }

    @Test
    void within_a_tenant_priority_decides_and_then_age() {
        RunId ordinary = queue.submit("one", "queue/plain", 0, null);
        RunId low = queue.submit("one", "queue/plain", -5, null);
        RunId high = queue.submit("one", "queue/plain", 5, null);
        RunId alsoHigh = queue.submit("one", "queue/plain", 5, null);

        assertThat(oneByOne(4)).containsExactly(high, alsoHigh, ordinary, low);
    }

    @Test
    void a_tenant_of_three_times_the_weight_gets_three_times_as_many_places() {
        ClaimingByHand weighted = new ClaimingByHand(server, Map.of("heavy", 3), 0);
        queue.fill("heavy", 200, 0);
        queue.fill("light", 200, 0);

        Map<Tenant, Long> started = new HashMap<>();
        for (int places : List.of(1, 7, 16, 3, 32, 1, 20)) {
            weighted.claim(places).forEach(lease -> started.merge(lease.tenant(), 1L, Long::sum));
        }

        assertThat(started.get(new Tenant("heavy"))).isBetween(59L, 61L);
        assertThat(started.get(new Tenant("light"))).isBetween(19L, 21L);
    }

    @Test
    void a_tenant_that_had_nothing_to_run_has_saved_up_no_turns() {
        queue.fill("busy", 200, 0);
        queue.fill("idle", 1, 0);
        // The turns that it has no run for go to the other one, by the next claim.
        assertThat(queue.claim(64)).hasSizeLessThan(64);
        assertThat(queue.claim(32)).hasSize(32);
        queue.fill("idle", 50, 0);

        Map<Tenant, Long> next =
                queue.claim(40).stream().collect(Collectors.groupingBy(RunLease::tenant, Collectors.counting()));

        assertThat(next.get(new Tenant("idle"))).isBetween(20L, 21L);
        assertThat(next.get(new Tenant("busy"))).isBetween(19L, 20L);
    }

    /** Light tenants between heavy ones must not be put off again and again. */
    @Test
    void every_tenant_gets_its_turn_whatever_the_others_weigh() {
        ClaimingByHand weighted = new ClaimingByHand(server, Map.of("huge", 1_000, "big", 100), 0);
        queue.fill("huge", 3_000, 0);
        queue.fill("big", 400, 0);
        queue.fill("small", 2, 0);

        List<Tenant> order =
                weighted.claimAll(17).stream().map(RunLease::tenant).toList();

        assertThat(order.indexOf(new Tenant("small"))).isLessThan(40);
        assertThat(order.lastIndexOf(new Tenant("small"))).isBetween(900, 1_300);
    }

    @Test
    void positions_are_those_in_which_runs_are_claimed() {
        Random random = new Random(7);
        Map<String, Integer> weights = Map.of("north", 3, "south", 7);
        ClaimingByHand weighted = new ClaimingByHand(server, weights, 0);
        for (String tenant : List.of("north", "south", "east", "west")) {
            for (int i = 0; i < 4; i++) {
                queue.fill(tenant, 1 + random.nextInt(8), random.nextInt(3));
            }
        }
        assertThat(weighted.claim(5)).hasSize(5);
        queue.fill("newcomer", 3, 0);
        Map<UUID, Integer> positions = queue.pending().stream()
                .collect(Collectors.toMap(
                        Function.identity(), id -> weighted.place(new RunId(id)).position()));

        List<UUID> claimed = new ArrayList<>();
        for (List<RunLease> one = weighted.claim(1); !one.isEmpty(); one = weighted.claim(1)) {
            claimed.add(one.getFirst().runId().value());
        }

        assertThat(positions.values()).doesNotHaveDuplicates();
        assertThat(claimed)
                .hasSizeGreaterThan(20)
                .isEqualTo(positions.keySet().stream()
                        .sorted(Comparator.comparing(positions::get))
                        .toList());
    }

    @Test
    void a_position_is_exact_up_to_a_thousand_and_no_further() {
        queue.fill("crowded", 1_200, 0);
        queue.fill("other", 600, 0);

        List<UUID> crowd = queue.pending().stream()
                .sorted(Comparator.comparing(UUID::toString))
                .toList();

        // Of the two, the one whose name is first goes first; then they alternate.
        assertThat(queue.place(new RunId(crowd.getFirst())).position()).isEqualTo(1);
        assertThat(queue.place(new RunId(crowd.get(399))).position()).isEqualTo(799);
        assertThat(queue.place(new RunId(crowd.get(499))).position()).isEqualTo(999);
        assertThat(queue.place(new RunId(crowd.get(500))).position()).isEqualTo(1_000);
        assertThat(queue.place(new RunId(crowd.get(1_100))).position()).isEqualTo(1_000);
    }

    @Test
    void a_claim_reads_no_more_of_a_long_queue_than_of_a_short_one() {
        queue.fillQuickly(200, 1);
        long few = queue.rowsReadByClaiming(32);
        queue.clear();
        queue.fillQuickly(20_000, 1);
        long many = queue.rowsReadByClaiming(32);
        queue.clear();
        queue.fillQuickly(20_000, 500);
        long ofManyTenants = queue.rowsReadByClaiming(32);

        assertThat(few).isLessThan(200);
        assertThat(many).isLessThanOrEqualTo(few + 20);
        // One look for each tenant.
        assertThat(ofManyTenants).isLessThan(few + 2 * 500);
    }

    @Test
    void a_tenant_at_its_limit_is_passed_over_and_goes_on_as_its_runs_end() {
        ClaimingByHand limited = new ClaimingByHand(server, Map.of(), 2);
        for (int i = 0; i < 4; i++) {
            queue.submit("limited", "queue/plain", 0, null);
        }
        RunId other = queue.submit("other", "queue/plain", 0, null);

        List<RunLease> first = limited.claim(10);

        assertThat(first.stream().map(RunLease::tenant).map(Tenant::name))
                .containsExactlyInAnyOrder("limited", "limited", "other");
        assertThat(limited.claim(10)).isEmpty();
        assertThat(queue.pending()).hasSize(2).allSatisfy(id -> {
            QueuePlace place = limited.place(new RunId(id));
            assertThat(place.reason()).isEqualTo(Reason.TENANT_LIMIT);
            assertThat(place.limit()).isEqualTo(2);
        });
        first.stream().filter(lease -> !lease.runId().equals(other)).findFirst().ifPresent(queue::finish);
        assertThat(limited.claim(10)).hasSize(1);
    }

    // ---- Slots

    @Test
    void no_more_runs_of_a_key_are_claimed_than_it_has_slots() {
        RunId first = queue.submit("keys", "queue/plain", 0, "alone");
        RunId low = queue.submit("keys", "queue/plain", 0, "alone");
        RunId high = queue.submit("keys", "queue/plain", 3, "alone");
        RunId free = queue.submit("keys", "queue/plain", 0, null);
        RunId elsewhere = queue.submit("others", "queue/plain", 0, "alone");

        // The first to come has the slot before the one of higher priority is there.
        List<RunLease> claimed = queue.claim(10);

        assertThat(claimed.stream().map(RunLease::runId)).hasSize(3).contains(free, elsewhere);
        QueuePlace waiting = queue.place(low);
        assertThat(waiting.reason()).isEqualTo(Reason.CONCURRENCY);
        assertThat(waiting.key()).isEqualTo("alone");
        assertThat(waiting.limit()).isEqualTo(1);
        assertThat(waiting.position()).isNull();
        assertThat(waiting.heldBy())
                .containsExactly(claimed.stream()
                        .map(RunLease::runId)
                        .filter(id -> id.equals(first) || id.equals(high))
                        .findFirst()
                        .orElseThrow());
        assertThat(queue.claim(10)).isEmpty();
    }

    @Test
    void a_slot_that_is_given_back_goes_to_the_highest_priority_and_then_to_the_oldest() {
        queue.submit("keys", "queue/plain", 0, "alone");
        RunLease holder = queue.claim(10).getFirst();
        RunId older = queue.submit("keys", "queue/plain", 0, "alone");
        RunId younger = queue.submit("keys", "queue/plain", 0, "alone");
        RunId urgent = queue.submit("keys", "queue/plain", 9, "alone");
        assertThat(queue.claim(10)).isEmpty();
        assertThat(List.of(urgent, older, younger))
                .extracting(run -> queue.place(run).ahead())
                .containsExactly(0, 1, 2);

        List<RunId> order = new ArrayList<>();
        for (RunLease ending = holder; order.size() < 3; ) {
            queue.finish(ending);
            ending = queue.claim(10).getFirst();
            order.add(ending.runId());
        }

        assertThat(order).containsExactly(urgent, older, younger);
    }

    @Test
    void a_run_that_needs_two_slots_takes_both_or_none() {
        RunLease[] holders = {claimed("queue/two", null), claimed("queue/two", null)};
        RunLease side = claimed("queue/plain", "side");
        RunId both = queue.submit("keys", "queue/two", 0, "side");
        assertThat(queue.claim(10)).isEmpty();
        assertThat(queue.place(both).key()).isEqualTo("both");

        queue.finish(holders[0]);
        assertThat(queue.claim(10)).isEmpty();
        assertThat(queue.place(both).key()).isEqualTo("side");
        // It has not taken the slot that is free, so another one can.
        RunLease between = claimed("queue/two", null);
        queue.finish(side);
        assertThat(queue.claim(10)).isEmpty();
        assertThat(queue.place(both).key()).isEqualTo("both");
        queue.finish(between);

        assertThat(queue.claim(10)).extracting(RunLease::runId).containsExactly(both);
    }

    @Test
    void two_servers_that_claim_at_once_never_overfill_a_key() throws Exception {
        int runs = 120;
        for (int i = 0; i < runs; i++) {
            queue.submit("keys", i % 2 == 0 ? "queue/two" : "queue/plain", i % 3, i % 2 == 0 ? null : "alone");
        }
        AtomicInteger[] active = {new AtomicInteger(), new AtomicInteger()};
        AtomicInteger[] most = {new AtomicInteger(), new AtomicInteger()};
        AtomicInteger ended = new AtomicInteger();
        Map<UUID, Integer> kinds = queue.inTransaction(() -> queue
                .client()
                .sql("SELECT run_id, key FROM run_slot")
                .query((row, n) -> Map.entry(
                        row.getObject("run_id", UUID.class),
                        row.getString("key").equals("both") ? 0 : 1))
                .list()
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
        Callable<Boolean> claimer = () -> {
            ClaimingByHand mine = new ClaimingByHand(server);
            List<RunLease> held = new ArrayList<>();
            while (ended.get() < runs) {
                for (RunLease lease : mine.claim(3)) {
                    int kind = Objects.requireNonNull(kinds.get(lease.runId().value()));
                    int now = active[kind].incrementAndGet();
                    most[kind].accumulateAndGet(now, Math::max);
                    held.add(lease);
                }
                if (!held.isEmpty()) {
                    RunLease lease = held.removeFirst();
                    active[Objects.requireNonNull(kinds.get(lease.runId().value()))].decrementAndGet();
                    mine.finish(lease);
                    ended.incrementAndGet();
                }
            }
            return true;
        };

        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            for (Future<Boolean> done : threads.invokeAll(List.of(claimer, claimer, claimer))) {
                assertThat(done.get()).isTrue();
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }

        assertThat(most[0].get()).isEqualTo(2);
        assertThat(most[1].get()).isEqualTo(1);
        assertThat(queue.pending()).isEmpty();
    }

    @Test
    void a_long_line_of_one_key_holds_nobody_else_up() {
        RunLease holder = claimed("queue/plain", "alone");
        for (int i = 0; i < 200; i++) {
            queue.submit("keys", "queue/plain", 9, "alone");
        }
        RunId behind = queue.submit("keys", "queue/plain", 0, null);

        assertThat(queue.place(behind).position()).isEqualTo(1);
        assertThat(queue.claim(1)).extracting(RunLease::runId).containsExactly(behind);
        queue.finish(holder);
    }

    @Test
    void a_slot_without_a_run_is_found_and_given_away() {
        RunLease dead = claimed("queue/plain", "alone");
        RunId waiting = queue.submit("keys", "queue/plain", 0, "alone");
        assertThat(queue.claim(10)).isEmpty();
        // Nothing of ours does this.
        queue.inTransaction(() -> queue.client()
                .sql("DELETE FROM run_live WHERE run_id = :run")
                .param("run", dead.runId().value())
                .update());

        // The server sweeps too, now and then, and may be first.
        await().atMost(ClaimingByHand.LONG).untilAsserted(() -> {
            var _ = server.bean(QueueSweep.class).sweep();
            assertThat(queue.claim(10)).extracting(RunLease::runId).containsExactly(waiting);
        });
    }

    @Test
    void a_key_that_nobody_left_a_note_of_is_found() {
        RunId waiting = queue.submit("keys", "queue/plain", 0, "alone");
        queue.inTransaction(() -> queue.client().sql("DELETE FROM slot_note").update());

        await().atMost(ClaimingByHand.LONG).untilAsserted(() -> {
            var _ = server.bean(QueueSweep.class).sweep();
            assertThat(queue.claim(10)).extracting(RunLease::runId).containsExactly(waiting);
        });
    }

    private static RunLease claimed(String job, @Nullable String key) {
        queue.submit("keys", job, 0, key);
        return queue.claim(1).getFirst();
    }

    private static List<RunId> oneByOne(int count) {
        List<RunId> order = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            order.add(queue.claim(1).getFirst().runId());
        }
        return order;
    }
}
