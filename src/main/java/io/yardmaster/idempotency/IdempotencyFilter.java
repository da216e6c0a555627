package io.yardmaster.idempotency;

import io.yardmaster.http.RequestEnd;
import io.yardmaster.idempotency.Flights.Flight;
import io.yardmaster.kernel.Actor;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemWriter;
import io.yardmaster.secrets.KeyedDigest;
import io.yardmaster.security.CurrentActor;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Lets one request of each key through at a time, and answers the others with what the first was told. Comes when the
 * request is known to be as the contract says, and its body to be in the contract's one form.
 */
@Component
@Order(IdempotencyFilter.ORDER)
final class IdempotencyFilter extends OncePerRequestFilter {

    /** Behind the filter that checks requests against the contract. */
    static final int ORDER = -80;

    private static final String HEADER = "Idempotency-Key";
    private static final Set<String> CHANGING = Set.of("POST", "PUT", "PATCH", "DELETE");

    private final CurrentActor caller;
    private final RequestContent content;
    private final KeyedDigest digests;
    private final Replay replay;
    private final ProblemWriter problems;
    private final Duration patience;
    private final Flights flights = new Flights();

    IdempotencyFilter(
            CurrentActor caller,
            KeyedDigest digests,
            Replay replay,
            ProblemWriter problems,
            IdempotencyProperties properties) {
        this.caller = caller;
        this.content = new RequestContent();
        this.digests = digests;
        this.replay = replay;
        this.problems = problems;
        this.patience = properties.patience();
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !CHANGING.contains(request.getMethod())
                || request.getHeader(HEADER) == null
                || !request.getRequestURI().startsWith("/api/");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            KeyedRequest keyed = read(request, caller.get());
            Optional<Answer> first = firstAnswer(keyed);
            if (first.isPresent()) {
                Replay.write(first.get(), response);
            } else {
                beFirst(keyed, request, response, chain);
            }
        } catch (ProblemException problem) {
            problems.write(request, response, problem);
        }
    }

    /** Draft-ietf-httpapi-idempotency-key-header writes keys in quotes, which are no part of them; most callers do not. */
    private KeyedRequest read(HttpServletRequest request, Actor actor) throws IOException {
        String key = request.getHeader(HEADER);
        boolean quoted = key.length() > 2 && key.startsWith("\"") && key.endsWith("\"");
        byte[] asked = content.of(request);
        return new KeyedRequest(actor, quoted ? key.substring(1, key.length() - 1) : key, asked, digests.of(asked));
    }

    /** Waits for whoever has the key; empty where this request is the one to be worked on. */
    private Optional<Answer> firstAnswer(KeyedRequest keyed) {
        long deadline = System.nanoTime() + patience.toNanos();
        Flight before;
        while ((before = flights.join(keyed)) != null) {
            if (!lands(before, Duration.ofNanos(deadline - System.nanoTime()))) {
                throw Idempotency.inFlight();
            }
            Answer answer = before.first().answer();
            if (answer != null) {
                if (!before.first().asksFor(keyed)) {
                    throw Replay.mismatch();
                }
                return Optional.of(answer);
            }
            // Nothing came of it; then this one may be the first.
        }
        return Optional.empty();
    }

    private static boolean lands(Flight flight, Duration atMost) {
        try {
            return flight.lands(atMost);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void beFirst(
            KeyedRequest keyed, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            Optional<Answer> before = replay.find(keyed);
            if (before.isPresent()) {
                keyed.answered(before.get());
                Replay.write(before.get(), response);
                return;
            }
            follow(keyed, request, response, chain);
        } finally {
            RequestEnd.of(request, () -> flights.land(keyed));
        }
    }

    private static void follow(
            KeyedRequest keyed, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            ScopedValue.where(KeyedRequest.CURRENT, keyed).call(() -> {
                chain.doFilter(request, response);
                return true;
            });
        } catch (ServletException | IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("a filter throws nothing else", e);
        }
    }
}
