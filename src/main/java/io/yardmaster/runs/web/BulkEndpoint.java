package io.yardmaster.runs.web;

import io.yardmaster.contract.BulkActionDto;
import io.yardmaster.contract.BulkAnswerDto;
import io.yardmaster.contract.BulkApiDelegate;
import io.yardmaster.contract.BulkFilterDto;
import io.yardmaster.contract.BulkRequestDto;
import io.yardmaster.contract.BulkRetryDto;
import io.yardmaster.contract.BulkSignalDto;
import io.yardmaster.contract.BulkSkipDto;
import io.yardmaster.contract.RunStatusDto;
import io.yardmaster.idempotency.Idempotency;
import io.yardmaster.jobs.Durations;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.runs.BulkAction;
import io.yardmaster.runs.BulkOutcome;
import io.yardmaster.runs.BulkRequest;
import io.yardmaster.runs.BulkRuns;
import io.yardmaster.runs.BulkSelection;
import io.yardmaster.runs.RunFilter;
import io.yardmaster.runs.RunFilter.Span;
import io.yardmaster.security.CurrentActor;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Translates between the contract and {@link BulkRuns}. */
@Component
class BulkEndpoint implements BulkApiDelegate {

    private final BulkRuns bulk;
    private final Idempotency idempotency;
    private final CurrentActor actor;
    private final JsonMapper mapper;

    BulkEndpoint(BulkRuns bulk, Idempotency idempotency, CurrentActor actor, JsonMapper mapper) {
        this.bulk = bulk;
        this.idempotency = idempotency;
        this.actor = actor;
        this.mapper = mapper;
    }

    @Override
    public ResponseEntity<BulkAnswerDto> updateRunsInBulk(BulkRequestDto asked) {
        ObjectNode written = mapper.valueToTree(asked);
        written.remove(List.of("dry_run", "confirmation_token"));
        BulkAnswerDto answer = Boolean.FALSE.equals(asked.getDryRun())
                ? done(
                        asked.getAction(),
                        bulk.carryOut(
                                Objects.requireNonNull(asked.getConfirmationToken()),
                                written,
                                kept -> request(mapper.treeToValue(kept, BulkRequestDto.class), kept),
                                actor.get()))
                : selected(asked.getAction(), bulk.select(request(asked, written), actor.get()));
        // In many transactions, which cannot be taken back: that it was done is kept when it is.
        return idempotency.answer(() -> answer, ResponseEntity::ok);
    }

    private static BulkRequest request(BulkRequestDto asked, ObjectNode written) {
        BulkAction action = BulkAction.valueOf(asked.getAction().getValue().toUpperCase(Locale.ROOT));
        ObjectNode patch = asked.getPatch();
        if (action == BulkAction.LABEL && (patch == null || patch.isEmpty())) {
            throw ProblemException.validation(
                    List.of(new Fault("/patch", "/patch is required: it says what changes.", "required")));
        }
        BulkSignalDto signal = asked.getSignal();
        if (action == BulkAction.SIGNAL && signal == null) {
            throw ProblemException.validation(List.of(new Fault(
                    "/signal",
                    "/signal is required: it says what is sent. It is not kept, so the confirmation has to say it"
                            + " again.",
                    "required")));
        }
        return new BulkRequest(
                action,
                filter(Objects.requireNonNull(asked.getFilter())),
                asked.getReason(),
                asked.getGrace() == null
                        ? null
                        : Durations.parse(asked.getGrace()).orElse(null),
                patch == null ? JsonNodeFactory.instance.objectNode() : patch,
                signal == null
                        ? null
                        : new BulkRequest.Message(
                                signal.getName(),
                                signal.getPayload() == null
                                        ? JsonNodeFactory.instance.objectNode()
                                        : signal.getPayload()),
                written);
    }

    private static RunFilter filter(BulkFilterDto asked) {
        RunFilters read = new RunFilters("/filter/");
        RunFilter filter = read.filter(
                asked.getJobId(),
                orNone(asked.getStatus()),
                orNone(asked.getFailureCategory()),
                orNone(asked.getLabel()),
                orNone(asked.getAttribute()),
                new Span(asked.getCreatedAfter(), asked.getCreatedBefore()),
                new Span(asked.getUpdatedAfter(), asked.getUpdatedBefore()),
                new Span(asked.getFinishedAfter(), asked.getFinishedBefore()),
                asked.getDeadlineBefore(),
                asked.getIdPrefix(),
                asked.getExternalId(),
                asked.getParentRunId(),
                asked.getRerunOf());
        read.requireNone();
        return filter;
    }

    private static <T> List<T> orNone(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    private static BulkAnswerDto selected(BulkActionDto action, BulkSelection selection) {
        return new BulkAnswerDto()
                .action(action)
                .dryRun(true)
                .matched(selection.matched())
                .more(selection.more())
                .sample(selection.sample().stream().map(RunTranslation::item).toList())
                .confirmationToken(selection.token())
                .expiresAt(selection.token() == null ? null : selection.expiresAt());
    }

    private static BulkAnswerDto done(BulkActionDto action, BulkOutcome outcome) {
        return new BulkAnswerDto()
                .action(action)
                .dryRun(false)
                .matched(outcome.matched())
                .done(outcome.done())
                .skipped(outcome.skipped().stream()
                        .map(one -> new BulkSkipDto()
                                .runId(one.runId().toString())
                                .reason(one.reason())
                                .status(
                                        one.state() == null
                                                ? null
                                                : RunStatusDto.fromValue(
                                                        one.state().text()))
                                .message(one.message()))
                        .toList())
                .retried(
                        action == BulkActionDto.RETRY
                                ? outcome.retried().entrySet().stream()
                                        .map(one -> new BulkRetryDto()
                                                .runId(one.getKey().toString())
                                                .newRunId(one.getValue().toString()))
                                        .toList()
                                : null);
    }
}
