package io.yardmaster.security;

import io.yardmaster.kernel.Tenant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What only the profile {@code dev} does: tokens that are plain words. Without that profile none of this has any effect.
 *
 * @param token the token that may do everything, as the subject {@code dev} of the tenant {@code default}
 * @param tokens further tokens, to try other tenants, scopes and groups
 * @param allowNonLoopback whether the server may listen where other machines reach it, though anyone who does can use
 *     the tokens above
 * @param allowedHosts names, besides localhost and loopback addresses, under which a client may call the server (its
 *     {@code Host} header, without the port)
 */
@ConfigurationProperties("yardmaster.dev")
record DevSettings(
        @DefaultValue("dev-token") String token,
        @DefaultValue List<Token> tokens,
        @DefaultValue("false") boolean allowNonLoopback,
        @DefaultValue List<String> allowedHosts) {

    /** Every scope of the contract. */
    static final Set<String> ALL_SCOPES = Set.of(
            "jobs:read",
            "runs:read",
            "runs:write",
            "runs:admin",
            "events:read",
            "artifacts:read",
            "artifacts:write",
            "approvals:read",
            "approvals:write",
            "signals:write",
            "sources:read",
            "sources:write",
            "metrics:read",
            "export:read",
            "audit:read",
            "keys:admin",
            "system:read");

    DevSettings {
        if (token.isBlank()) {
            throw new IllegalArgumentException("the token of the profile dev must not be blank");
        }
        tokens = List.copyOf(tokens);
        allowedHosts = List.copyOf(allowedHosts);
    }

    /**
     * A token for trying things out.
     *
     * @param token what a caller sends
     * @param subject who the caller then is
     * @param tenant the tenant it belongs to
     * @param scopes what it may do; everything where this is not given
     * @param groups the groups it is in
     */
    record Token(
            @Nullable String token,
            @DefaultValue("dev") String subject,
            @DefaultValue("default") String tenant,
            @Nullable Set<String> scopes,
            @DefaultValue Set<String> groups) {

        Token {
            if (token == null || token.isBlank()) {
                throw new IllegalArgumentException("a token of the profile dev needs its text");
            }
            if (!Tenant.isValid(tenant)) {
                throw new IllegalArgumentException("the tenant " + tenant
                        + " of a token is no tenant name: lower-case letters, digits, - and _, at most 63");
            }
            scopes = scopes == null ? ALL_SCOPES : new LinkedHashSet<>(scopes);
        }

        @Override
        public String token() {
            return String.valueOf(token);
        }

        @Override
        public Set<String> scopes() {
            return scopes == null ? ALL_SCOPES : scopes;
        }
    }
}
