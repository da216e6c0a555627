package io.yardmaster.kernel;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is asking, as the server established it. Never taken from a request's body.
 *
 * @param subject the token's subject
 * @param tenant the tenant the token belongs to
 * @param scopes what the token allows, such as {@code runs:write}
 * @param groups the groups the token's issuer says the subject is in
 * @param method how the subject was established: {@code jwt} or {@code dev-token}
 * @param expiresAt when the token ends; null where it does not
 */
public record Actor(
        String subject,
        Tenant tenant,
        Set<String> scopes,
        Set<String> groups,
        String method,
        @Nullable Instant expiresAt) {

    public Actor {
        scopes = Set.copyOf(scopes);
        groups = Set.copyOf(groups);
    }
}
