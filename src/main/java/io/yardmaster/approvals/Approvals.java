package io.yardmaster.approvals;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.ApprovalId;
import io.yardmaster.kernel.Page;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.PageToken;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.RunGates;
import io.yardmaster.runs.RunNeedsAttention;
import jakarta.persistence.EntityManager;
import jakarta.persistence.TypedQuery;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Gates of runs at which people are asked: asked by runs, looked at and decided by people. */
@Service
public class Approvals {

    private final EntityManager entities;
    private final Decisions decisions;
    private final RunGates gates;
    private final TransactionTemplate transactions;
    private final ApplicationEventPublisher events;

    Approvals(
            EntityManager entities,
            Decisions decisions,
            RunGates gates,
            TransactionTemplate transactions,
            ApplicationEventPublisher events) {
        this.entities = entities;
        this.decisions = decisions;
        this.gates = gates;
        this.transactions = transactions;
        this.events = events;
    }

    // ---- For runs

    /** Asks, in the transaction in which the run says that it waits. */
    public void request(GateRequest request) {
        entities.persist(ApprovalEntity.of(
                request, gates.subject(request.runId()).orElseThrow(), gates.initiators(request.runId())));
    }

    /** Closes whatever is open of a run that asks no more, in the transaction in which the run says so. */
    public void withdraw(RunId runId, Instant at) {
        entities.createQuery("FROM Approval a WHERE a.runId = :run AND a.status = 'pending'", ApprovalEntity.class)
                .setParameter("run", runId.value())
                .getResultList()
                .forEach(gate -> gate.close(ApprovalStatus.CANCELLED, "run", at));
    }

    /** Looks whether the time of a gate is over, and puts what that means into the run's inbox. */
    public void expire(Tenant tenant, RunId runId, String stepId) {
        Tenancy.call(tenant, () -> {
            var _ = inTransaction(() -> gate(runId, stepId).map(decisions::expire));
            return true;
        });
    }

    /** What a run asks at a step; empty where it does not, or not yet. */
    public Optional<ApprovalId> of(Tenant tenant, RunId runId, String stepId) {
        return Tenancy.call(
                tenant, () -> inTransaction(() -> gate(runId, stepId).map(ApprovalEntity::id)));
    }

    // ---- For people

    /**
     * Votes.
     *
     * @return the approval afterwards
     * @throws ProblemException {@code approval-not-found}; what {@link Decisions#vote} refuses
     */
    public Approval vote(ApprovalId id, Ballot ballot, Actor actor) {
        Approval after = inTransaction(() -> {
            ApprovalEntity gate = find(id);
            decisions.vote(gate, ballot, actor);
            entities.flush();
            return detail(gate);
        });
        events.publishEvent(new RunNeedsAttention(after.runId()));
        return after;
    }

    /** The approval with its votes; {@code approval-not-found} where it is another tenant's or never was. */
    public Approval get(ApprovalId id) {
        return inTransaction(() -> detail(find(id)));
    }

    /** What a run asks at a step; {@code approval-not-found} where it does not, or not yet. */
    public ApprovalId at(RunId runId, String stepId) {
        return inTransaction(() -> gate(runId, stepId).map(ApprovalEntity::id))
                .orElseThrow(() -> ProblemException.of(
                        ProblemType.APPROVAL_NOT_FOUND,
                        "The run does not ask anybody at the step " + stepId
                                + ", or has not come there yet. GET /api/v1/approvals lists what is asked."));
    }

    /**
     * A page of the tenant's approvals, newest first, without their votes.
     *
     * @param pageToken the {@code nextToken} of the page before; null: from the start
     * @throws ProblemException {@code validation-error} for a page token that is none of this list
     */
    public Page<Approval> list(ApprovalFilter filter, @Nullable String pageToken, int limit, Actor actor) {
        String list = "approvals " + filter;
        Map<String, Object> values = new LinkedHashMap<>();
        boolean isOfOpenOnes = filter.statuses().equals(Set.of(ApprovalStatus.PENDING));
        // Written out, so that the index of those that are open is used.
        StringBuilder where = new StringBuilder(isOfOpenOnes ? "a.status = 'pending'" : "a.status IN :statuses");
        if (!isOfOpenOnes) {
            values.put(
                    "statuses",
                    filter.statuses().stream().map(ApprovalStatus::text).toList());
        }
        if (filter.runId() != null) {
            where.append(" AND a.runId = :run");
            values.put("run", filter.runId().value());
        }
        if (filter.mine()) {
            where.append("""
                 AND a.status = 'pending'
                 AND (array_length(a.groups) = 0 OR array_intersects(a.groups, :groups))
                 AND (a.allowSelf OR NOT array_contains(a.excluded, :me))
                 AND NOT EXISTS (SELECT 1 FROM Vote v WHERE v.key.approvalId = a.id AND v.key.voter = :me)\
                """);
            values.put("groups", actor.groups().toArray(String[]::new));
            values.put("me", actor.subject());
        }
        if (pageToken != null) {
            where.append(" AND a.id < :after");
            values.put("after", after(pageToken, list));
        }
        List<Approval> found = inTransaction(() -> {
            TypedQuery<ApprovalEntity> query = entities.createQuery(
                    "FROM Approval a WHERE " + where + " ORDER BY a.id DESC", ApprovalEntity.class);
            values.forEach(query::setParameter);
            return query.setMaxResults(limit + 1)
                    .getResultStream()
                    .map(gate -> gate.approval(List.of()))
                    .toList();
        });
        return Page.of(found, limit, last -> PageToken.write(list, last.id().toString()));
    }

    private static UUID after(String pageToken, String list) {
        return PageToken.position(
                pageToken,
                list,
                position -> ApprovalId.parse(position).orElseThrow().value());
    }

    private Approval detail(ApprovalEntity gate) {
        return gate.approval(entities.createQuery(
                        "FROM Vote v WHERE v.key.approvalId = :id ORDER BY v.votedAt, v.key.voter", VoteEntity.class)
                .setParameter("id", gate.id().value())
                .getResultStream()
                .map(VoteEntity::vote)
                .toList());
    }

    private ApprovalEntity find(ApprovalId id) {
        return entities.createQuery("FROM Approval a WHERE a.id = :id", ApprovalEntity.class)
                .setParameter("id", id.value())
                .getResultStream()
                .findFirst()
                .orElseThrow(() -> notFound(id.toString()));
    }

    private Optional<ApprovalEntity> gate(RunId runId, String stepId) {
        return entities.createQuery("FROM Approval a WHERE a.runId = :run AND a.stepId = :step", ApprovalEntity.class)
                .setParameter("run", runId.value())
                .setParameter("step", stepId)
                .getResultStream()
                .findFirst();
    }

    /** The problem for an id that names no approval the caller may see. */
    public static ProblemException notFound(String id) {
        return ProblemException.of(
                ProblemType.APPROVAL_NOT_FOUND,
                "There is no approval " + id + ". GET /api/v1/approvals lists the approvals.");
    }

    private <T> T inTransaction(Supplier<T> work) {
        return Objects.requireNonNull(transactions.execute(transaction -> work.get()));
    }
}
