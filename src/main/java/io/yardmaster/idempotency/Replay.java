package io.yardmaster.idempotency;

import io.yardmaster.idempotency.IdempotencyKeys.Found;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.secrets.KeyedDigest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Gives an answer again. */
@Component
class Replay {

    static final String HEADER = "Idempotency-Replayed";

    private final IdempotencyKeys keys;
    private final KeyedDigest digests;
    private final TransactionTemplate transactions;

    Replay(IdempotencyKeys keys, KeyedDigest digests, TransactionTemplate transactions) {
        this.keys = keys;
        this.digests = digests;
        this.transactions = transactions;
    }

    /**
     * The answer that is kept under the request's key.
     *
     * @throws ProblemException {@code idempotency-mismatch} where it was given to a request for something else
     */
    Optional<Answer> find(KeyedRequest request) {
        Optional<Found> found = Objects.requireNonNull(transactions.execute(_ -> keys.find(request.id())));
        found.filter(kept -> !digests.mayBe(kept.fingerprint(), request.content()))
                .ifPresent(_ -> {
                    throw mismatch();
                });
        return found.map(Found::answer);
    }

    static ProblemException mismatch() {
        return ProblemException.of(
                ProblemType.IDEMPOTENCY_MISMATCH,
                "This Idempotency-Key was used for another request. Use a new key for a new request, and the same key"
                        + " only to send the very same request again.");
    }

    static void write(Answer answer, HttpServletResponse response) throws IOException {
        response.setStatus(answer.status());
        answer.headers().forEach(response::setHeader);
        response.setHeader(HEADER, "true");
        response.setContentLength(answer.body().length);
        response.getOutputStream().write(answer.body());
        response.flushBuffer();
    }
}
