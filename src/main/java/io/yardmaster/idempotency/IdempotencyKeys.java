package io.yardmaster.idempotency;

import io.yardmaster.database.Jsonb;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The keys in the database. Every method runs in a transaction of its caller. */
@Repository
public class IdempotencyKeys {

    private static final int SWEPT_AT_ONCE = 500;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final JdbcClient client;
    private final IdempotencyProperties properties;

    IdempotencyKeys(JdbcClient client, IdempotencyProperties properties) {
        this.client = client;
        this.properties = properties;
    }

    /** An answer that was kept, and the fingerprint of the request that it was given to. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Found(byte[] fingerprint, Answer answer, boolean expired) {}

    /**
     * Stores answers under their keys. Where another transaction is about to store one of the same key, this waits for its
     * end. In the order of the keys, so that two that wait for each other do not happen.
     *
     * @return the ids of those that were stored; each of the others had been used before, and nothing else of its request
     *     may be stored
     */
    public Set<UUID> store(Collection<KeptAnswer> answers) {
        List<KeptAnswer> sorted =
                answers.stream().sorted(Comparator.comparing(KeptAnswer::id)).toList();
        return Set.copyOf(client.sql("""
            INSERT INTO idempotency_key (id, tenant, fingerprint, status, headers, body, expires_at)
            SELECT id, tenant, fingerprint, status, headers::jsonb, body, now() + :keep * interval '1 millisecond'
            FROM unnest(:ids::uuid[], :tenants::text[], :fingerprints::bytea[], :statuses::int[], :headers::text[],
                        :bodies::bytea[]) AS kept (id, tenant, fingerprint, status, headers, body)
            ON CONFLICT DO NOTHING RETURNING id
            """)
                .param("keep", properties.keep().toMillis())
                .param("ids", sorted.stream().map(KeptAnswer::id).toArray(UUID[]::new))
                .param(
                        "tenants",
                        sorted.stream()
                                .map(kept -> kept.request().tenant().name())
                                .toArray(String[]::new))
                .param(
                        "fingerprints",
                        sorted.stream()
                                .map(kept -> kept.request().fingerprint())
                                .toArray(byte[][]::new))
                .param(
                        "statuses",
                        sorted.stream().map(kept -> kept.answer().status()).toArray(Integer[]::new))
                .param(
                        "headers",
                        sorted.stream()
                                .map(kept -> json(kept.answer().headers()))
                                .toArray(String[]::new))
                .param(
                        "bodies",
                        sorted.stream().map(kept -> kept.answer().body()).toArray(byte[][]::new))
                .query(UUID.class)
                .list());
    }

    /** Takes back what {@link #store} stored in this transaction. */
    public void withdraw(Collection<KeptAnswer> answers) {
        client.sql("DELETE FROM idempotency_key WHERE id = ANY (:ids)")
                .param("ids", answers.stream().map(KeptAnswer::id).toArray(UUID[]::new))
                .update();
    }

    /** Keeps all others who use this key waiting, on all servers, until the transaction ends. Waits for them first. */
    void lock(UUID id) {
        limitWaiting(properties.patience());
        client.sql("SELECT pg_advisory_xact_lock(:lock)")
                .param("lock", id.getMostSignificantBits())
                .query(row -> {});
    }

    /**
     * For the current transaction: how long it waits for others who hold a key or a name, and how long it may hold one
     * itself while it does nothing, as that of a server does that was frozen.
     */
    public void limitWaiting(Duration patience) {
        client.sql("""
            SELECT set_config('lock_timeout', :patience, true),
                   set_config('idle_in_transaction_session_timeout', :idle, true)
            """)
                .param("patience", Long.toString(Math.max(1, patience.toMillis())))
                .param("idle", Long.toString(LONGEST_PAUSE.toMillis()))
                .query(row -> {});
    }

    /** The answer that is kept under a key. One whose time is over is removed. */
    Optional<Found> find(UUID id) {
        Optional<Found> found = client.sql("""
            SELECT fingerprint, status, headers, body, expires_at <= now() AS expired
            FROM idempotency_key WHERE id = :id
            """)
                .param("id", id)
                .query((row, number) -> found(row))
                .optional();
        if (found.isPresent() && found.get().expired()) {
            removeExpired(id);
            return Optional.empty();
        }
        return found;
    }

    private static Found found(ResultSet row) throws SQLException {
        return new Found(
                row.getBytes("fingerprint"),
                new Answer(row.getInt("status"), headers(row.getString("headers")), row.getBytes("body")),
                row.getBoolean("expired"));
    }

    private void removeExpired(UUID id) {
        client.sql("DELETE FROM idempotency_key WHERE id = :id AND expires_at <= now()")
                .param("id", id)
                .update();
    }

    /** Puts another answer in the place of the one that is kept. */
    void replace(UUID id, Answer answer) {
        client.sql("UPDATE idempotency_key SET status = :status, headers = :headers::jsonb, body = :body WHERE id"
                        + " = :id")
                .param("status", answer.status())
                .param("headers", json(answer.headers()))
                .param("body", answer.body())
                .param("id", id)
                .update();
    }

    /** Removes some of those whose time is over; whether there may be more. */
    boolean sweep() {
        return client.sql("""
            DELETE FROM idempotency_key
            WHERE id IN (SELECT id FROM idempotency_key WHERE expires_at <= now()
                         ORDER BY expires_at LIMIT :some FOR UPDATE SKIP LOCKED)
            """).param("some", SWEPT_AT_ONCE).update() == SWEPT_AT_ONCE;
    }

    private static String json(Map<String, String> headers) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        headers.forEach(json::put);
        return json.toString();
    }

    private static Map<String, String> headers(String json) {
        return Jsonb.read(json).properties().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        header -> header.getValue().asString(),
                        (one, other) -> one,
                        LinkedHashMap::new));
    }
}
