package io.yardmaster.http;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.yardmaster.http.RouteTable.Route;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Measures requests by what the contract calls their path, so that no id and nothing that a caller made up becomes a
 * label. A stream counts when it has ended.
 */
@Component
@Order(RequestMeters.ORDER)
final class RequestMeters extends OncePerRequestFilter {

    /** Outside of all that may refuse or answer a request, and inside of what gives it an id. */
    static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 5;

    /** The one label of all paths that the contract does not name. */
    private static final String OTHER = "other";

    private static final Duration[] BUCKETS = LongStream.of(1, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000, 30_000)
            .mapToObj(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final Contract contract;
    private final MeterRegistry registry;
    private final AtomicInteger active = new AtomicInteger();
    private final Map<Label, Timer> timers = new ConcurrentHashMap<>();

    RequestMeters(Contract contract, MeterRegistry registry) {
        this.contract = contract;
        this.registry = registry;
        Gauge.builder("yardmaster.http.requests.active", active, AtomicInteger::get)
                .description("Requests that are being answered, streams among them")
                .register(registry);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        long begun = System.nanoTime();
        active.incrementAndGet();
        try {
            chain.doFilter(request, response);
        } finally {
            RequestEnd.of(request, () -> {
                active.decrementAndGet();
                timer(request, response).record(Duration.ofNanos(System.nanoTime() - begun));
            });
        }
    }

    private Timer timer(HttpServletRequest request, HttpServletResponse response) {
        Route route = contract.routes().find(request.getRequestURI());
        Label label = new Label(
                // The gate lets no other method in than those of the contract.
                request.getMethod(), route == null ? OTHER : route.template(), response.getStatus());
        return timers.computeIfAbsent(label, this::timer);
    }

    private Timer timer(Label label) {
        return Timer.builder("yardmaster.http.requests")
                .description("How long requests took, by path of the contract")
                .tag("method", label.method())
                .tag("route", label.route())
                .tag("status", Integer.toString(label.status()))
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    private record Label(String method, String route, int status) {}
}
