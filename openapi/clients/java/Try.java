import io.yardmaster.client.ApiClient;
import io.yardmaster.client.ApiException;
import io.yardmaster.client.JSON;
import io.yardmaster.client.api.ArtifactsApi;
import io.yardmaster.client.api.ArtifactsApi.APIGetArtifactRequest;
import io.yardmaster.client.api.ArtifactsApi.APIListArtifactsRequest;
import io.yardmaster.client.api.JobsApi;
import io.yardmaster.client.api.JobsApi.APIListJobsRequest;
import io.yardmaster.client.api.PlansApi;
import io.yardmaster.client.api.PlansApi.APICreatePlanRequest;
import io.yardmaster.client.api.RunsApi;
import io.yardmaster.client.api.RunsApi.APICancelRunRequest;
import io.yardmaster.client.api.RunsApi.APICreateRunRequest;
import io.yardmaster.client.api.RunsApi.APIGetRunEventsRequest;
import io.yardmaster.client.api.RunsApi.APIGetRunRequest;
import io.yardmaster.client.api.RunsApi.APIGetRunResultRequest;
import io.yardmaster.client.model.Artifact;
import io.yardmaster.client.model.CancelRequest;
import io.yardmaster.client.model.JobPage;
import io.yardmaster.client.model.Plan;
import io.yardmaster.client.model.PlanRequest;
import io.yardmaster.client.model.Problem;
import io.yardmaster.client.model.Run;
import io.yardmaster.client.model.RunCancellation;
import io.yardmaster.client.model.RunOutcome;
import io.yardmaster.client.model.RunRequest;
import io.yardmaster.client.model.RunStatus;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lists, plans, runs, streams and cancels, with nothing but the generated client.
 *
 * <p>Arguments: the server's address, a token, and the folder to back up; without a folder the job is hello-world.
 */
final class Try {

    private final String baseUrl;
    private final String token;
    private final RunsApi runs;

    private Try(String baseUrl, String token) {
        this.baseUrl = baseUrl;
        this.token = token;
        this.runs = new RunsApi(client());
    }

    public static void main(String[] arguments) throws Exception {
        Try attempt = new Try(arguments[0], arguments[1]);
        PlanRequest backup = arguments.length > 2
                ? new PlanRequest().jobId("backup/daily").args(Map.of("target", arguments[2]))
                : new PlanRequest().jobId("hello-world").args(Map.of("name", "Java"));
        attempt.list();
        attempt.askForWhatIsNotThere();
        meetWhatIsNew();
        attempt.run(attempt.plan(backup));
        attempt.cancel();
    }

    private ApiClient client() {
        ApiClient client = new ApiClient();
        client.updateBaseUri(baseUrl + "/api/v1");
        client.setConnectTimeout(Duration.ofSeconds(5));
        client.setRequestInterceptor(request -> request.setHeader("Authorization", "Bearer " + token));
        return client;
    }

    private void list() throws ApiException {
        JobsApi jobs = new JobsApi(client());
        String pageToken = null;
        do {
            JobPage page = jobs.listJobs(APIListJobsRequest.newBuilder()
                    .limit(2)
                    .pageToken(pageToken)
                    .build());
            page.getJobs().forEach(job -> say("job", "%s (%s)", job.getId(), job.getTitle()));
            pageToken = page.getNextPageToken();
        } while (pageToken != null);
    }

    private void askForWhatIsNotThere() throws ApiException {
        try {
            runs.getRun(APIGetRunRequest.newBuilder()
                    .runId("run_01JD3M5ZK8Q2W4X6Y7A9B0C1DE")
                    .build());
            throw new IllegalStateException("a run that does not exist was answered");
        } catch (ApiException e) {
            Problem problem = JSON.getDefault().getMapper().readValue(e.getResponseBody(), Problem.class);
            say("problem", "%d %s: %s", problem.getStatus(), problem.getType(), problem.getDetail());
            check(problem.getStatus() == 404, "the status is " + problem.getStatus());
            check(problem.getType().toString().equals("/problems/run-not-found"), "the type is " + problem.getType());
        }
    }

    /** A newer server may answer with a property or a state that this client was not generated with. */
    private static void meetWhatIsNew() {
        RunOutcome outcome = JSON.getDefault().getMapper().readValue("""
            {"run_id": "run_01JD3M5ZK8Q2W4X6Y7A9B0C1DE", "job_id": "a", "status": "dreaming", "mood": "calm"}\
            """, RunOutcome.class);
        say("new", "a state of tomorrow is read as %s", outcome.getStatus());
    }

    private Plan plan(PlanRequest request) throws ApiException {
        Plan plan = new PlansApi(client())
                .createPlan(
                        APICreatePlanRequest.newBuilder().planRequest(request).build());
        say("plan", "%s: levels %s, runnable %s", plan.getPlanId(), plan.getLevels(), plan.getRunnable());
        check(plan.getRunnable(), "the plan is not runnable");
        check(plan.getExpiresAt().isAfter(OffsetDateTime.now()), "the plan has expired at " + plan.getExpiresAt());
        return plan;
    }

    private void run(Plan plan) throws Exception {
        Run run = submit(new RunRequest().planId(plan.getPlanId()).putLabelsItem("by", "java"));
        say("run", "%s: %s", run.getRunId(), run.getStatus());
        AtomicLong seen = new AtomicLong();
        new RunEvents(client(), event -> {
                    check(event.getSeq() == seen.incrementAndGet(), "there is a gap before " + event.getSeq());
                    say(
                            "event",
                            "%d %s %s %s",
                            event.getSeq(),
                            event.getType(),
                            Objects.toString(event.getStepId(), ""),
                            Objects.toString(event.getAdditionalProperty("message"), ""));
                })
                .follow(run.getRunId());

        long events = runs.getRunEvents(APIGetRunEventsRequest.newBuilder()
                        .runId(run.getRunId())
                        .build())
                .getLastSeq();
        check(events == seen.get(), "the stream had " + seen + " events, the page says " + events);
        RunOutcome outcome = outcome(run);
        say(
                "result",
                "%s after %d events: %s",
                outcome.getStatus(),
                events,
                outcome.getResult().getValue());
        check(outcome.getStatus() == RunStatus.SUCCESS, "the run ended with " + outcome.getStatus());
        download(run.getRunId());
    }

    private Run submit(RunRequest request) throws ApiException {
        return runs.createRun(
                APICreateRunRequest.newBuilder().runRequest(request).build());
    }

    private RunOutcome outcome(Run run) throws ApiException {
        return runs.getRunResult(
                APIGetRunResultRequest.newBuilder().runId(run.getRunId()).build());
    }

    private void download(String runId) throws Exception {
        ArtifactsApi artifacts = new ArtifactsApi(client());
        for (Artifact artifact : artifacts
                .listArtifacts(APIListArtifactsRequest.newBuilder().runId(runId).build())
                .getArtifacts()) {
            byte[] bytes = Files.readAllBytes(artifacts
                    .getArtifact(APIGetArtifactRequest.newBuilder()
                            .artifactId(artifact.getId())
                            .build())
                    .toPath());
            String digest = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
            say("artifact", "%s, %d bytes, sha256 %s", artifact.getName(), bytes.length, digest);
            check(digest.equals(artifact.getSha256()), "the digest should be " + artifact.getSha256());
        }
    }

    private void cancel() throws Exception {
        Run run = submit(new RunRequest().jobId("long/haul"));
        AtomicBoolean asked = new AtomicBoolean();
        new RunEvents(client(), event -> {
                    if (event.getType().equals("step.output") && asked.compareAndSet(false, true)) {
                        say("cancel", "%s at '%s'", run.getRunId(), event.getAdditionalProperty("message"));
                        cancel(run);
                    }
                })
                .follow(run.getRunId());
        RunOutcome outcome = outcome(run);
        check(outcome.getStatus() == RunStatus.CANCELLED, "the run ended with " + outcome.getStatus());
        say("cancelled", "after %s", Duration.between(outcome.getStartedAt(), outcome.getFinishedAt()));
    }

    private void cancel(Run run) {
        try {
            RunCancellation answer = runs.cancelRun(APICancelRunRequest.newBuilder()
                    .runId(run.getRunId())
                    .cancelRequest(new CancelRequest().reason("Seen enough.").grace("2s"))
                    .build());
            say("cancel", "%s", answer.getStatus());
        } catch (ApiException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void say(String topic, String format, Object... values) {
        System.out.printf("%-10s %s%n", topic, format.formatted(values));
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}
