package io.yardmaster.idempotency;

import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.kernel.Tenant;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A request that its caller sent under a key. */
final class KeyedRequest {

    static final ScopedValue<KeyedRequest> CURRENT = ScopedValue.newInstance();

    private final UUID id;
    private final Tenant tenant;
    private final byte[] content;
    private final byte[] fingerprint;
    private volatile @Nullable Answer answer;

    /**
     * A request.
     *
     * @param content what it asks for, in one form however it was written
     * @param fingerprint the same, as it may be stored
     */
    KeyedRequest(Actor caller, String key, byte[] content, byte[] fingerprint) {
        this.id = id(caller, key);
        this.tenant = caller.tenant();
        this.content = content.clone();
        this.fingerprint = fingerprint.clone();
    }

    /** The request that the current thread answers; empty where it has no key. */
    static Optional<KeyedRequest> current() {
        return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
    }

    /** A key is its caller's own: that of another one never meets it. */
    private static UUID id(Actor caller, String key) {
        MessageDigest digest = Sha256.newDigest();
        for (String part : new String[] {caller.tenant().name(), caller.subject(), key}) {
            digest.update(part.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
        }
        ByteBuffer bytes = ByteBuffer.wrap(digest.digest());
        return new UUID(bytes.getLong(), bytes.getLong());
    }

    UUID id() {
        return id;
    }

    Tenant tenant() {
        return tenant;
    }

    byte[] content() {
        return content.clone();
    }

    byte[] fingerprint() {
        return fingerprint.clone();
    }

    boolean asksFor(KeyedRequest other) {
        return MessageDigest.isEqual(content, other.content);
    }

    /** What was answered and is durable; null: nothing yet. */
    @Nullable
    Answer answer() {
        return answer;
    }

    void answered(Answer durable) {
        answer = durable;
    }
}
