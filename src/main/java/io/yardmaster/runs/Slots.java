package io.yardmaster.runs;

import io.yardmaster.jobs.ConcurrencyKey;
import io.yardmaster.jobs.OnConflict;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.sql.Types;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The slots of concurrency keys: a run asks for them when it is submitted and gives them back when it ends, each time in
 * the transaction of its caller. Who gets one is {@link SlotGiver}'s to say, which finds the notes that are left here.
 */
@Component
class Slots {

    private final JdbcClient client;

    Slots(JdbcClient client) {
        this.client = client;
    }

    /**
     * Asks for a slot of each key.
     *
     * @param later whether the run has to wait for its time first
     * @return what holds the run back
     * @throws ProblemException {@code concurrency-conflict} where a key is taken and its runs are refused then
     */
    @Nullable
    HeldBack ask(RunId runId, Tenant tenant, int priority, List<ConcurrencyKey> keys, boolean later) {
        keys.stream().filter(key -> key.onConflict() == OnConflict.REJECT).forEach(key -> requireFree(tenant, key));
        for (int i = 0; i < keys.size(); i++) {
            ConcurrencyKey key = keys.get(i);
            boolean parked = i == 0 && !later;
            client.sql("""
                INSERT INTO run_slot (run_id, key, tenant, priority, key_limit, on_conflict, state)
                VALUES (:run, :key, :tenant, :priority, :limit, :onConflict, :state)
                """)
                    .param("run", runId.value())
                    .param("key", key.key())
                    .param("tenant", tenant.name())
                    .param("priority", priority)
                    .param("limit", key.limit())
                    .param("onConflict", key.onConflict().label())
                    .param("state", parked ? "parked" : "asked")
                    .update();
            if (parked) {
                note(tenant, key.key(), key.onConflict() == OnConflict.CANCEL_OLDER ? runId : null);
            }
        }
        if (later) {
            return HeldBack.TIME;
        }
        return keys.isEmpty() ? null : HeldBack.SLOT;
    }

    /** Gives back what runs that have ended held or asked for. */
    void free(UUID[] runs) {
        client.sql("""
            WITH freed AS (DELETE FROM run_slot WHERE run_id = ANY (:runs) RETURNING tenant, key)
            INSERT INTO slot_note (tenant, key) SELECT DISTINCT tenant, key FROM freed
            """).param("runs", runs).update();
    }

    /** Has it looked at again whether a run that waits for a slot can have it. */
    void lookAgain(RunId runId) {
        client.sql("""
            INSERT INTO slot_note (tenant, key)
            SELECT tenant, key FROM run_slot WHERE run_id = :run AND state = 'parked'
            """).param("run", runId.value()).update();
    }

    private void note(Tenant tenant, String key, @Nullable RunId newcomer) {
        client.sql("INSERT INTO slot_note (tenant, key, run_id) VALUES (:tenant, :key, :run)")
                .param("tenant", tenant.name())
                .param("key", key)
                .param("run", newcomer == null ? null : newcomer.value(), Types.OTHER)
                .update();
    }

    /** Submissions under one key are looked at one after the other, so that of two only one finds the last slot free. */
    private void requireFree(Tenant tenant, ConcurrencyKey key) {
        client.sql("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
                .param("name", "yardmaster.slot " + tenant + " " + key.key())
                .query((row, number) -> true)
                .list();
        List<String> others = client.sql("""
            SELECT run_id FROM run_slot WHERE tenant = :tenant AND key = :key AND state = 'held'
            UNION ALL
            SELECT run_id FROM run_slot WHERE tenant = :tenant AND key = :key AND state = 'parked'
            LIMIT :limit
            """)
                .param("tenant", tenant.name())
                .param("key", key.key())
                .param("limit", key.limit())
                .query((row, number) -> new RunId(row.getObject("run_id", UUID.class)).toString())
                .list();
        if (others.size() >= key.limit()) {
            throw ProblemException.of(
                            ProblemType.CONCURRENCY_CONFLICT,
                            "The concurrency key " + key.key() + " is taken, among others by " + others.getFirst()
                                    + ", and the job refuses more than " + key.limit() + " at once. Submit it when it"
                                    + " has ended.")
                    .with("run_id", others.getFirst())
                    .with("concurrency_key", key.key());
        }
    }
}
