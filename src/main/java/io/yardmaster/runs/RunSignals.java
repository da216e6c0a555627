package io.yardmaster.runs;

import io.yardmaster.jobs.Form;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.util.List;
import org.springframework.stereotype.Service;
import tools.jackson.databind.node.ObjectNode;

/** Messages of other systems for runs that wait for them, or will. */
@Service
public class RunSignals {

    private final Deliveries deliveries;
    private final Inbox inbox;
    private final InboxRoom room;
    private final RunSecrets secrets;

    RunSignals(Deliveries deliveries, Inbox inbox, InboxRoom room, RunSecrets secrets) {
        this.deliveries = deliveries;
        this.inbox = inbox;
        this.room = room;
        this.secrets = secrets;
    }

    /**
     * Sends a message. It is kept until a step of the run waits for it.
     *
     * @throws ProblemException {@code run-not-found}, {@code run-not-active}, {@code signal-not-found},
     *     {@code inbox-full}, {@code payload-too-large}, and {@code validation-error} where it is not what the job asks for
     */
    public RunId send(RunId runId, String name, ObjectNode payload, Actor actor) {
        return deliveries.deliver(runId, "waits for a signal", job -> checked(job, name, payload), (job, checked) -> {
            room.requireForSignal(runId, job, checked);
            var _ = inbox.signal(runId, name, (ObjectNode) secrets.masked(runId, checked), actor);
            return runId;
        });
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
