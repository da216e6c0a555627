package io.yardmaster.runs;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Gives out the slots of concurrency keys, to the run of the highest priority first, then to the oldest. It looks only at
 * keys of which a note says that something has changed. Every method runs in the caller's transaction, which holds the
 * queue's lock: slots are given out by one server at a time.
 */
@Component
class SlotGiver {

    private static final int NOTES = 1_000;

    private final JdbcClient client;

    SlotGiver(JdbcClient client) {
        this.client = client;
    }

    /** Lets runs go on whose time has come: to their turn, or to the key that they need a slot of. */
    void endWaitsForTime() {
        client.sql("""
            WITH due AS (
                SELECT run_id FROM run_live
                WHERE state = 'pending' AND owner_node IS NULL AND held_back = 'time' AND ready_at <= now()
                ORDER BY ready_at LIMIT 1000 FOR UPDATE SKIP LOCKED
            ), first AS (
                SELECT DISTINCT ON (s.run_id) s.run_id, s.key FROM run_slot s JOIN due ON due.run_id = s.run_id
                ORDER BY s.run_id, (s.on_conflict = 'queue'), s.key
            ), parked AS (
                UPDATE run_slot s SET state = 'parked' FROM first
                WHERE s.run_id = first.run_id AND s.key = first.key
                RETURNING s.tenant, s.key, CASE WHEN s.on_conflict = 'cancel_older' THEN s.run_id END AS newcomer
            ), noted AS (
                INSERT INTO slot_note (tenant, key, run_id) SELECT tenant, key, newcomer FROM parked
            )
            UPDATE run_live l SET held_back = CASE WHEN first.run_id IS NULL THEN NULL ELSE 'slot' END
            FROM due LEFT JOIN first ON first.run_id = due.run_id
            WHERE l.run_id = due.run_id
            """).update();
    }

    /** Gives free slots to runs that wait for them. */
    void giveOut() {
        Set<Key> changed = new LinkedHashSet<>(notes());
        while (!changed.isEmpty()) {
            List<Candidate> candidates = candidates(changed);
            Set<Key> again = new LinkedHashSet<>();
            decide(candidates, again);
            changed = again;
        }
    }

    private List<Key> notes() {
        // The notes of newcomers stay until those that have to give way to them were told.
        return client.sql("""
            WITH read AS (
                DELETE FROM slot_note
                WHERE note_id IN (SELECT note_id FROM slot_note WHERE run_id IS NULL ORDER BY note_id LIMIT :notes)
                RETURNING tenant, key
            )
            SELECT tenant, key FROM read
            UNION
            (SELECT tenant, key FROM slot_note WHERE run_id IS NOT NULL ORDER BY note_id LIMIT :notes)
            """)
                .param("notes", NOTES)
                .query((row, number) -> new Key(row.getString("tenant"), row.getString("key")))
                .list();
    }

    /**
     * The first in line of each key, as many as slots are free. A run that somebody else has locked is passed over: it is
     * about to end, or to be let go, and both leave a note.
     */
    private List<Candidate> candidates(Collection<Key> keys) {
        return client.sql("""
            SELECT k.tenant, k.key, taken.slots, first.run_id, first.key_limit
            FROM unnest(:tenants::text[], :keys::text[]) AS k (tenant, key)
                     CROSS JOIN LATERAL (
                SELECT count(*) AS slots FROM run_slot h
                WHERE h.tenant = k.tenant AND h.key = k.key AND h.state = 'held') taken
                     CROSS JOIN LATERAL (
                SELECT p.key_limit FROM run_slot p
                WHERE p.tenant = k.tenant AND p.key = k.key AND p.state = 'parked'
                ORDER BY p.priority DESC, p.run_id LIMIT 1) head
                     CROSS JOIN LATERAL (
                SELECT p.run_id, p.key_limit FROM run_slot p JOIN run_live l ON l.run_id = p.run_id
                WHERE p.tenant = k.tenant AND p.key = k.key AND p.state = 'parked'
                ORDER BY p.priority DESC, p.run_id LIMIT greatest(head.key_limit - taken.slots, 0)
                FOR UPDATE OF l SKIP LOCKED) first
            """)
                .param("tenants", keys.stream().map(Key::tenant).toArray(String[]::new))
                .param("keys", keys.stream().map(Key::key).toArray(String[]::new))
                .query((row, _) -> Candidate.of(row))
                .list();
    }

    /** A run gets all its slots or none: one that waits for one holds no other, so no two wait for each other. */
    private void decide(List<Candidate> candidates, Set<Key> again) {
        if (candidates.isEmpty()) {
            return;
        }
        Map<UUID, List<Wish>> others = otherWishes(candidates);
        Map<Key, Long> given = new HashMap<>();
        List<UUID> served = new ArrayList<>();
        for (Candidate candidate : candidates) {
            List<Wish> wishes = new ArrayList<>(List.of(candidate.wish()));
            wishes.addAll(others.getOrDefault(candidate.runId(), List.of()));
            Optional<Wish> blocking = wishes.stream()
                    .filter(wish -> wish.taken() + given.getOrDefault(wish.key(), 0L) >= wish.limit())
                    .findFirst();
            if (blocking.isEmpty()) {
                wishes.forEach(wish -> given.merge(wish.key(), 1L, Long::sum));
                served.add(candidate.runId());
            } else if (!blocking.get().key().equals(candidate.wish().key())) {
                park(candidate.runId(), blocking.get().key());
                again.add(candidate.wish().key());
            }
        }
        give(served);
    }

    private Map<UUID, List<Wish>> otherWishes(List<Candidate> candidates) {
        return client
                .sql("""
                    SELECT s.run_id, s.tenant, s.key, s.key_limit,
                           (SELECT count(*) FROM run_slot h
                            WHERE h.tenant = s.tenant AND h.key = s.key AND h.state = 'held') AS slots
                    FROM run_slot s WHERE s.run_id = ANY (:runs) AND s.state = 'asked'
                    """)
                .param("runs", candidates.stream().map(Candidate::runId).toArray(UUID[]::new))
                .query((row, _) -> Candidate.of(row))
                .list()
                .stream()
                .collect(Collectors.groupingBy(
                        Candidate::runId, Collectors.mapping(Candidate::wish, Collectors.toList())));
    }

    private void give(List<UUID> runs) {
        if (runs.isEmpty()) {
            return;
        }
        UUID[] ids = runs.toArray(UUID[]::new);
        client.sql("UPDATE run_slot SET state = 'held' WHERE run_id = ANY (:runs)")
                .param("runs", ids)
                .update();
        client.sql("UPDATE run_live SET held_back = NULL WHERE run_id = ANY (:runs) AND held_back = 'slot'")
                .param("runs", ids)
                .update();
    }

    private void park(UUID runId, Key key) {
        client.sql("""
            UPDATE run_slot SET state = CASE WHEN key = :key THEN 'parked' ELSE 'asked' END WHERE run_id = :run
            """).param("run", runId).param("key", key.key()).update();
    }

    /** A key is its tenant's: others may have one of the same name. */
    private record Key(String tenant, String key) {}

    /**
     * One slot that a run needs.
     *
     * @param taken how many are taken of it
     */
    private record Wish(Key key, int limit, long taken) {}

    private record Candidate(UUID runId, Wish wish) {

        static Candidate of(ResultSet row) throws SQLException {
            Key key = new Key(row.getString("tenant"), row.getString("key"));
            return new Candidate(
                    row.getObject("run_id", UUID.class), new Wish(key, row.getInt("key_limit"), row.getLong("slots")));
        }
    }
}
