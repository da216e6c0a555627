package io.yardmaster.runs;

import io.yardmaster.jobs.Form;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.JobId;
import io.yardmaster.jobs.JobVersions;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.Inbox.Asked;
import java.util.List;
import java.util.Optional;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.node.ObjectNode;

/** Messages of other systems for runs that wait for them, or will. */
@Service
public class RunSignals {

    private final RunReader reader;
    private final JobVersions versions;
    private final Inbox inbox;
    private final InboxRoom room;
    private final RunSecrets secrets;
    private final TransactionTemplate transactions;
    private final ApplicationEventPublisher events;

    RunSignals(
            RunReader reader,
            JobVersions versions,
            Inbox inbox,
            InboxRoom room,
            RunSecrets secrets,
            TransactionTemplate transactions,
            ApplicationEventPublisher events) {
        this.reader = reader;
        this.versions = versions;
        this.inbox = inbox;
        this.room = room;
        this.secrets = secrets;
        this.transactions = transactions;
        this.events = events;
    }

    /**
     * Sends a message. It is kept until a step of the run waits for it.
     *
     * @throws ProblemException {@code run-not-found}, {@code run-not-active}, {@code signal-not-found},
     *     {@code inbox-full}, {@code payload-too-large}, and {@code validation-error} where it is not what the job asks for
     */
    public RunId send(RunId runId, String name, ObjectNode payload, Actor actor) {
        transactions.executeWithoutResult(_ -> {
            RunView run = reader.run(runId).orElseThrow(() -> Runs.notFound(runId.toString()));
            JobDefinition job = versions.definition(new JobId(run.jobId()), Sha256.parse(run.jobDigest()));
            ObjectNode checked = checked(job, name, payload);
            Optional<Asked> asked = inbox.asked(runId);
            if (asked.isEmpty() || asked.get() == Asked.TO_END) {
                throw ProblemException.of(
                                ProblemType.RUN_NOT_ACTIVE,
                                "The run has ended or is about to, so that no step of it waits for a signal any more.")
                        .with("run_status", run.status().text());
            }
            room.requireForSignal(runId, job, checked);
            var _ = inbox.signal(runId, name, (ObjectNode) secrets.masked(runId, checked), actor);
        });
        events.publishEvent(new RunNeedsAttention(runId));
        return runId;
    }

    private static ObjectNode checked(JobDefinition job, String name, ObjectNode payload) {
        List<StepDefinition.Signal> signals = job.steps().stream()
                .filter(StepDefinition.Signal.class::isInstance)
                .map(StepDefinition.Signal.class::cast)
                .toList();
        StepDefinition.Signal wanted = signals.stream()
                .filter(signal -> signal.name().equals(name))
                .findFirst()
                .orElseThrow(() -> notFound(job, name, signals));
        Form schema = wanted.schema();
        return schema == null ? payload : schema.check(payload, "/payload");
    }

    private static ProblemException notFound(JobDefinition job, String name, List<StepDefinition.Signal> signals) {
        List<String> names =
                signals.stream().map(StepDefinition.Signal::name).distinct().toList();
        return ProblemException.of(
                        ProblemType.SIGNAL_NOT_FOUND,
                        "No step of the job " + job.id() + " waits for a signal " + name + ". "
                                + (names.isEmpty()
                                        ? "None waits for any."
                                        : "There is " + String.join(", ", names) + "."))
                .with("signals", names);
    }
}
