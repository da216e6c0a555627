package io.yardmaster.runs.web;

import io.yardmaster.contract.Eventual;
import io.yardmaster.database.DatabaseFault;
import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Tenant;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/**
 * Answers callers who wait for something to end: a few at a time, because each answer takes a connection to the database,
 * and many may have waited for the same end.
 */
@Component
class LateAnswers {

    private static final int AT_ONCE = 8;

    /** Who has waited so long for an end waits a little longer for a database that is away for a moment. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Semaphore places = new Semaphore(AT_ONCE);
    private final Executor freshThread =
            task -> Thread.ofVirtual().name("answer to who waited").start(() -> {
                places.acquireUninterruptibly();
                try {
                    task.run();
                } finally {
                    places.release();
                }
            });

    /**
     * Answers at once, or when the end has come or the time for it is over.
     *
     * @param end what is waited for; it is registered already, so that an end that comes now is not missed
     * @param atOnce looks whether nothing is to be waited for any more, and answers then
     * @param later looks again; called on a thread of its own
     */
    <T> Eventual<T> to(
            CompletableFuture<Boolean> end,
            Tenant tenant,
            Supplier<Optional<ResponseEntity<T>>> atOnce,
            Supplier<ResponseEntity<T>> later) {
        try {
            Optional<ResponseEntity<T>> answer = atOnce.get();
            if (answer.isPresent()) {
                end.complete(true);
                return Eventual.now(answer.get());
            }
        } catch (RuntimeException e) {
            end.complete(false);
            throw e;
        }
        return later(end, tenant, later);
    }

    /**
     * Answers when the end has come or the time for it is over.
     *
     * @param answer looks how things are then; called on a thread of its own
     */
    <T> Eventual<T> later(CompletableFuture<Boolean> end, Tenant tenant, Supplier<ResponseEntity<T>> answer) {
        return Eventual.later(end.thenApplyAsync(
                _ -> Tenancy.call(tenant, () -> DatabaseFault.outlast(PATIENCE, answer)), freshThread));
    }
}
