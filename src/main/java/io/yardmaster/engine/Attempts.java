package io.yardmaster.engine;

import io.yardmaster.artifacts.Artifact;
import io.yardmaster.artifacts.ArtifactRefusedException;
import io.yardmaster.database.Tenancy;
import io.yardmaster.engine.CollectedArtifacts.ArtifactRuleException;
import io.yardmaster.events.EventLog;
import io.yardmaster.events.EventType;
import io.yardmaster.executors.Assignment;
import io.yardmaster.executors.Command;
import io.yardmaster.executors.Execution;
import io.yardmaster.executors.Executor;
import io.yardmaster.executors.Interpreter;
import io.yardmaster.executors.Outcome;
import io.yardmaster.executors.StepAnswer;
import io.yardmaster.executors.StepFiles;
import io.yardmaster.executors.process.HostLease;
import io.yardmaster.jobs.ExpressionScope;
import io.yardmaster.jobs.JobVersions;
import io.yardmaster.jobs.OutputSchema;
import io.yardmaster.jobs.StepCommand;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.jobs.StepSecrets;
import io.yardmaster.jobs.Template;
import io.yardmaster.jobs.UlcProfile;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.AttemptRecord;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import io.yardmaster.runs.RunAttributes;
import io.yardmaster.runs.RunLease;
import io.yardmaster.runs.StepSummaries;
import io.yardmaster.secrets.SecretMask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Starts attempts of {@code run} steps, takes up those that an earlier server started, and reads what they came to. */
@Component
class Attempts {

    private static final Logger log = LoggerFactory.getLogger(Attempts.class);

    private final Executor executor;
    private final JobVersions versions;
    private final CollectedArtifacts artifacts;
    private final StepSummaries summaries;
    private final RunAttributes runAttributes;
    private final EventLog eventLog;
    private final TransactionTemplate transactions;
    private final RunTrail trail;
    private final HostLease lease;
    private final EngineMeters meters;

    Attempts(
            Executor executor,
            JobVersions versions,
            CollectedArtifacts artifacts,
            StepSummaries summaries,
            RunAttributes runAttributes,
            EventLog eventLog,
            TransactionTemplate transactions,
            RunTrail trail,
            HostLease lease,
            EngineMeters meters) {
        this.executor = executor;
        this.versions = versions;
        this.artifacts = artifacts;
        this.summaries = summaries;
        this.runAttributes = runAttributes;
        this.eventLog = eventLog;
        this.transactions = transactions;
        this.trail = trail;
        this.lease = lease;
        this.meters = meters;
    }

    /**
     * All that an attempt needs, worked out before it is committed: an expression without value shows here.
     *
     * @throws io.yardmaster.jobs.ExpressionException where a template has no value
     */
    Assignment assignment(RunContext context, StepDefinition.Run step, int attempt, ExpressionScope scope) {
        Map<String, String> environment = new LinkedHashMap<>();
        step.env().forEach((name, value) -> environment.put(name, value.expandText(scope)));
        if (step.instance() != null) {
            step.instance()
                    .values()
                    .forEachEntry((name, value) ->
                            environment.put("YM_MATRIX_" + name.toUpperCase(Locale.ROOT), value.asString()));
        }
        environment.put("YM_JOB_ID", context.run().jobId().toString());
        environment.put("YM_TENANT", context.run().lease().tenant().name());
        environment.put("YM_IDEMPOTENCY_KEY", context.runId() + "/" + step.id());
        environment.put(
                "TRACEPARENT", trail.place(context.run(), step.id(), attempt).traceparent());
        return new Assignment(
                context.runId(),
                step.id(),
                attempt,
                interpreter(step.profile()),
                command(step.command(), scope),
                context.folder(),
                environment,
                context.run().args(),
                secrets(context, step).keySet(),
                !step.updates().isEmpty(),
                context.run().lease().node());
    }

    /** Those of the run's secrets that a step gets. */
    private static Map<String, String> secrets(RunContext context, StepDefinition.Run step) {
        Map<String, String> given = new LinkedHashMap<>(context.run().secrets());
        given.keySet().retainAll(StepSecrets.of(context.job(), step));
        return given;
    }

    /**
     * Starts an attempt that was committed.
     *
     * @param answers gets what the step says to updates
     */
    Execution start(RunContext context, Assignment assignment, Consumer<StepAnswer> answers) {
        try (var _ = about(context, assignment)) {
            prepare(context, assignment);
            return executor.start(assignment, console(context, assignment, answers));
        }
    }

    /**
     * Takes up an attempt that an earlier server of this host started, or was about to.
     *
     * @param answers gets what the step says to updates, be it told already
     */
    Execution adopt(RunContext context, Assignment assignment, Consumer<StepAnswer> answers) {
        meters.adopted();
        try (var _ = about(context, assignment)) {
            prepare(context, assignment);
            Map<OutputStreamName, Long> offsets = Tenancy.allTenants(() -> transactions.execute(
                    transaction -> eventLog.offsets(assignment.runId(), assignment.stepId(), assignment.attempt())));
            return executor.adopt(assignment, console(context, assignment, answers), Objects.requireNonNull(offsets));
        }
    }

    /** Reads what an attempt came to, and stores what it left behind. */
    AttemptResult result(
            RunContext context,
            StepDefinition.Run step,
            AttemptRecord attempt,
            ArtifactKeyTexts keys,
            Outcome outcome) {
        takeSecretsBack(context, attempt);
        AttemptResult result = switch (outcome) {
            case Outcome.Exited exited -> exited(context, step, keys, exited);
            case Outcome.Stopped stopped -> new AttemptResult.Stopped();
            case Outcome.Lost lost -> interrupted(step, lost.message());
            case Outcome.NotStarted notStarted -> new AttemptResult.NeverStarted(notStarted.message(), false);
            case Outcome.Withheld withheld -> new AttemptResult.NeverStarted(withheld.message(), true);
        };
        // What is said of a failure may quote what the step wrote.
        return result.masked(context.mask());
    }

    /** What an attempt came to that was cut off. */
    AttemptResult interrupted(StepDefinition.Run step, String message) {
        return new AttemptResult.Failed(
                failure(Category.SYSTEM, "interrupted", message, step.interruptible(), step),
                null,
                JsonNodeFactory.instance.objectNode(),
                List.of(),
                null);
    }

    /** Whether attempts may be started here now; where others may take this server for dead, they may not. */
    boolean mayStart() {
        return lease.isHeld();
    }

    /** Has what an attempt left behind recorded, and told, with the commit of these changes. */
    void record(RunLease run, String stepId, AttemptResult result, Instant now, Changes changes) {
        String summary = result.summary();
        if (summary != null) {
            changes.alongside(() -> summaries.write(run.runId(), stepId, summary));
        }
        ObjectNode attributes = result.attributes();
        if (!attributes.isEmpty()) {
            changes.event(EventType.RUN_LABELLED, now, stepId, EventData.labelled(attributes));
            changes.alongside(() -> runAttributes.set(run.runId(), run.tenant(), attributes));
        }
        List<Artifact> stored = result.artifacts();
        if (stored.isEmpty()) {
            return;
        }
        for (Artifact artifact : stored) {
            changes.event(
                    EventType.ARTIFACT_CREATED, artifact.createdAt(), artifact.stepId(), EventData.artifact(artifact));
        }
        changes.alongside(() -> artifacts.record(stored));
    }

    private LogContext about(RunContext context, Assignment assignment) {
        return LogContext.of(
                context.run(),
                assignment.stepId(),
                trail.place(context.run(), assignment.stepId(), assignment.attempt()));
    }

    private AttemptResult exited(
            RunContext context, StepDefinition.Run step, ArtifactKeyTexts keys, Outcome.Exited exited) {
        StepFiles files = exited.files();
        List<String> faults = new ArrayList<>(files.faults());
        ObjectNode attributes = attributes(files, context.mask(), faults);
        List<Artifact> stored = new ArrayList<>();
        CollectedArtifacts.Collecting collecting = artifacts.collecting(context, step, keys, stored);
        ObjectNode outputs = JsonNodeFactory.instance.objectNode();
        Failure failure = keep(step, () -> collecting.fromFolder(files.artifacts()));
        if (exited.code() != 0) {
            // What the step said itself comes before what became of its files.
            failure = exitCode(step, exited.code(), failure);
        } else if (failure == null && !faults.isEmpty()) {
            failure = failure(Category.APPLICATION, "invalid-output", String.join(" ", faults), false, step);
        } else if (failure == null) {
            failure = keep(step, () -> {
                outputs.setAll(outputs(step, files));
                collecting.declared(context.folder().workspace());
            });
        }
        String summary = files.summary().orElse(null);
        return failure == null
                ? new AttemptResult.Succeeded(outputs, files.result().orElse(null), attributes, stored, summary)
                : new AttemptResult.Failed(failure, exited.code(), attributes, stored, summary);
    }

    private static Failure exitCode(StepDefinition.Run step, int code, @Nullable Failure besides) {
        String message = "The step ended with exit code " + code + ".";
        return failure(
                Category.APPLICATION,
                "exit-code",
                besides == null ? message : message + " Besides: " + besides.message(),
                true,
                step);
    }

    /** Returns why what the step left cannot be kept; null where it is. */
    private static @Nullable Failure keep(StepDefinition.Run step, Keeping work) {
        try {
            work.run();
            return null;
        } catch (OutputSchema.OutputMismatchException e) {
            return failure(Category.APPLICATION, "invalid-output", message(e), false, step);
        } catch (ArtifactRefusedException e) {
            Category category = e.type() == ProblemType.ARTIFACT_KEY_TAKEN ? Category.APPLICATION : Category.RESOURCE;
            return failure(category, e.type().slug(), message(e), false, step);
        } catch (ArtifactRuleException e) {
            return failure(Category.APPLICATION, e.code(), message(e), false, step);
        } catch (IOException e) {
            log.warn("An artifact of step {} cannot be stored: {}", step.id(), e.getMessage());
            return failure(Category.SYSTEM, "artifact-not-stored", "An artifact could not be stored.", true, step);
        }
    }

    @FunctionalInterface
    private interface Keeping {

        void run() throws IOException;
    }

    /** Without secrets: an attribute is there for everybody to find the run by. */
    private static ObjectNode attributes(StepFiles files, SecretMask mask, List<String> faults) {
        ObjectNode attributes = JsonNodeFactory.instance.objectNode();
        files.attributes()
                .forEach((name, written) -> RunAttributes.read(mask.mask(written))
                        .ifPresentOrElse(
                                value -> attributes.set(mask.mask(name), value),
                                () -> faults.add("$YM_ATTRIBUTES: " + name
                                        + " has to be a number between -9007199254740991 and 9007199254740991, true,"
                                        + " false, a time, or text of at most 255 characters.")));
        return attributes;
    }

    /** Declared outputs are checked; others are kept as the texts they are. */
    private static ObjectNode outputs(StepDefinition.Run step, StepFiles files) {
        ObjectNode outputs = JsonNodeFactory.instance.objectNode();
        files.outputs().forEach((name, written) -> {
            OutputSchema schema = step.outputs().get(name);
            JsonNode value = schema == null ? JsonNodeFactory.instance.stringNode(written) : schema.read(written);
            outputs.set(name, value);
        });
        return outputs;
    }

    private static Failure failure(
            Category category, String code, String message, boolean retryable, StepDefinition.Run step) {
        return new Failure(category, code, message, retryable, step.id());
    }

    private StepConsole console(RunContext context, Assignment assignment, Consumer<StepAnswer> answers) {
        return new StepConsole(assignment.stepId(), assignment.attempt(), context.log(), context.mask(), answers);
    }

    /** The secrets that an attempt was given are of no use to anybody after it. */
    private static void takeSecretsBack(RunContext context, AttemptRecord attempt) {
        try {
            context.folder().deleteSecrets(attempt.stepId(), attempt.attempt());
        } catch (UncheckedIOException e) {
            log.warn("The secrets of an attempt stay until its run has ended: {}", e.getMessage());
        }
    }

    /** Brings the job's files and the step's secrets to where it sees them; what is there already stays. */
    private void prepare(RunContext context, Assignment assignment) {
        context.folder().create();
        Map<String, String> secrets = new LinkedHashMap<>(context.run().secrets());
        secrets.keySet().retainAll(assignment.secrets());
        context.folder().writeSecrets(assignment.stepId(), assignment.attempt(), secrets);
        Path job = context.folder().job();
        try {
            if (Files.exists(job.resolve("config.yaml"))) {
                return;
            }
            // Moved when it is complete, so that a server killed in between leaves no half of it.
            Path fresh = context.folder().root().resolve("job.new");
            FileSystemUtils.deleteRecursively(fresh);
            versions.extract(context.run().jobDigest(), fresh);
            Files.delete(job);
            Files.move(fresh, job);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Command command(StepCommand command, ExpressionScope scope) {
        return switch (command) {
            case StepCommand.Script script -> new Command.Script(script.path(), expand(script.arguments(), scope));
            case StepCommand.Inline inline -> new Command.Inline(inline.text());
            case StepCommand.Argv argv -> new Command.Argv(expand(argv.elements(), scope));
        };
    }

    private static List<String> expand(List<Template> templates, ExpressionScope scope) {
        return templates.stream().map(template -> template.expandText(scope)).toList();
    }

    private static Interpreter interpreter(UlcProfile profile) {
        return switch (profile) {
            case BASH -> Interpreter.BASH;
            case POWERSHELL -> Interpreter.POWERSHELL;
            case PYTHON -> Interpreter.PYTHON;
            case EXEC -> Interpreter.EXEC;
        };
    }

    private static String message(RuntimeException e) {
        return Objects.requireNonNull(e.getMessage());
    }
}
