package io.yardmaster.idempotency;

import io.yardmaster.database.Tenancy;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/**
 * The door for endpoints of operations that change something. The answer is stored under the request's key in the
 * transaction of the change: both are durable, or neither. Only answers that tell of a change are kept; whoever was
 * refused, for whatever reason, may try again under the same key.
 */
@Component
public class Idempotency {

    private final IdempotencyKeys keys;
    private final TransactionTemplate transactions;
    private final JsonMapper mapper;

    Idempotency(IdempotencyKeys keys, TransactionTemplate transactions, JsonMapper mapper) {
        this.keys = keys;
        this.transactions = transactions;
        this.mapper = mapper;
    }

    /**
     * Answers an operation whose change is one transaction.
     *
     * @param change takes part in the current transaction, where there is one, and does nothing that cannot be rolled
     *     back; what others are to be told of it, they are told after the commit
     * @param translate makes the answer; called before the commit
     */
    public <R, T> ResponseEntity<T> answer(Supplier<R> change, Function<? super R, ResponseEntity<T>> translate) {
        KeyedRequest request = KeyedRequest.current().orElse(null);
        if (request == null) {
            return translate.apply(change.get());
        }
        try {
            Given<T> given = Objects.requireNonNull(transactions.execute(_ -> {
                keys.lock(request.id());
                if (keys.find(request.id()).isPresent()) {
                    throw KeyTakenException.of(request);
                }
                ResponseEntity<T> answer = translate.apply(change.get());
                KeptAnswer kept = kept(request, answer);
                if (kept != null && keys.store(List.of(kept)).isEmpty()) {
                    throw KeyTakenException.of(request);
                }
                return new Given<>(answer, kept);
            }));
            if (given.kept() != null) {
                given.kept().durable();
            }
            return given.answer();
        } catch (PessimisticLockingFailureException e) {
            throw inFlight();
        }
    }

    private record Given<T>(
            ResponseEntity<T> answer, @Nullable KeptAnswer kept) {}

    /** For a change that is made durable elsewhere, together with others; to be called by the request's own thread. */
    public Keeping keeping() {
        return new Keeping(KeyedRequest.current().orElse(null));
    }

    /** The problem of a request whose first one is still being worked on. */
    public static ProblemException inFlight() {
        return ProblemException.of(
                        ProblemType.IDEMPOTENCY_IN_FLIGHT,
                        "A request with this Idempotency-Key is still being worked on. Send the same again in a"
                                + " moment.")
                .retryAfter(Duration.ofSeconds(1));
    }

    private @Nullable KeptAnswer kept(KeyedRequest request, ResponseEntity<?> given) {
        Answer answer = answer(given);
        return answer.isSuccess() ? new KeptAnswer(request, answer) : null;
    }

    private Answer answer(ResponseEntity<?> given) {
        Map<String, String> headers = new HashMap<>();
        given.getHeaders().forEach((name, values) -> headers.put(name, String.join(", ", values)));
        Object body = given.getBody();
        if (body == null) {
            return new Answer(given.getStatusCode().value(), headers, new byte[0]);
        }
        headers.putIfAbsent("Content-Type", MediaType.APPLICATION_JSON_VALUE);
        return new Answer(given.getStatusCode().value(), headers, mapper.writeValueAsBytes(body));
    }

    /** Makes answers fit to be kept under the key of the request that asked for this. */
    public final class Keeping {

        private final @Nullable KeyedRequest request;

        private Keeping(@Nullable KeyedRequest request) {
            this.request = request;
        }

        /** To be stored with the change; null where the request has no key. The answer is made only where it has one. */
        public @Nullable KeptAnswer of(Supplier<? extends ResponseEntity<?>> answer) {
            return request == null ? null : kept(request, answer.get());
        }

        /** Keeps what was answered in the end, where the change was durable long before. */
        public <T> ResponseEntity<T> instead(ResponseEntity<T> given) {
            if (request != null) {
                Answer answer = answer(given);
                Tenancy.call(request.tenant(), () -> {
                    transactions.executeWithoutResult(_ -> keys.replace(request.id(), answer));
                    return true;
                });
                request.answered(answer);
            }
            return given;
        }
    }
}
