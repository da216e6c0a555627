package io.yardmaster.security;

import io.yardmaster.database.Tenancy;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.MDC;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/** Lets the rest of the request touch the data of the caller's tenant only. */
final class TenantFilter extends OncePerRequestFilter {

    /** The logging context's key for it. */
    private static final String TENANT = "tenant";

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (!(SecurityContextHolder.getContext().getAuthentication() instanceof ActorAuthentication caller)) {
            chain.doFilter(request, response);
            return;
        }
        MDC.put(TENANT, caller.actor().tenant().name());
        try {
            Tenancy.call(caller.actor().tenant(), () -> {
                chain.doFilter(request, response);
                return true;
            });
        } catch (ServletException | IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("a filter throws nothing else", e);
        } finally {
            MDC.remove(TENANT);
        }
    }

    /** What was answered later is answered for the same tenant. */
    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return false;
    }
}
