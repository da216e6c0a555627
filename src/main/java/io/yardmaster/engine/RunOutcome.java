package io.yardmaster.engine;

import io.yardmaster.jobs.ExpressionException;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import io.yardmaster.runs.RunTransition;
import io.yardmaster.secrets.SecretMask;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** How a run ends whose steps are through, or that is ended. */
record RunOutcome(
        RunTransition transition,
        @Nullable JsonNode result,
        @Nullable Failure failure) {

    /**
     * Decides how a run ends.
     *
     * @param ending why it is ended; null where its steps are through
     * @param mask what is put together of what is not secret may still be one
     */
    static RunOutcome of(@Nullable Ending ending, RunProgress progress, JobDefinition job, SecretMask mask) {
        if (ending != null) {
            return ending.isCancelled()
                    ? new RunOutcome(RunTransition.CANCELLED_FOR_GOOD, null, ending.failure())
                    : failed(ending.failure());
        }
        Optional<Failure> failure = progress.firstFailure();
        if (failure.isPresent()) {
            return failed(failure.get());
        }
        try {
            JsonNode result = job.result() == null
                    ? progress.lastValue().orElse(null)
                    : Objects.requireNonNull(job.result()).expand(progress.scope());
            return new RunOutcome(RunTransition.SUCCEED, result == null ? null : mask.mask(result), null);
        } catch (ExpressionException e) {
            String message = mask.mask(String.valueOf(e.getMessage()));
            return failed(new Failure(Category.APPLICATION, "result-without-value", message, false, null));
        }
    }

    private static RunOutcome failed(Failure failure) {
        return new RunOutcome(RunTransition.FAIL, null, failure);
    }
}
