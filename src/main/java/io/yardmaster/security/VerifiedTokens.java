package io.yardmaster.security;

import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.Sha256;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.GrantedAuthority;

/**
 * Remembers tokens whose signature was checked a moment ago, by their digest: to check it again for each of many requests
 * would cost more than the rest of some of them. Forgets at the token's end, after a minute, and when the issuer's keys
 * change.
 */
final class VerifiedTokens {

    private static final Duration KEPT = Duration.ofMinutes(1);
    private static final int MOST = 10_000;

    private final ConcurrentHashMap<ByteBuffer, Verified> byDigest = new ConcurrentHashMap<>();
    private final InstantSource clock;

    VerifiedTokens(InstantSource clock) {
        this.clock = clock;
    }

    static byte[] digest(byte[] token) {
        return Sha256.newDigest().digest(token);
    }

    @Nullable
    ActorAuthentication find(byte[] digest) {
        Verified found = byDigest.get(ByteBuffer.wrap(digest));
        return found != null && found.holdsAt(clock.instant()) ? found.authentication() : null;
    }

    ActorAuthentication remember(byte[] digest, Actor actor, TokenIssuer issuer, long keysVersion) {
        Instant now = clock.instant();
        Instant until = now.plus(KEPT);
        Instant expiresAt = actor.expiresAt();
        if (expiresAt != null && TokenIssuer.lastMoment(expiresAt).isBefore(until)) {
            until = TokenIssuer.lastMoment(expiresAt);
        }
        if (byDigest.size() >= MOST) {
            byDigest.values().removeIf(old -> !old.holdsAt(now));
            if (byDigest.size() >= MOST) {
                byDigest.clear();
            }
        }
        Verified verified = new Verified(actor, ActorAuthentication.authorities(actor), issuer, keysVersion, until);
        byDigest.put(ByteBuffer.wrap(digest), verified);
        return verified.authentication();
    }

    private record Verified(
            Actor actor,
            Collection<GrantedAuthority> authorities,
            TokenIssuer issuer,
            long keysVersion,
            Instant until) {

        boolean holdsAt(Instant now) {
            return now.isBefore(until) && issuer.keysVersion() == keysVersion;
        }

        /** A new one each time: it is mutable. */
        ActorAuthentication authentication() {
            return new ActorAuthentication(actor, authorities);
        }
    }
}
