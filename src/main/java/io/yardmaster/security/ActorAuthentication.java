package io.yardmaster.security;

import io.yardmaster.kernel.Actor;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/** A caller whose token was checked. Its scopes are authorities with the prefix {@code SCOPE_}. */
final class ActorAuthentication extends AbstractAuthenticationToken {

    private static final long serialVersionUID = 1L;

    static final String SCOPE_PREFIX = "SCOPE_";

    private final transient Actor actor;

    ActorAuthentication(Actor actor, Collection<GrantedAuthority> authorities) {
        super(authorities);
        this.actor = actor;
        setAuthenticated(true);
    }

    static Collection<GrantedAuthority> authorities(Actor actor) {
        return actor.scopes().stream()
                .<GrantedAuthority>map(scope -> new SimpleGrantedAuthority(SCOPE_PREFIX + scope))
                .toList();
    }

    Actor actor() {
        return actor;
    }

    @Override
    public Object getPrincipal() {
        return actor;
    }

    @Override
    public String getName() {
        return actor.subject();
    }

    /** Null: the token itself is not kept. */
    @Override
    public @Nullable Object getCredentials() {
        return null;
    }
}
