package io.yardmaster.runs;

import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.JobId;
import io.yardmaster.jobs.JobVersions;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.Inbox.Asked;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.node.ObjectNode;

/** Puts what other systems send into the inbox of a run, while a step of it may still want it. */
@Component
class Deliveries {

    private final RunReader reader;
    private final JobVersions versions;
    private final Inbox inbox;
    private final TransactionTemplate transactions;
    private final ApplicationEventPublisher events;

    Deliveries(
            RunReader reader,
            JobVersions versions,
            Inbox inbox,
            TransactionTemplate transactions,
            ApplicationEventPublisher events) {
        this.reader = reader;
        this.versions = versions;
        this.inbox = inbox;
        this.transactions = transactions;
        this.events = events;
    }

    /**
     * Delivers something, in one transaction, and has the run look at it.
     *
     * @param use what a step does with it; said to who comes too late
     * @param check makes of the run's job the payload as that job asks for it, or throws
     * @param put puts the payload into the inbox of the run, which cannot end meanwhile
     * @throws ProblemException {@code run-not-found}, {@code run-not-active}
     */
    <T> T deliver(
            RunId runId,
            String use,
            Function<JobDefinition, ObjectNode> check,
            BiFunction<JobDefinition, ObjectNode, T> put) {
        T delivered = Objects.requireNonNull(transactions.execute(_ -> {
            RunView run = reader.run(runId).orElseThrow(() -> Runs.notFound(runId.toString()));
            JobDefinition job = versions.definition(new JobId(run.jobId()), Sha256.parse(run.jobDigest()));
            ObjectNode payload = check.apply(job);
            Optional<Asked> asked = inbox.asked(runId);
            if (asked.isEmpty() || asked.get() == Asked.TO_END) {
                throw ProblemException.of(
                                ProblemType.RUN_NOT_ACTIVE,
                                "The run has ended or is about to, so that no step of it " + use + " any more.")
                        .with("run_status", run.status().text());
            }
            return put.apply(job, payload);
        }));
        events.publishEvent(new RunNeedsAttention(runId));
        return delivered;
    }
}
