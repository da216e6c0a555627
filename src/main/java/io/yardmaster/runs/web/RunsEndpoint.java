package io.yardmaster.runs.web;

import io.yardmaster.contract.CancelRequestDto;
import io.yardmaster.contract.EventTypeDto;
import io.yardmaster.contract.LogFormatDto;
import io.yardmaster.contract.LogStreamDto;
import io.yardmaster.contract.NextPage;
import io.yardmaster.contract.RunCancellationDto;
import io.yardmaster.contract.RunDto;
import io.yardmaster.contract.RunOrderDto;
import io.yardmaster.contract.RunOutcomeDto;
import io.yardmaster.contract.RunPageDto;
import io.yardmaster.contract.RunRequestDto;
import io.yardmaster.contract.RunStatusDto;
import io.yardmaster.contract.RunStepDto;
import io.yardmaster.contract.RunsApiDelegate;
import io.yardmaster.events.LineFilter;
import io.yardmaster.jobs.Durations;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.JobId;
import io.yardmaster.jobs.JobVersions;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.RunList;
import io.yardmaster.runs.RunQuery;
import io.yardmaster.runs.RunQueue;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.RunSteps;
import io.yardmaster.runs.RunView;
import io.yardmaster.runs.Runs;
import io.yardmaster.security.CurrentActor;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;

/** Translates between the contract and {@link Runs}. */
@Component
class RunsEndpoint implements RunsApiDelegate {

    private final Runs runs;
    private final RunQueue queue;
    private final JobVersions versions;
    private final RunLogResponses logs;
    private final CurrentActor actor;

    RunsEndpoint(Runs runs, RunQueue queue, JobVersions versions, RunLogResponses logs, CurrentActor actor) {
        this.runs = runs;
        this.queue = queue;
        this.versions = versions;
        this.logs = logs;
        this.actor = actor;
    }

    @Override
    public ResponseEntity<RunDto> createRun(RunRequestDto request) {
        Actor caller = actor.get();
        if (request.getTenant() != null
                && !request.getTenant().equals(caller.tenant().name())) {
            throw ProblemException.of(
                    ProblemType.PERMISSION_DENIED,
                    "Your token belongs to tenant " + caller.tenant() + ". Leave tenant out, or name that one.");
        }
        RunView run = runs.submit(RunRequests.submission(request), caller);
        return ResponseEntity.created(URI.create("/api/v1/runs/" + run.runId()))
                .eTag(etag(run))
                .body(detail(run, RunSteps.NONE));
    }

    @Override
    public ResponseEntity<RunDto> getRun(String runId) {
        Runs.Detail found = runs.detail(id(runId));
        return ResponseEntity.ok().eTag(etag(found.run())).body(detail(found.run(), found.steps()));
    }

    @Override
    public ResponseEntity<RunOutcomeDto> getRunResult(String runId) {
        RunView run = runs.get(id(runId));
        RunOutcomeDto outcome = RunTranslation.outcome(run);
        return run.status().isTerminal()
                ? ResponseEntity.ok(outcome)
                : ResponseEntity.accepted().header(HttpHeaders.RETRY_AFTER, "1").body(outcome);
    }

    @Override
    public ResponseEntity<RunStepDto> getRunStep(String runId, String stepId) {
        Runs.Detail found = runs.detail(id(runId));
        RunView run = found.run();
        return ResponseEntity.ok(RunTranslation.step(step(run, stepId), found.steps()));
    }

    @Override
    public ResponseEntity<RunPageDto> listRuns(
            @Nullable String jobId,
            List<RunStatusDto> status,
            @Nullable Instant createdAfter,
            @Nullable Instant createdBefore,
            @Nullable String externalId,
            Integer limit,
            @Nullable String pageToken,
            Integer offset,
            RunOrderDto order) {
        if (pageToken != null && offset > 0) {
            throw ProblemException.validation(
                    List.of(new Fault("offset", "offset and page_token exclude each other.", "contradiction")));
        }
        RunList found = runs.list(new RunQuery(
                jobId,
                status.stream().map(one -> RunState.of(one.getValue())).collect(Collectors.toSet()),
                createdAfter,
                createdBefore,
                externalId,
                order == RunOrderDto.OLDEST_FIRST,
                pageToken == null ? null : after(pageToken),
                offset,
                limit));
        return ResponseEntity.ok()
                .headers(NextPage.link(found.page().nextToken()))
                .body(RunTranslation.page(found));
    }

    @Override
    public ResponseEntity<RunCancellationDto> cancelRun(String runId, @Nullable CancelRequestDto request) {
        String reason = request == null ? null : request.getReason();
        Duration grace = request == null || request.getGrace() == null
                ? null
                : Durations.parse(request.getGrace()).orElse(null);
        RunView run = runs.cancel(id(runId), reason, grace, actor.get());
        boolean over = run.status().isTerminal();
        // The command is durable; the run's owner says cancelling a moment later.
        RunCancellationDto answer = new RunCancellationDto()
                .runId(run.runId().toString())
                .status(over ? RunStatusDto.CANCELLED : RunStatusDto.CANCELLING);
        return ResponseEntity.status(over ? HttpStatus.OK : HttpStatus.ACCEPTED)
                .location(URI.create("/api/v1/runs/" + run.runId()))
                .body(answer);
    }

    @Override
    public ResponseEntity<ResponseBodyEmitter> streamRunEvents(
            String runId,
            Long afterSeq,
            List<EventTypeDto> types,
            Integer limit,
            @Nullable String lastEventId,
            MediaType mediaType) {
        RunView run = runs.get(id(runId));
        return logs.events(
                run,
                Cursors.after(afterSeq, lastEventId),
                types.stream().map(EventTypeDto::getValue).toList(),
                limit,
                lastEventId != null,
                mediaType,
                actor.get());
    }

    @Override
    public ResponseEntity<ResponseBodyEmitter> getRunLogs(
            String runId,
            Boolean follow,
            Long afterSeq,
            @Nullable Instant since,
            @Nullable String stepId,
            @Nullable LogStreamDto stream,
            Integer limit,
            @Nullable LogFormatDto format,
            @Nullable String lastEventId,
            MediaType mediaType) {
        RunView run = runs.get(id(runId));
        if (stepId != null) {
            step(run, stepId);
        }
        return logs.lines(
                run,
                Cursors.after(afterSeq, lastEventId),
                new LineFilter(stepId, stream == null ? null : OutputStreamName.of(stream.getValue()), since),
                limit,
                RunLogResponses.Form.of(follow, format, mediaType),
                lastEventId != null,
                actor.get());
    }

    private RunDto detail(RunView run, RunSteps steps) {
        return RunTranslation.detail(
                run,
                definition(run),
                steps,
                run.status() == RunState.PENDING ? queue.position(run.runId()).orElse(null) : null);
    }

    private JobDefinition definition(RunView run) {
        return versions.definition(new JobId(run.jobId()), Sha256.parse(run.jobDigest()));
    }

    private StepDefinition step(RunView run, String stepId) {
        return definition(run)
                .step(stepId)
                .orElseThrow(() -> ProblemException.of(
                        ProblemType.STEP_NOT_FOUND, "The job of run " + run.runId() + " has no step " + stepId + "."));
    }

    private static RunId id(String text) {
        return RunId.parse(text).orElseThrow(() -> Runs.notFound(text));
    }

    private static RunId after(String pageToken) {
        return RunId.parse(pageToken)
                .orElseThrow(() -> ProblemException.validation(List.of(new Fault(
                        "page_token",
                        "This is no page_token of this list. Use the next_page_token of the page before.",
                        "page-token"))));
    }

    /** A run changes with its log, and it has one state at each end of it. */
    private static String etag(RunView run) {
        return "\"" + run.runId() + "-" + run.lastSeq() + "-" + run.status().text() + "\"";
    }
}
