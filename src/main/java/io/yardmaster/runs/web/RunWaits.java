package io.yardmaster.runs.web;

import io.yardmaster.contract.Eventual;
import io.yardmaster.contract.PreferredWait;
import io.yardmaster.events.RunEnds;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.runs.RunView;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/** Lets callers wait for a run's end as long as they prefer to. */
@Component
class RunWaits {

    private final RunEnds ends;
    private final LateAnswers answers;
    private final HttpServletRequest request;

    RunWaits(RunEnds ends, LateAnswers answers, HttpServletRequest request) {
        this.ends = ends;
        this.answers = answers;
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
        return answers.to(
                ends.await(runId, atMost),
                tenant,
                () -> hasEnded.get() || atMost.isZero() ? Optional.of(answer.get()) : Optional.empty(),
                answer);
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
        return answers.later(Objects.requireNonNull(end.get()), tenant, () -> answer.apply(runId));
    }
}
