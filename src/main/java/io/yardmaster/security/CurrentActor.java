package io.yardmaster.security;

import io.yardmaster.kernel.Actor;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Component;

/** The caller of the request that the current thread answers. */
@Component
public class CurrentActor {

    /**
     * Who is asking.
     *
     * @throws IllegalStateException outside a request, and in a public operation, which nobody in particular calls
     */
    public Actor get() {
        Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
        if (authentication instanceof ActorAuthentication checked) {
            return checked.actor();
        }
        throw new IllegalStateException("there is no caller here: not in a request, or in a public operation");
    }
}
