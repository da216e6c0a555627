package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.ObjectNode;

/** What was looked at and is to be confirmed, and what was done. In the transaction of the caller. */
@Component
class BulkSelections {

    private static final int TOKEN_BYTES = 24;

    private final JdbcClient client;
    private final SecureRandom random = new SecureRandom();

    BulkSelections(JdbcClient client) {
        this.client = client;
    }

    /**
     * Keeps a selection.
     *
     * @return the token that confirms it, which is not kept
     */
    String keep(ObjectNode request, List<RunId> runs, Instant expiresAt, Actor actor) {
        tidy();
        byte[] secret = new byte[TOKEN_BYTES];
        random.nextBytes(secret);
        String token = "bulk_" + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        client.sql("""
            INSERT INTO bulk_selection (selection_id, tenant, subject, token_hash, request, run_ids, expires_at)
            VALUES (:id, :tenant, :subject, :hash, :request, :runs, :expires)
            """)
                .param("id", UUID.randomUUID())
                .param("tenant", actor.tenant().name())
                .param("subject", actor.subject())
                .param("hash", hash(token))
                .param("request", Jsonb.parameter(BulkMessage.withoutPayload(request, token)))
                .param("runs", runs.stream().map(RunId::value).toArray(UUID[]::new))
                .param("expires", Timestamp.from(expiresAt))
                .update();
        return token;
    }

    /** The selection that a token of this caller confirms; nobody else confirms it before the transaction ends. */
    Optional<Selected> find(String token, Actor actor) {
        return client.sql("""
            SELECT selection_id, request, run_ids FROM bulk_selection
            WHERE token_hash = :hash AND tenant = :tenant AND subject = :subject
              AND confirmed_at IS NULL AND expires_at > now()
            FOR UPDATE
            """)
                .param("hash", hash(token))
                .param("tenant", actor.tenant().name())
                .param("subject", actor.subject())
                .query((row, n) -> new Selected(
                        row.getObject("selection_id", UUID.class),
                        (ObjectNode) Jsonb.read(row.getString("request")),
                        Arrays.stream((UUID[]) row.getArray("run_ids").getArray())
                                .map(RunId::new)
                                .toList()))
                .optional();
    }

    /** It is confirmed, and never again. */
    void confirm(Selected selected) {
        client.sql("UPDATE bulk_selection SET confirmed_at = now() WHERE selection_id = :id")
                .param("id", selected.id())
                .update();
    }

    /** Writes down what came of it. */
    void done(Selected selected, ObjectNode outcome) {
        client.sql("UPDATE bulk_selection SET outcome = :outcome WHERE selection_id = :id")
                .param("outcome", Jsonb.parameter(outcome))
                .param("id", selected.id())
                .update();
    }

    /** Removes the tenant's selections that nobody confirmed, and records that are past their time. */
    private void tidy() {
        client.sql("""
            DELETE FROM bulk_selection
            WHERE (confirmed_at IS NULL AND expires_at < now()) OR created_at < now() - interval '90 days'
            """).update();
    }

    private static byte[] hash(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs that somebody has selected for something. */
    record Selected(UUID id, ObjectNode request, List<RunId> runs) {}
}
