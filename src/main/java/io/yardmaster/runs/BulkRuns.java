package io.yardmaster.runs;

import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.BulkOutcome.Skipped;
import io.yardmaster.runs.BulkSelections.Selected;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Service;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Changes many runs: first they are looked at and kept under a token, then those that still match are changed, one by one
 * and as one alone would be. What was asked for, by whom, and what came of it is written down.
 */
@Service
public class BulkRuns {

    /** So many runs are changed at once. */
    public static final int AT_MOST = 10_000;

    private static final Logger log = LoggerFactory.getLogger(BulkRuns.class);
    private static final Duration GOOD_FOR = Duration.ofMinutes(10);
    private static final int SAMPLE = 10;

    /** So many are asked about in one go whether they still match, shortly before they are changed. */
    private static final int AT_ONCE = 100;

    private final Runs runs;
    private final RunSignals signals;
    private final RunSearch search;
    private final BulkSelections selections;
    private final DatabaseClock clock;
    private final TransactionTemplate transactions;
    /** For searches: these are planned anew for what they look for. */
    private final TransactionTemplate reading;

    BulkRuns(
            Runs runs,
            RunSignals signals,
            RunSearch search,
            BulkSelections selections,
            DatabaseClock clock,
            TransactionTemplate transactions) {
        this.runs = runs;
        this.signals = signals;
        this.search = search;
        this.selections = selections;
        this.clock = clock;
        this.transactions = transactions;
        this.reading = new TransactionTemplate(Objects.requireNonNull(transactions.getTransactionManager()));
        reading.setReadOnly(true);
    }

    /** Which runs would be changed. They are kept under a token. */
    public BulkSelection select(BulkRequest request, Actor actor) {
        RunFilter filter = filter(request);
        Instant expiresAt = clock.instant().plus(GOOD_FOR).truncatedTo(ChronoUnit.MILLIS);
        if (filter.status().isEmpty()) {
            return new BulkSelection(0, false, List.of(), null, expiresAt);
        }
        List<RunId> found =
                Objects.requireNonNull(reading.execute(_ -> search.newest(filter, AT_MOST + 1, actor.tenant())));
        List<RunSummary> sample = Objects.requireNonNull(reading.execute(_ -> search.list(
                        new RunQuery(filter, new RunOrder(RunOrder.Key.CREATED, true), null, 0, SAMPLE), actor.tenant())
                .page()
                .items()));
        List<RunId> kept = found.stream().limit(AT_MOST).toList();
        String token = kept.isEmpty()
                ? null
                : transactions.execute(_ -> selections.keep(request.written(), kept, expiresAt, actor));
        return new BulkSelection(kept.size(), found.size() > AT_MOST, sample, token, expiresAt);
    }

    /**
     * Changes what was selected.
     *
     * @param token of the selection
     * @param repeated what the caller says again of what it asked for
     * @param read reads a request that was written down
     * @throws ProblemException {@code confirmation-invalid} where the token is not this caller's, or not good any more;
     *     {@code validation-error} where something else is asked for than was selected
     */
    public BulkOutcome carryOut(
            String token, ObjectNode repeated, Function<ObjectNode, BulkRequest> read, Actor actor) {
        Selected selected = Objects.requireNonNull(transactions.execute(_ -> {
            Selected found = selections
                    .find(token, actor)
                    .orElseThrow(() -> ProblemException.of(
                            ProblemType.CONFIRMATION_INVALID,
                            "This confirmation_token was used already, has expired, or is not yours. Ask again with"
                                    + " dry_run, look at what matches, and confirm with the new token."));
            requireSame(BulkMessage.withoutPayload(repeated, token), found.request());
            // What it lacks shows before the token is used up.
            var _ = read.apply(BulkMessage.withPayload(found.request(), repeated));
            selections.confirm(found);
            return found;
        }));
        BulkRequest request = read.apply(BulkMessage.withPayload(selected.request(), repeated));
        RunFilter filter = filter(request);
        List<Skipped> skipped = new ArrayList<>();
        Map<RunId, RunId> retried = new LinkedHashMap<>();
        List<RunId> ids = selected.runs();
        int done = 0;
        try {
            for (int from = 0; from < ids.size(); from += AT_ONCE) {
                List<RunId> some = ids.subList(from, Math.min(ids.size(), from + AT_ONCE));
                Set<RunId> matching =
                        Objects.requireNonNull(reading.execute(_ -> search.matching(filter, some, actor.tenant())));
                skipped.addAll(others(some, matching));
                for (RunId run : some) {
                    int left = skipped.size();
                    if (matching.contains(run)) {
                        change(run, request, actor, skipped, retried);
                        done += skipped.size() == left ? 1 : 0;
                    }
                }
            }
            return new BulkOutcome(ids.size(), done, skipped, retried);
        } finally {
            // Also where it broke off: what was done was done.
            record(selected, request, new BulkOutcome(ids.size(), done, skipped, retried), actor);
        }
    }

    private static RunFilter filter(BulkRequest request) {
        return request.filter().in(request.action().of(request.filter().status()));
    }

    private static void requireSame(ObjectNode repeated, ObjectNode selected) {
        List<Fault> faults = repeated.properties().stream()
                .filter(said -> !said.getValue().equals(selected.get(said.getKey())))
                .map(said -> new Fault(
                        "/" + said.getKey(),
                        "/" + said.getKey()
                                + " is not what the dry run was asked for. Leave it out, or begin with a new dry run.",
                        "confirmation"))
                .toList();
        if (!faults.isEmpty()) {
            throw ProblemException.validation(faults);
        }
    }

    private List<Skipped> others(List<RunId> some, Set<RunId> matching) {
        List<RunId> others =
                some.stream().filter(run -> !matching.contains(run)).toList();
        if (others.isEmpty()) {
            return List.of();
        }
        Map<RunId, RunState> states =
                runs.get(others).stream().collect(Collectors.toMap(RunView::runId, RunView::status));
        return others.stream()
                .map(run -> {
                    RunState state = states.get(run);
                    return state == null
                            ? new Skipped(run, "run-not-found", null, "The run is not there any more.")
                            : new Skipped(run, "no-longer-matches", state, "The run no longer matches.");
                })
                .toList();
    }

    private void change(RunId run, BulkRequest request, Actor actor, List<Skipped> skipped, Map<RunId, RunId> retried) {
        try {
            switch (request.action()) {
                case CANCEL -> {
                    RunView cancelled = runs.cancel(run, request.reason(), request.grace(), actor);
                    if (cancelled.status().isTerminal()) {
                        skipped.add(new Skipped(
                                run, "no-longer-matches", cancelled.status(), "The run no longer matches."));
                    }
                }
                case DELETE -> {
                    runs.empty(run);
                    runs.deleteEmptied(run);
                }
                case LABEL -> runs.relabel(run, request.patch(), _ -> {}, actor);
                case SIGNAL -> {
                    BulkRequest.Message message = Objects.requireNonNull(request.signal());
                    signals.send(run, message.name(), message.payload(), actor);
                }
                case RETRY ->
                    retried.put(
                            run,
                            runs.resume(run, JsonNodeFactory.instance.objectNode(), actor)
                                    .runId());
            }
        } catch (ProblemException e) {
            RunState state = runs.get(List.of(run)).stream()
                    .map(RunView::status)
                    .findFirst()
                    .orElse(null);
            skipped.add(new Skipped(run, e.type().slug(), state, Objects.requireNonNull(e.getMessage())));
        } catch (DataAccessException | TransactionException e) {
            // What was done with the others has to be told.
            log.warn("A bulk {} of run {} broke off: {}", request.action().text(), run, e.getMessage());
            skipped.add(new Skipped(
                    run, "service-unavailable", null, "The database could not be reached. Look at the run."));
        }
    }

    /** For whoever asks later who did this: in the server's log, and with the selection. */
    private void record(Selected selected, BulkRequest request, BulkOutcome outcome, Actor actor) {
        log.info(
                "Bulk {} {} by {} of tenant {}: {} selected, {} done, {} left alone",
                request.action().text(),
                selected.id(),
                actor.subject(),
                actor.tenant(),
                outcome.matched(),
                outcome.done(),
                outcome.skipped().size());
        ObjectNode written = JsonNodeFactory.instance.objectNode().put("done", outcome.done());
        var left = written.putArray("skipped");
        outcome.skipped()
                .forEach(one ->
                        left.addObject().put("run_id", one.runId().toString()).put("reason", one.reason()));
        try {
            transactions.executeWithoutResult(_ -> selections.done(selected, written));
        } catch (DataAccessException | TransactionException e) {
            // The runs are changed, and the caller is told so; the log has the rest.
            log.warn("What became of bulk {} cannot be kept with it: {}", selected.id(), e.getMessage());
        }
    }
}
