package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.jobs.CalledJob;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.JobId;
import io.yardmaster.jobs.JobVersions;
import io.yardmaster.jobs.Planner;
import io.yardmaster.jobs.PreparedRun;
import io.yardmaster.jobs.Repetition;
import io.yardmaster.jobs.SecurityProfile;
import io.yardmaster.jobs.Timeouts;
import io.yardmaster.jobs.TimeoutsJson;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.ProblemType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.node.ObjectNode;

/** Makes submissions of runs that have ended: what is left of them, or all of it again. */
@Component
class Reruns {

    private final Planner planner;
    private final JobVersions versions;
    private final RunReader reader;
    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final Initiators initiators;

    Reruns(
            Planner planner,
            JobVersions versions,
            RunReader reader,
            JdbcClient client,
            TransactionTemplate transactions,
            Initiators initiators) {
        this.planner = planner;
        this.versions = versions;
        this.reader = reader;
        this.client = client;
        this.transactions = transactions;
        this.initiators = initiators;
    }

    /**
     * What is left of a run that did not succeed.
     *
     * @param secrets its secret arguments, which it no longer has
     * @throws ProblemException {@code run-not-active} where nothing is left; what {@link Planner} refuses
     */
    RunSubmission rest(RunId runId, ObjectNode secrets, Actor actor) {
        Ended ended = read(runId);
        if (ended.run().status() == RunState.SUCCESS) {
            throw ProblemException.of(
                            ProblemType.RUN_NOT_ACTIVE,
                            "The run has ended with status success, so that nothing of it is left to do. To run it"
                                    + " again, rerun it.")
                    .with("run_status", RunState.SUCCESS.text());
        }
        JobDefinition job = versions.definition(ended.jobId(), ended.digest());
        refuseAllBut(job.secretArgs(), secrets);
        PreparedRun prepared = planner.prepare(ended.repetition(true, secrets), actor);
        return ended.submission(new RunSubmission.Again(
                runId,
                prepared,
                ended.initiators(),
                ended.reuse(job, job, prepared).ofWhatSucceeded(),
                null));
    }

    /**
     * A run that has ended, once more.
     *
     * @param fromStep the step to begin with; null: with the first
     * @param pinned whether the same version of its job is run; otherwise the job as it is now
     * @param args replace those of the same name
     * @throws ProblemException {@code run-active}, {@code step-not-found}, {@code step-not-reusable}; what {@link Planner}
     *     refuses
     */
    RunSubmission again(RunId runId, @Nullable String fromStep, boolean pinned, ObjectNode args, Actor actor) {
        Ended ended = read(runId);
        RunState status = ended.run().status();
        if (!status.isTerminal()) {
            throw ProblemException.of(
                            ProblemType.RUN_ACTIVE,
                            "The run is " + status.text()
                                    + ". Only a run that has ended can be run again; wait for its end, or cancel it.")
                    .with("run_status", status.text());
        }
        PreparedRun prepared = planner.prepare(ended.repetition(pinned, args), actor);
        Set<String> reused = fromStep == null
                ? Set.of()
                : ended.reuse(prepared.definition(), versions.definition(ended.jobId(), ended.digest()), prepared)
                        .ofWhatDoesNotNeed(fromStep);
        return ended.submission(new RunSubmission.Again(runId, prepared, ended.initiators(), reused, fromStep));
    }

    private Ended read(RunId runId) {
        return Objects.requireNonNull(transactions.execute(transaction -> new Ended(
                reader.run(runId).orElseThrow(() -> Runs.notFound(runId.toString())),
                reader.steps(runId),
                TimeoutsJson.read(Jsonb.read(client.sql("SELECT timeouts FROM run WHERE run_id = :run")
                        .param("run", runId.value())
                        .query(String.class)
                        .single())),
                CalledJob.read(Jsonb.readNullable(client.sql("SELECT called_jobs FROM run WHERE run_id = :run")
                        .param("run", runId.value())
                        .query((row, number) -> Optional.ofNullable(row.getString(1)))
                        .single()
                        .orElse(null))),
                initiators.of(runId))));
    }

    /** Outcomes are taken over that were made with the other arguments: those must stay as they were. */
    private static void refuseAllBut(Set<String> secretNames, ObjectNode given) {
        List<Fault> faults = given.propertyNames().stream()
                .filter(name -> !secretNames.contains(name))
                .map(name -> new Fault(
                        "/args",
                        "'" + name
                                + "' is no secret argument of the job. A run is resumed with the arguments it had; to"
                                + " change them, rerun it.",
                        "not-secret"))
                .toList();
        if (!faults.isEmpty()) {
            throw ProblemException.validation(faults);
        }
    }

    private record Ended(
            RunView run, RunSteps steps, Timeouts timeouts, List<CalledJob> calledJobs, Set<String> initiators) {

        Reuse reuse(JobDefinition job, JobDefinition ran, PreparedRun prepared) {
            return new Reuse(job, ran, steps, prepared.digest().toString().equals(run.planDigest()));
        }

        JobId jobId() {
            return new JobId(run.jobId());
        }

        Sha256 digest() {
            return Sha256.parse(run.jobDigest());
        }

        Repetition repetition(boolean pinned, ObjectNode given) {
            return new Repetition(
                    jobId(),
                    run.source(),
                    digest(),
                    pinned,
                    (ObjectNode) run.args(),
                    given,
                    timeouts,
                    calledJobs,
                    SecurityProfile.of(run.securityProfile()).orElse(null));
        }

        RunSubmission submission(RunSubmission.Again again) {
            Map<String, String> labels = new LinkedHashMap<>();
            run.labels()
                    .properties()
                    .forEach(
                            label -> labels.put(label.getKey(), label.getValue().asString()));
            return new RunSubmission(again, labels, (ObjectNode) run.attributes(), run.priority(), null, null, null);
        }
    }
}
