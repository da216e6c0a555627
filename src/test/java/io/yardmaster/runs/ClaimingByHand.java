package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.jobs.JobId;
import io.yardmaster.jobs.PlanRequest;
import io.yardmaster.jobs.Timeouts;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.testkit.TestServer;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.node.JsonNodeFactory;

/** A server that claims runs when it is told to, beside a real one that has no place free. Its runs do nothing. */
final class ClaimingByHand {

    private final TestServer server;
    private final UUID node = UUID.randomUUID();
    private final UUID host = UUID.randomUUID();
    private final RunClaim claims;
    private final QueuePlaces places;

    ClaimingByHand(TestServer server) {
        this(server, Map.of(), 0);
    }

    ClaimingByHand(TestServer server, Map<String, Integer> weights, int runsPerTenant) {
        this.server = server;
        Map<String, BigDecimal> exact = weights.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, weight -> BigDecimal.valueOf(weight.getValue())));
        Turns turns = new Turns(new QueueProperties(1_000_000, 1_000_000, exact));
        LimitsProperties limits = new LimitsProperties(runsPerTenant);
        this.claims = new RunClaim(
                server.bean(JdbcClient.class),
                server.bean(TransactionTemplate.class),
                server.bean(SlotGiver.class),
                server.bean(Newcomers.class),
                turns,
                limits);
        this.places =
                new QueuePlaces(server.bean(JdbcClient.class), server.bean(TransactionTemplate.class), turns, limits);
    }

    List<RunLease> claim(int places) {
        return claims.claim(node, host, places);
    }

    /** Claims so many, by as many claims as it takes. */
    List<RunLease> claimAll(int atOnce) {
        List<RunLease> all = new ArrayList<>();
        for (List<RunLease> some = claim(atOnce); !some.isEmpty(); some = claim(atOnce)) {
            all.addAll(some);
        }
        return all;
    }

    QueuePlace place(RunId runId) {
        return places.of(runId).orElseThrow();
    }

    void finish(RunLease lease) {
        RunQueue queue = server.bean(RunQueue.class);
        RunQueue.Stored stored = queue.stored(lease).orElseThrow();
        RunCommit end = new RunCommit(
                lease,
                stored.lastSeq(),
                List.of(),
                List.of(),
                List.of(),
                stored.inboxSeq(),
                null,
                new RunCommit.Finish(RunState.SUCCESS, Instant.now(), Instant.now(), null, null, null),
                null,
                List.of());
        if (queue.commit(List.of(end)).getFirst() != RunQueue.Written.WRITTEN) {
            throw new AssertionError("the run could not end: " + lease);
        }
    }

    /** Submits a run as a caller of this tenant does. */
    RunId submit(String tenant, String job, int priority, @Nullable String concurrencyKey) {
        Actor actor = new Actor("somebody", new Tenant(tenant), Set.of(), Set.of(), "test", null);
        RunSubmission submission = new RunSubmission(
                new RunSubmission.Job(new PlanRequest(
                        new JobId(job), null, JsonNodeFactory.instance.objectNode(), Timeouts.NONE, null)),
                Map.of(),
                JsonNodeFactory.instance.objectNode(),
                priority,
                null,
                null,
                concurrencyKey);
        return Tenancy.call(
                actor.tenant(),
                () -> server.bean(Runs.class).submit(submission, actor).runId());
    }

    /** Puts runs into the queue that are nothing but their place in it. */
    void fill(String tenant, int count, int priority) {
        RunIds ids = server.bean(RunIds.class);
        inTransaction(() -> {
            for (int i = 0; i < count; i++) {
                client().sql("""
                    INSERT INTO run_live (run_id, tenant, state, priority, last_seq, ready_at, updated_at)
                    VALUES (:run, :tenant, 'pending', :priority, 1, now(), now())
                    """)
                        .param("run", ids.next().value())
                        .param("tenant", tenant)
                        .param("priority", priority)
                        .update();
            }
            return true;
        });
    }

    /** As {@link #fill(String, int, int)}, for very many, spread over so many tenants. */
    void fillQuickly(int count, int tenants) {
        inTransaction(() -> client().sql("""
            INSERT INTO run_live (run_id, tenant, state, priority, last_seq, ready_at, updated_at)
            SELECT (lpad(to_hex(1700000000000 + i), 12, '0') || '70008000000000000000')::uuid,
                   'crowd-' || (i % :tenants), 'pending', 0, 1, now(), now()
            FROM generate_series(1, :count) i
            """)
                .param("count", count)
                .param("tenants", tenants)
                .update());
    }

    List<UUID> pending() {
        return inTransaction(() -> client().sql("""
            SELECT run_id FROM run_live WHERE state = 'pending' AND owner_node IS NULL
            """).query(UUID.class).list());
    }

    /** How many rows a claim reads from the table of live runs. */
    long rowsReadByClaiming(int howMany) {
        return inTransaction(() -> {
            long before = rowsRead();
            List<RunLease> claimed = claim(howMany);
            if (claimed.size() != howMany) {
                throw new AssertionError("claimed " + claimed.size());
            }
            return rowsRead() - before;
        });
    }

    private long rowsRead() {
        return client().sql("""
            SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables
            WHERE relname = 'run_live'
            """).query(Long.class).single();
    }

    /** Removes everything from the queue but what the real server drives. */
    void clear() {
        inTransaction(() -> {
            client().sql("DELETE FROM run_slot").update();
            client().sql("DELETE FROM slot_note").update();
            client().sql("DELETE FROM queue_turn").update();
            return client().sql("DELETE FROM run_live WHERE tenant <> 'default'")
                    .update();
        });
    }

    <T> T inTransaction(Supplier<T> work) {
        return Objects.requireNonNull(
                Tenancy.allTenants(() -> server.bean(TransactionTemplate.class).execute(transaction -> work.get())));
    }

    JdbcClient client() {
        return server.bean(JdbcClient.class);
    }

    static final Duration LONG = Duration.ofSeconds(30);
}
