package io.yardmaster.runs.web;

import io.yardmaster.contract.Eventual;
import io.yardmaster.contract.PreferredWait;
import io.yardmaster.contract.UpdateDto;
import io.yardmaster.contract.UpdateFailureDto;
import io.yardmaster.contract.UpdateRequestDto;
import io.yardmaster.contract.UpdateStatusDto;
import io.yardmaster.contract.UpdatesApiDelegate;
import io.yardmaster.idempotency.Idempotency;
import io.yardmaster.jobs.Durations;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.UpdateId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.runs.RunUpdate;
import io.yardmaster.runs.RunUpdates;
import io.yardmaster.runs.Runs;
import io.yardmaster.runs.UpdateEnds;
import io.yardmaster.runs.UpdateStatus;
import io.yardmaster.security.CurrentActor;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Translates between the contract and {@link RunUpdates}. */
@Component
class UpdatesEndpoint implements UpdatesApiDelegate {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final RunUpdates updates;
    private final UpdateEnds ends;
    private final LateAnswers answers;
    private final Idempotency idempotency;
    private final CurrentActor actor;
    private final HttpServletRequest request;

    UpdatesEndpoint(
            RunUpdates updates,
            UpdateEnds ends,
            LateAnswers answers,
            Idempotency idempotency,
            CurrentActor actor,
            HttpServletRequest request) {
        this.updates = updates;
        this.ends = ends;
        this.answers = answers;
        this.idempotency = idempotency;
        this.actor = actor;
        this.request = request;
    }

    @Override
    public Eventual<UpdateDto> sendUpdate(String runId, String name, @Nullable UpdateRequestDto asked) {
        RunId run = RunId.parse(runId).orElseThrow(() -> Runs.notFound(runId));
        ObjectNode payload = asked == null || asked.getPayload() == null
                ? JsonNodeFactory.instance.objectNode()
                : asked.getPayload();
        Duration patience = asked == null || asked.getTimeout() == null ? PATIENCE : patience(asked.getTimeout());
        Idempotency.Keeping keeping = idempotency.keeping();
        ResponseEntity<UpdateDto> sent =
                idempotency.answer(() -> updates.send(run, name, payload, actor.get()), UpdatesEndpoint::sent);
        UpdateDto body = sent.getBody();
        if (body == null || patience.isZero()) {
            return Eventual.now(sent);
        }
        UpdateId id = UpdateId.parse(body.getUpdateId()).orElseThrow();
        return whenEnded(run, id, patience, update -> {
            // A caller who repeats the request gets how it ended, as this one does.
            return update.status() == UpdateStatus.PENDING ? sent(update) : keeping.instead(sent(update));
        });
    }

    @Override
    public Eventual<UpdateDto> getUpdate(String updateId) {
        UpdateId id = UpdateId.parse(updateId).orElseThrow(() -> RunUpdates.notFound(updateId));
        Duration wait = PreferredWait.of(request).orElse(null);
        RunUpdate now = updates.get(id);
        return wait == null || now.status() != UpdateStatus.PENDING
                ? Eventual.now(ResponseEntity.ok(body(now)))
                : whenEnded(
                        now.runId(),
                        id,
                        wait,
                        update -> ResponseEntity.ok()
                                .header("Preference-Applied", PreferredWait.applied(wait))
                                .body(body(update)));
    }

    /** Answers when the update has ended or the time is over. */
    private Eventual<UpdateDto> whenEnded(
            RunId runId, UpdateId id, Duration atMost, Function<RunUpdate, ResponseEntity<UpdateDto>> answer) {
        return answers.to(
                ends.await(runId, id, atMost),
                actor.get().tenant(),
                () -> Optional.of(updates.get(id))
                        .filter(now -> now.status() != UpdateStatus.PENDING)
                        .map(answer),
                () -> answer.apply(updates.get(id)));
    }

    private static ResponseEntity<UpdateDto> sent(RunUpdate update) {
        ResponseEntity.BodyBuilder answer = update.status() == UpdateStatus.PENDING
                ? ResponseEntity.status(HttpStatus.ACCEPTED).header(HttpHeaders.RETRY_AFTER, "1")
                : ResponseEntity.ok();
        return answer.location(URI.create("/api/v1/updates/" + update.id())).body(body(update));
    }

    private static UpdateDto body(RunUpdate update) {
        UpdateDto body = new UpdateDto()
                .updateId(update.id().toString())
                .runId(update.runId().toString())
                .name(update.name())
                .status(UpdateStatusDto.fromValue(update.status().text()))
                .sentBy(update.sentBy())
                .stepId(update.stepId())
                .createdAt(update.createdAt());
        RunUpdate.End end = update.end();
        if (end != null) {
            body.finishedAt(end.at());
            if (end.result() != null && !end.result().isNull()) {
                body.result(end.result());
            }
            if (end.failure() != null) {
                body.failure(new UpdateFailureDto()
                        .code(end.failure().code())
                        .message(end.failure().message()));
            }
        }
        return body;
    }

    private static Duration patience(String written) {
        Duration patience = Durations.parse(written).orElse(PATIENCE);
        if (patience.compareTo(PreferredWait.LONGEST) > 0) {
            throw ProblemException.validation(List.of(new Fault(
                    "/timeout",
                    "/timeout is " + PreferredWait.LONGEST.toSeconds() + "s at most. What is answered later is read at"
                            + " GET /api/v1/updates/{update_id}.",
                    "maximum")));
        }
        return patience;
    }
}
