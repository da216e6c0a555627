package io.yardmaster.http;

import io.yardmaster.http.RouteTable.Route;
import io.yardmaster.tracing.FinishedSpan;
import io.yardmaster.tracing.TraceContext;
import io.yardmaster.tracing.Traces;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.slf4j.MDC;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Gives each request its place in a trace: beneath the caller's where it sent a {@code traceparent}, else in a new one. The
 * answer says which, and so does each line that is logged meanwhile.
 */
@Component
@Order(RequestTracing.ORDER)
final class RequestTracing extends OncePerRequestFilter {

    /** Inside of what gives the request its id, outside of all else. */
    static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 3;

    private static final String TRACEPARENT = "traceparent";
    private static final String ATTRIBUTE = "yardmaster.trace";

    private final Contract contract;
    private final Traces traces;

    RequestTracing(Contract contract, Traces traces) {
        this.contract = contract;
        this.traces = traces;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (request.getAttribute(ATTRIBUTE) instanceof TraceContext begun) {
            within(begun, request, response, chain);
            return;
        }
        Optional<TraceContext> caller = TraceContext.parse(request.getHeader(TRACEPARENT));
        TraceContext context = traces.begin(caller);
        request.setAttribute(ATTRIBUTE, context);
        response.setHeader(TRACEPARENT, context.traceparent());
        if (!traces.records(context)) {
            within(context, request, response, chain);
            return;
        }
        Instant start = Instant.now();
        try {
            within(context, request, response, chain);
        } finally {
            RequestEnd.of(request, () -> record(context, caller, start, request, response));
        }
    }

    /** What is answered later is at the same place. */
    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return false;
    }

    private static void within(
            TraceContext context, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        MDC.put(TraceContext.TRACE_ID, context.traceId());
        MDC.put(TraceContext.SPAN_ID, context.spanId());
        try {
            Traces.call(context, () -> {
                chain.doFilter(request, response);
                return true;
            });
        } catch (ServletException | IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("a filter throws nothing else", e);
        } finally {
            MDC.remove(TraceContext.TRACE_ID);
            MDC.remove(TraceContext.SPAN_ID);
        }
    }

    private void record(
            TraceContext context,
            Optional<TraceContext> caller,
            Instant start,
            HttpServletRequest request,
            HttpServletResponse response) {
        Route route = contract.routes().find(request.getRequestURI());
        Operation operation = route == null ? null : route.operation(request.getMethod());
        // Probes and scrapes are no part of anybody's work.
        if (route == null
                || operation == null
                || operation.isPublic()
                || operation.id().equals("getMetrics")) {
            return;
        }
        int status = response.getStatus();
        traces.record(new FinishedSpan(
                request.getMethod() + " " + route.template(),
                true,
                context,
                caller.map(TraceContext::spanId).orElse(null),
                start,
                Instant.now(),
                Map.of(
                        "http.request.method", request.getMethod(),
                        "http.route", route.template(),
                        "url.path", request.getRequestURI(),
                        "http.response.status_code", status),
                status >= 500 ? "HTTP " + status : null));
    }
}
