package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.events.EventLog;
import io.yardmaster.events.EventType;
import io.yardmaster.events.LogEntry;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.secrets.SecretMask;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Changes what runs are found by. These names are no part of what a run does, so they are changed at once, whoever owns
 * the run; that they were is told in its log by its owner, or here where it has none and nobody can become it meanwhile.
 */
@Component
class Labelling {

    private final JdbcClient client;
    private final RunNames names;
    private final RunSecrets secrets;
    private final Inbox inbox;
    private final EventLog log;
    private final DatabaseClock clock;

    Labelling(JdbcClient client, RunNames names, RunSecrets secrets, Inbox inbox, EventLog log, DatabaseClock clock) {
        this.client = client;
        this.names = names;
        this.secrets = secrets;
        this.inbox = inbox;
        this.log = log;
        this.clock = clock;
    }

    /**
     * Applies a merge patch, in the caller's transaction.
     *
     * @param precondition gets the names as they are, and throws where they are not as they should be
     * @throws ProblemException {@code run-not-found}; {@code validation-error} for names that a run cannot have
     */
    Told change(RunId runId, ObjectNode patch, Consumer<? super Names> precondition, Actor actor) {
        // The live row first, as its owner does who ends it.
        Optional<Live> live = client.sql("SELECT owner_node, last_seq FROM run_live WHERE run_id = :run FOR UPDATE")
                .param("run", runId.value())
                .query((row, n) -> new Live(row.getObject("owner_node", UUID.class), row.getLong("last_seq")))
                .optional();
        Names before = locked(runId).orElseThrow(() -> Runs.notFound(runId.toString()));
        precondition.accept(before);
        Names after = before.patched(patch);
        if (after.equals(before)) {
            return new Told(List.of(), false);
        }
        refuseSecrets(runId, patch);
        store(runId, actor.tenant(), before, after);
        return live.map(standing -> tell(runId, patch, standing, actor)).orElse(new Told(List.of(), false));
    }

    /** Adds attributes that a step has set, in the transaction of the run's owner. */
    void set(RunId runId, Tenant tenant, ObjectNode attributes) {
        locked(runId).ifPresent(before -> {
            Names after = before.with(attributes);
            if (!after.equals(before)) {
                store(runId, tenant, before, after);
            }
        });
    }

    private Optional<Names> locked(RunId runId) {
        return client.sql("SELECT labels, attributes FROM run WHERE run_id = :run FOR UPDATE")
                .param("run", runId.value())
                .query((row, n) ->
                        new Names(Jsonb.read(row.getString("labels")), Jsonb.read(row.getString("attributes"))))
                .optional();
    }

    private void store(RunId runId, Tenant tenant, Names before, Names after) {
        client.sql("UPDATE run SET labels = :labels, attributes = :attributes WHERE run_id = :run")
                .param("labels", Jsonb.parameter(after.labels()))
                .param("attributes", Jsonb.parameter(after.attributes()))
                .param("run", runId.value())
                .update();
        names.change(runId, tenant, before, after);
    }

    private Told tell(RunId runId, ObjectNode patch, Live live, Actor actor) {
        if (live.owner() != null) {
            inbox.labelled(runId, patch, actor);
            return new Told(List.of(), true);
        }
        ObjectNode data = JsonNodeFactory.instance.objectNode().put("requested_by", actor.subject());
        data.setAll(patch);
        LogEntry.Event event = new LogEntry.Event(
                runId, actor.tenant(), live.lastSeq() + 1, EventType.RUN_LABELLED, clock.instant(), null, data);
        client.sql("UPDATE run_live SET last_seq = :seq, updated_at = now() WHERE run_id = :run")
                .param("seq", event.seq())
                .param("run", runId.value())
                .update();
        log.append(List.of(event));
        return new Told(List.of(event), false);
    }

    /** Everybody may read names. What has ended has no secrets any more. */
    private void refuseSecrets(RunId runId, ObjectNode patch) {
        SecretMask mask = secrets.mask(runId).orElse(null);
        if (mask == null) {
            return;
        }
        List<Fault> faults = new ArrayList<>();
        for (String what : List.of("labels", "attributes")) {
            patch.path(what).properties().forEach(change -> {
                String key = change.getKey();
                if (!mask.mask(key).equals(key) || !mask.mask(change.getValue()).equals(change.getValue())) {
                    faults.add(SecretsInTheOpen.fault("/" + what + "/" + mask.mask(key)));
                }
            });
        }
        if (!faults.isEmpty()) {
            throw ProblemException.validation(faults);
        }
    }

    private record Live(@Nullable UUID owner, long lastSeq) {}

    /**
     * What is left to be done after the commit.
     *
     * @param entries were written to the run's log
     * @param byOwner whether the run's owner is to look into its inbox
     */
    record Told(List<LogEntry> entries, boolean byOwner) {}
}
