package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.events.EventLog;
import io.yardmaster.events.LogEntry;
import io.yardmaster.idempotency.IdempotencyKeys;
import io.yardmaster.idempotency.KeptAnswer;
import io.yardmaster.idempotency.KeyTakenException;
import io.yardmaster.kernel.RunId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Stores runs that were accepted: their rows, their live rows, their secrets and the beginnings of their logs. As many
 * statements for many runs as for one.
 */
@Component
class NewRunWriter {

    /** Longer than any transaction of ours takes that holds a key or a name; another server's may have been frozen. */
    private static final Duration PATIENCE = Duration.ofMillis(250);

    private static final Instant LAST = Instant.parse("+290000-01-01T00:00:00Z");

    private final JdbcClient client;
    private final IdempotencyKeys keys;
    private final EventLog log;
    private final RunNames names;
    private final RunSecrets secrets;
    private final Slots slots;
    private final KinWriter kin;

    NewRunWriter(
            JdbcClient client,
            IdempotencyKeys keys,
            EventLog log,
            RunNames names,
            RunSecrets secrets,
            Slots slots,
            KinWriter kin) {
        this.client = client;
        this.keys = keys;
        this.log = log;
        this.names = names;
        this.secrets = secrets;
        this.slots = slots;
        this.kin = kin;
    }

    /**
     * In the caller's transaction, which may write for the tenants of all these runs.
     *
     * @return of those that were not stored, why: a {@link KeyTakenException}, or {@code run-already-exists}
     * @throws ProblemException {@code concurrency-conflict}, where one of them is refused after its names were stored:
     *     nothing of this transaction may stay, and the others have to be stored without it
     */
    Map<NewRun, RuntimeException> insert(List<NewRun> runs) {
        IdentityHashMap<NewRun, RuntimeException> refused = new IdentityHashMap<>();
        if (runs.stream().anyMatch(run -> run.answer() != null || run.view().externalId() != null)) {
            keys.limitWaiting(PATIENCE);
            // Keys first: who was here before is told so, and not that its own run has taken its name.
            storeKeys(runs, refused);
            reserveNames(without(runs, refused), refused);
        }
        List<NewRun> accepted = without(runs, refused);
        if (!accepted.isEmpty()) {
            insertRows(accepted, accepted.stream().map(this::ask).toArray(String[]::new));
            kin.store(accepted);
            names.store(accepted);
            secrets.store(accepted);
            List<LogEntry> beginnings = new ArrayList<>();
            accepted.forEach(run -> beginnings.addAll(run.beginning()));
            log.append(beginnings);
        }
        return refused;
    }

    private @Nullable String ask(NewRun run) {
        HeldBack heldBack =
                slots.ask(run.view().runId(), run.tenant(), run.view().priority(), run.keys(), run.isForLater());
        return heldBack == null ? null : heldBack.text();
    }

    private static List<NewRun> without(List<NewRun> runs, Map<NewRun, RuntimeException> refused) {
        return refused.isEmpty()
                ? runs
                : runs.stream().filter(run -> !refused.containsKey(run)).toList();
    }

    private void storeKeys(List<NewRun> runs, Map<NewRun, RuntimeException> refused) {
        List<KeptAnswer> answers =
                runs.stream().map(NewRun::answer).filter(Objects::nonNull).toList();
        if (answers.isEmpty()) {
            return;
        }
        Set<UUID> stored = new HashSet<>(keys.store(answers));
        for (NewRun run : runs) {
            KeptAnswer answer = run.answer();
            // Of two with the same key in one batch, the first has it.
            if (answer != null && !stored.remove(answer.id())) {
                refused.put(run, KeyTakenException.of(answer));
            }
        }
    }

    private void reserveNames(List<NewRun> runs, Map<NewRun, RuntimeException> refused) {
        List<NewRun> named = runs.stream()
                .filter(run -> run.view().externalId() != null)
                .sorted(Comparator.comparing((NewRun run) -> run.tenant().name())
                        .thenComparing(run -> Objects.requireNonNull(run.view().externalId()))
                        .thenComparing(run -> run.view().runId().value()))
                .toList();
        if (named.isEmpty()) {
            return;
        }
        Set<UUID> reserved = Set.copyOf(client.sql("""
            INSERT INTO run_external_id (tenant, external_id, run_id)
            SELECT * FROM unnest(:tenants::text[], :names::text[], :runs::uuid[])
            ON CONFLICT DO NOTHING RETURNING run_id
            """)
                .param("tenants", texts(named, run -> run.tenant().name()))
                .param("names", texts(named, run -> run.view().externalId()))
                .param("runs", ids(named))
                .query(UUID.class)
                .list());
        List<NewRun> late = named.stream()
                .filter(run -> !reserved.contains(run.view().runId().value()))
                .toList();
        if (late.isEmpty()) {
            return;
        }
        keys.withdraw(late.stream().map(NewRun::answer).filter(Objects::nonNull).toList());
        Map<Name, UUID> owners = owners(late);
        late.forEach(run -> refused.put(run, taken(run, owners.get(name(run)))));
    }

    private record Name(String tenant, String externalId) {}

    private static Name name(NewRun run) {
        return new Name(run.tenant().name(), Objects.requireNonNull(run.view().externalId()));
    }

    private Map<Name, UUID> owners(List<NewRun> late) {
        Map<Name, UUID> owners = new LinkedHashMap<>();
        client.sql("""
            SELECT tenant, external_id, run_id FROM run_external_id
            WHERE (tenant, external_id) IN (SELECT * FROM unnest(:tenants::text[], :names::text[]))
            """)
                .param("tenants", texts(late, run -> run.tenant().name()))
                .param("names", texts(late, run -> run.view().externalId()))
                .query(row -> {
                    owners.put(
                            new Name(row.getString("tenant"), row.getString("external_id")),
                            row.getObject("run_id", UUID.class));
                });
        return owners;
    }

    private static ProblemException taken(NewRun run, @Nullable UUID owner) {
        String taken = owner == null ? "another run" : new RunId(owner).toString();
        return ProblemException.of(
                        ProblemType.RUN_ALREADY_EXISTS,
                        "The external_id " + run.view().externalId() + " names " + taken + " already.")
                .with("run_id", taken);
    }

    private void insertRows(List<NewRun> runs, @Nullable String[] heldBack) {
        client.sql("""
            WITH submitted AS (
                SELECT * FROM unnest(
                    :runs::uuid[], :tenants::text[], :jobs::text[], :sources::text[], :jobDigests::text[],
                    :plans::uuid[], :planDigests::text[], :args::jsonb[], :labels::jsonb[], :attributes::jsonb[],
                    :priorities::smallint[], :externalIds::text[], :profiles::text[], :timeouts::jsonb[], :by::text[],
                    :created::timestamptz[], :deadlines::timestamptz[], :traces::text[], :parentSpans::text[],
                    :seqs::bigint[], :ready::timestamptz[], :due::timestamptz[], :heldBack::text[], :rerunOf::uuid[], :initiators::jsonb[])
                AS s (run_id, tenant, job_id, source, job_digest, plan_id, plan_digest, args, labels, attributes, priority,
                      external_id, security_profile, timeouts, submitted_by, created_at, deadline_at, traceparent,
                      parent_span_id, last_seq, ready_at, control_due, held_back, rerun_of, initiators)
            ), stored AS (
                INSERT INTO run (run_id, tenant, job_id, source, job_digest, plan_id, plan_digest, args, labels,
                                 attributes, priority, external_id, security_profile, timeouts, submitted_by,
                                 created_at, deadline_at, traceparent, parent_span_id, rerun_of, initiators)
                SELECT run_id, tenant, job_id, source, job_digest, plan_id, plan_digest, args, labels, attributes,
                       priority, external_id, security_profile, timeouts, submitted_by, created_at, deadline_at,
                       traceparent, parent_span_id, rerun_of, initiators
                FROM submitted
            )
            INSERT INTO run_live (run_id, tenant, state, priority, last_seq, ready_at, held_back, control_due,
                                  updated_at)
            SELECT run_id, tenant, 'pending', priority, last_seq, ready_at, held_back, control_due, created_at
            FROM submitted
            """)
                .param("runs", ids(runs))
                .param("tenants", texts(runs, run -> run.tenant().name()))
                .param("jobs", texts(runs, run -> run.view().jobId()))
                .param("sources", texts(runs, run -> run.view().source()))
                .param("jobDigests", texts(runs, run -> run.view().jobDigest()))
                .param(
                        "plans",
                        runs.stream()
                                .map(run -> run.view().planId())
                                .map(plan -> plan == null ? null : plan.value())
                                .toArray(UUID[]::new))
                .param("planDigests", texts(runs, run -> run.view().planDigest()))
                .param("args", texts(runs, run -> run.json().args()))
                .param("labels", texts(runs, run -> run.json().labels()))
                .param("attributes", texts(runs, run -> run.json().attributes()))
                .param(
                        "priorities",
                        runs.stream().map(run -> (short) run.view().priority()).toArray(Short[]::new))
                .param("externalIds", texts(runs, run -> run.view().externalId()))
                .param("profiles", texts(runs, run -> run.view().securityProfile()))
                .param("timeouts", texts(runs, run -> run.json().timeouts()))
                .param("by", texts(runs, run -> run.view().submittedBy()))
                .param("created", times(runs, run -> run.view().createdAt()))
                .param("deadlines", times(runs, run -> run.view().deadlineAt()))
                .param("traces", texts(runs, run -> run.trace().context().traceparent()))
                .param("parentSpans", texts(runs, run -> run.trace().parentSpanId()))
                .param("seqs", runs.stream().map(NewRun::lastSeq).toArray(Long[]::new))
                .param("ready", times(runs, NewRun::readyAt))
                .param("due", times(runs, NewRun::due))
                .param("heldBack", heldBack)
                .param(
                        "rerunOf",
                        runs.stream()
                                .map(run -> run.view().rerunOf())
                                .map(of -> of == null ? null : of.value())
                                .toArray(UUID[]::new))
                .param("initiators", texts(runs, run -> initiators(run.initiators())))
                .update();
    }

    private static @Nullable String initiators(List<String> subjects) {
        if (subjects.isEmpty()) {
            return null;
        }
        ArrayNode json = JsonNodeFactory.instance.arrayNode();
        subjects.forEach(json::add);
        return Jsonb.text(json);
    }

    private static UUID[] ids(List<NewRun> runs) {
        return runs.stream().map(run -> run.view().runId().value()).toArray(UUID[]::new);
    }

    private static String[] texts(List<NewRun> runs, Function<NewRun, @Nullable String> text) {
        return runs.stream().map(text).toArray(String[]::new);
    }

    private static String[] times(List<NewRun> runs, Function<NewRun, @Nullable Instant> time) {
        return texts(runs, run -> {
            Instant at = time.apply(run);
            return at == null ? null : text(at);
        });
    }

    /** As PostgreSQL reads it, which knows no plus before years of five digits, and not all that Java does. */
    private static String text(Instant at) {
        return at.isAfter(LAST) ? "infinity" : at.toString().replaceFirst("^\\+", "");
    }
}
