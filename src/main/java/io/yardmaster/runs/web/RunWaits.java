package io.yardmaster.runs.web;

import io.yardmaster.contract.Eventual;
import io.yardmaster.contract.PreferredWait;
import io.yardmaster.database.Tenancy;
import io.yardmaster.events.RunEnds;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.runs.RunView;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/** Lets callers wait for a run's end as long as they prefer to. */
@Component
class RunWaits {

    /** Each takes a connection to the database: many who wait for one run must not all ask for one at the same moment. */
    private static final int ANSWERS_AT_ONCE = 8;

    private final RunEnds ends;
    private final HttpServletRequest request;
    private final Semaphore answers = new Semaphore(ANSWERS_AT_ONCE);
    private final Executor freshThread =
            task -> Thread.ofVirtual().name("answer to who waited").start(() -> {
                answers.acquireUninterruptibly();
                try {
                    task.run();
                } finally {
                    answers.release();
                }
            });

    RunWaits(RunEnds ends, HttpServletRequest request) {
        this.ends = ends;
        this.request = request;
    }

    /** How long the caller of the current request prefers to wait; empty: not at all. */
    Optional<Duration> preferred() {
        return PreferredWait.of(request);
    }

    /**
     * Answers when the run has ended or the time is over.
     *
     * @param hasEnded looks whether it has ended already, once its end cannot be missed any more
     * @param answer looks at the run again; called when nobody waits any more
     */
    <T> Eventual<T> whenEnded(
            RunId runId,
            Tenant tenant,
            Duration atMost,
            Supplier<Boolean> hasEnded,
            Supplier<ResponseEntity<T>> answer) {
        CompletableFuture<Boolean> end = ends.await(runId, atMost);
        try {
            if (hasEnded.get() || atMost.isZero()) {
                end.complete(true);
                return Eventual.now(answer.get());
            }
        } catch (RuntimeException e) {
            end.complete(false);
            throw e;
        }
        return later(end, tenant, answer);
    }

    /**
     * Submits a run, and answers when it has ended or the time is over. Its end is waited for before it is durable: it
     * cannot be missed, and nobody has to look whether it was.
     *
     * @param submit submits a run, and tells its id before the run is stored
     * @param answer looks at the run; called when nobody waits any more
     */
    <T> Eventual<T> whenSubmittedHasEnded(
            Tenant tenant,
            Duration atMost,
            Function<Consumer<RunId>, RunView> submit,
            Function<RunId, ResponseEntity<T>> answer) {
        AtomicReference<CompletableFuture<Boolean>> end = new AtomicReference<>();
        RunId runId;
        try {
            runId = submit.apply(id -> end.set(ends.await(id, atMost))).runId();
        } catch (RuntimeException e) {
            if (end.get() != null) {
                end.get().complete(false);
            }
            throw e;
        }
        return later(Objects.requireNonNull(end.get()), tenant, () -> answer.apply(runId));
    }

    private <T> Eventual<T> later(CompletableFuture<Boolean> end, Tenant tenant, Supplier<ResponseEntity<T>> answer) {
        return Eventual.later(end.thenApplyAsync(ended -> Tenancy.call(tenant, answer::get), freshThread));
    }
}
