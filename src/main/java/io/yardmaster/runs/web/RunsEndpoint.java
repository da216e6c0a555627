package io.yardmaster.runs.web;

import io.yardmaster.contract.CancelRequestDto;
import io.yardmaster.contract.ConditionalGet;
import io.yardmaster.contract.EventTypeDto;
import io.yardmaster.contract.Eventual;
import io.yardmaster.contract.FailureCategoryDto;
import io.yardmaster.contract.LogFormatDto;
import io.yardmaster.contract.LogLevelDto;
import io.yardmaster.contract.LogStreamDto;
import io.yardmaster.contract.NextPage;
import io.yardmaster.contract.PauseRequestDto;
import io.yardmaster.contract.PreferredWait;
import io.yardmaster.contract.RerunRequestDto;
import io.yardmaster.contract.RerunVersionDto;
import io.yardmaster.contract.ResumeRequestDto;
import io.yardmaster.contract.RunAggregateDto;
import io.yardmaster.contract.RunCancellationDto;
import io.yardmaster.contract.RunControlDto;
import io.yardmaster.contract.RunDto;
import io.yardmaster.contract.RunFramePageDto;
import io.yardmaster.contract.RunOrderDto;
import io.yardmaster.contract.RunOutcomeDto;
import io.yardmaster.contract.RunPageDto;
import io.yardmaster.contract.RunRequestDto;
import io.yardmaster.contract.RunStatusDto;
import io.yardmaster.contract.RunStepDto;
import io.yardmaster.contract.RunsApiDelegate;
import io.yardmaster.events.LineFilter;
import io.yardmaster.events.LineLevel;
import io.yardmaster.idempotency.Idempotency;
import io.yardmaster.jobs.Durations;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.kernel.RunId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.Names;
import io.yardmaster.runs.RunFilter;
import io.yardmaster.runs.RunFilter.Span;
import io.yardmaster.runs.RunGroups;
import io.yardmaster.runs.RunList;
import io.yardmaster.runs.RunOrder;
import io.yardmaster.runs.RunQuery;
import io.yardmaster.runs.RunSubmission;
import io.yardmaster.runs.RunView;
import io.yardmaster.runs.Runs;
import io.yardmaster.security.CurrentActor;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Translates between the contract and {@link Runs}. */
@Component
class RunsEndpoint implements RunsApiDelegate {

    private static final String PREFERENCE_APPLIED = "Preference-Applied";

    private final Runs runs;
    private final RunDetails details;
    private final RunLogResponses logs;
    private final RunWaits waits;
    private final ConditionalGet conditional;
    private final Idempotency idempotency;
    private final CurrentActor actor;

    RunsEndpoint(
            Runs runs,
            RunDetails details,
            RunLogResponses logs,
            RunWaits waits,
            ConditionalGet conditional,
            Idempotency idempotency,
            CurrentActor actor) {
        this.runs = runs;
        this.details = details;
        this.logs = logs;
        this.waits = waits;
        this.conditional = conditional;
        this.idempotency = idempotency;
        this.actor = actor;
    }

    @Override
    public Eventual<RunDto> createRun(RunRequestDto request) {
        Actor caller = actor.get();
        if (request.getTenant() != null
                && !request.getTenant().equals(caller.tenant().name())) {
            throw ProblemException.of(
                    ProblemType.PERMISSION_DENIED,
                    "Your token belongs to tenant " + caller.tenant() + ". Leave tenant out, or name that one.");
        }
        Idempotency.Keeping keeping = idempotency.keeping();
        RunSubmission submission = RunRequests.submission(request);
        Duration wait = waits.preferred().orElse(null);
        return wait == null
                ? Eventual.now(
                        accepted(runs.submit(submission, caller, accepted -> keeping.of(() -> accepted(accepted)))))
                : waits.whenSubmittedHasEnded(
                        caller.tenant(),
                        wait,
                        withId -> runs.submit(submission, caller, accepted -> {
                            withId.accept(accepted.runId());
                            return keeping.of(() -> accepted(accepted));
                        }),
                        runId -> keeping.instead(waitedFor(runId, wait)));
    }

    private ResponseEntity<RunDto> accepted(RunView run) {
        return created(HttpStatus.CREATED, details.accepted(run), run, null);
    }

    private ResponseEntity<RunDto> waitedFor(RunId runId, Duration wait) {
        Runs.Detail found = runs.detail(runId);
        RunDto body = details.now(found);
        HttpStatus status = found.run().status().isTerminal() ? HttpStatus.CREATED : HttpStatus.ACCEPTED;
        return created(status, body, found.run(), wait);
    }

    private ResponseEntity<RunDto> created(HttpStatus status, RunDto body, RunView run, @Nullable Duration waited) {
        ResponseEntity.BodyBuilder answer = ResponseEntity.status(status)
                .location(URI.create("/api/v1/runs/" + body.getRunId()))
                .eTag(conditional.tag(Names.of(run), body));
        if (waited != null) {
            answer.header(PREFERENCE_APPLIED, PreferredWait.applied(waited));
        }
        if (status == HttpStatus.ACCEPTED) {
            answer.header(HttpHeaders.RETRY_AFTER, "1");
        }
        return answer.body(body);
    }

    @Override
    public ResponseEntity<RunDto> getRun(String runId, @Nullable Long atSeq) {
        if (atSeq != null) {
            return conditional.answer(details.then(runs.detail(id(runId), atSeq)));
        }
        Runs.Detail found = runs.detail(id(runId));
        return conditional.answerEditable(details.now(found), Names.of(found.run()));
    }

    @Override
    public ResponseEntity<RunDto> updateRun(String runId, ObjectNode patch) {
        RunId id = id(runId);
        return idempotency.answer(
                () -> {
                    runs.relabel(id, patch, this::requireUnchanged, actor.get());
                    return runs.detail(id);
                },
                found -> {
                    RunDto body = details.now(found);
                    return ResponseEntity.ok()
                            .eTag(conditional.tag(Names.of(found.run()), body))
                            .body(body);
                });
    }

    private void requireUnchanged(Names names) {
        if (!conditional.isUnchanged(names)) {
            throw ProblemException.of(
                    ProblemType.PRECONDITION_FAILED,
                    "The labels or attributes have changed since you read them. Read the run again, and repeat with"
                            + " its new ETag.");
        }
    }

    @Override
    public ResponseEntity<RunFramePageDto> listRunFrames(String runId, Long afterFrame, Integer limit) {
        RunFramePageDto page = details.frames(runs.frames(id(runId), afterFrame, limit));
        return conditional.answer(page, NextLines.frames(page.getNextAfterFrame()));
    }

    @Override
    public ResponseEntity<Void> deleteRun(String runId) {
        RunId id = id(runId);
        runs.empty(id);
        return idempotency.answer(
                () -> {
                    runs.deleteEmptied(id);
                    return id;
                },
                _ -> ResponseEntity.noContent().build());
    }

    @Override
    public Eventual<RunOutcomeDto> getRunResult(String runId) {
        RunId id = id(runId);
        Duration wait = waits.preferred().orElse(null);
        return wait == null
                ? Eventual.now(outcome(id, null))
                : waits.whenEnded(id, actor.get().tenant(), wait, () -> runs.hasEnded(id), () -> outcome(id, wait));
    }

    private ResponseEntity<RunOutcomeDto> outcome(RunId runId, @Nullable Duration waited) {
        RunView run = runs.get(runId);
        ResponseEntity.BodyBuilder answer = run.status().isTerminal()
                ? ResponseEntity.ok()
                : ResponseEntity.accepted().header(HttpHeaders.RETRY_AFTER, "1");
        if (waited != null) {
            answer.header(PREFERENCE_APPLIED, PreferredWait.applied(waited));
        }
        return answer.body(RunTranslation.outcome(run));
    }

    @Override
    public ResponseEntity<RunStepDto> getRunStep(String runId, String stepId) {
        return ResponseEntity.ok(details.step(runs.detail(id(runId)), stepId));
    }

    @Override
    public ResponseEntity<RunPageDto> listRuns(
            @Nullable String jobId,
            List<RunStatusDto> status,
            List<FailureCategoryDto> failureCategory,
            List<String> label,
            List<String> attribute,
            @Nullable Instant createdAfter,
            @Nullable Instant createdBefore,
            @Nullable Instant updatedAfter,
            @Nullable Instant updatedBefore,
            @Nullable Instant finishedAfter,
            @Nullable Instant finishedBefore,
            @Nullable Instant deadlineBefore,
            @Nullable String idPrefix,
            @Nullable String externalId,
            @Nullable String parentRunId,
            @Nullable String rerunOf,
            Integer limit,
            @Nullable String pageToken,
            Integer offset,
            RunOrderDto order) {
        RunFilters read = new RunFilters();
        RunFilter filter = read.filter(
                jobId,
                status,
                failureCategory,
                label,
                attribute,
                new Span(createdAfter, createdBefore),
                new Span(updatedAfter, updatedBefore),
                new Span(finishedAfter, finishedBefore),
                deadlineBefore,
                idPrefix,
                externalId,
                parentRunId,
                rerunOf);
        read.requireNone();
        if (pageToken != null && offset > 0) {
            throw ProblemException.validation(
                    List.of(new Fault("offset", "offset and page_token exclude each other.", "contradiction")));
        }
        RunList found = runs.list(new RunQuery(filter, order(order), pageToken, offset, limit), actor.get());
        return conditional.answer(
                RunTranslation.page(found), NextPage.link(found.page().nextToken()));
    }

    @Override
    public ResponseEntity<RunAggregateDto> aggregateRuns(
            String groupBy,
            @Nullable String jobId,
            List<RunStatusDto> status,
            List<FailureCategoryDto> failureCategory,
            List<String> label,
            List<String> attribute,
            @Nullable Instant createdAfter,
            @Nullable Instant createdBefore,
            @Nullable Instant updatedAfter,
            @Nullable Instant updatedBefore,
            @Nullable Instant finishedAfter,
            @Nullable Instant finishedBefore,
            @Nullable Instant deadlineBefore,
            @Nullable String idPrefix,
            @Nullable String externalId,
            @Nullable String parentRunId,
            @Nullable String rerunOf,
            Integer limit) {
        RunFilters read = new RunFilters();
        RunGroups.By by = read.groupBy(groupBy);
        RunFilter filter = read.filter(
                jobId,
                status,
                failureCategory,
                label,
                attribute,
                new Span(createdAfter, createdBefore),
                new Span(updatedAfter, updatedBefore),
                new Span(finishedAfter, finishedBefore),
                deadlineBefore,
                idPrefix,
                externalId,
                parentRunId,
                rerunOf);
        read.requireNone();
        return conditional.answer(
                RunTranslation.groups(runs.count(filter, Objects.requireNonNull(by), limit, actor.get())));
    }

    private static RunOrder order(RunOrderDto order) {
        return switch (order) {
            case OLDEST_FIRST -> new RunOrder(RunOrder.Key.CREATED, false);
            case NEWEST_FIRST -> new RunOrder(RunOrder.Key.CREATED, true);
            case UPDATED_FIRST -> new RunOrder(RunOrder.Key.UPDATED, false);
            case UPDATED_LAST -> new RunOrder(RunOrder.Key.UPDATED, true);
            case FINISHED_FIRST -> new RunOrder(RunOrder.Key.FINISHED, false);
            case FINISHED_LAST -> new RunOrder(RunOrder.Key.FINISHED, true);
        };
    }

    @Override
    public ResponseEntity<RunCancellationDto> cancelRun(String runId, @Nullable CancelRequestDto request) {
        String reason = request == null ? null : request.getReason();
        Duration grace = request == null || request.getGrace() == null
                ? null
                : Durations.parse(request.getGrace()).orElse(null);
        return idempotency.answer(() -> runs.cancel(id(runId), reason, grace, actor.get()), ControlAnswers::cancelled);
    }

    @Override
    public ResponseEntity<RunControlDto> pauseRun(String runId, @Nullable PauseRequestDto request) {
        String reason = request == null ? null : request.getReason();
        return idempotency.answer(() -> runs.pause(id(runId), reason, actor.get()), ControlAnswers::paused);
    }

    @Override
    public ResponseEntity<RunControlDto> resumeRun(String runId, @Nullable ResumeRequestDto request) {
        RunId id = id(runId);
        ObjectNode args = arguments(request == null ? null : request.getArgs());
        return idempotency.answer(() -> runs.resume(id, args, actor.get()), run -> ControlAnswers.resumed(id, run));
    }

    @Override
    public ResponseEntity<RunDto> rerunRun(String runId, @Nullable RerunRequestDto request) {
        return idempotency.answer(
                () -> runs.rerun(
                        id(runId),
                        request == null ? null : request.getFromStep(),
                        request == null || request.getVersion() == RerunVersionDto.PINNED,
                        arguments(request == null ? null : request.getArgs()),
                        actor.get()),
                run -> {
                    Runs.Detail found = runs.detail(run.runId());
                    return created(HttpStatus.CREATED, details.now(found), found.run(), null);
                });
    }

    private static ObjectNode arguments(@Nullable ObjectNode given) {
        return given == null ? JsonNodeFactory.instance.objectNode() : given;
    }

    @Override
    public ResponseEntity<ResponseBodyEmitter> getRunEvents(
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
            List<LogLevelDto> level,
            @Nullable String q,
            @Nullable Integer tail,
            @Nullable Integer limit,
            @Nullable LogFormatDto format,
            @Nullable String lastEventId,
            MediaType mediaType) {
        RunView run = runs.get(id(runId));
        return logs.lines(
                run,
                Cursors.after(afterSeq, lastEventId),
                new LineFilter(
                        stepId == null ? Set.of() : details.writersOf(run, stepId),
                        stream == null ? null : OutputStreamName.of(stream.getValue()),
                        level.stream().map(one -> LineLevel.of(one.getValue())).collect(Collectors.toSet()),
                        since,
                        q),
                tail,
                limit,
                RunLogResponses.Form.of(follow, format, mediaType),
                lastEventId != null,
                actor.get());
    }

    private static RunId id(String text) {
        return RunId.parse(text).orElseThrow(() -> Runs.notFound(text));
    }
}
