package io.yardmaster.runs;

import io.yardmaster.kernel.Page;
import io.yardmaster.kernel.RunId;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Reads runs for people, in the transaction and for the tenant of the caller. */
@Component
class RunReader {

    /** Counting stops here: nobody waits for a count over all of history. */
    private static final int COUNTED_AT_MOST = 10_000;

    private final EntityManager entities;

    RunReader(EntityManager entities) {
        this.entities = entities;
    }

    Optional<RunView> run(RunId runId) {
        return entities.createQuery("FROM Run r WHERE r.runId = :run", RunEntity.class)
                .setParameter("run", runId.value())
                .getResultStream()
                .findFirst()
                .map(RunEntity::view);
    }

    RunSteps steps(RunId runId) {
        List<StepRecord> moved = entities.createQuery(
                        "FROM Step s WHERE s.key.runId = :run ORDER BY s.startedAt, s.key.stepId", StepEntity.class)
                .setParameter("run", runId.value())
                .getResultStream()
                .map(StepEntity::record)
                .toList();
        List<AttemptRecord> attempts = entities.createQuery(
                        "FROM Attempt a WHERE a.key.runId = :run ORDER BY a.key.stepId, a.key.attempt",
                        AttemptEntity.class)
                .setParameter("run", runId.value())
                .getResultStream()
                .map(AttemptEntity::record)
                .toList();
        return new RunSteps(moved, attempts);
    }

    RunList list(RunQuery query) {
        Filter filter = Filter.of(query);
        var all = entities.createQuery(
                "SELECT count(*) FROM (SELECT r.runId AS id FROM Run r" + filter.where() + " ORDER BY r.runId LIMIT "
                        + (COUNTED_AT_MOST + 1) + ") counted",
                Long.class);
        filter.bind(all);
        long counted = all.getSingleResult();

        Filter page = filter.after(query);
        var runs = entities.createQuery(
                "FROM Run r" + page.where() + " ORDER BY r.runId " + (query.oldestFirst() ? "ASC" : "DESC"),
                RunEntity.class);
        page.bind(runs);
        List<RunView> found = new ArrayList<>(runs.setFirstResult(query.offset())
                .setMaxResults(query.limit() + 1)
                .getResultStream()
                .map(RunEntity::view)
                .toList());
        String next = null;
        if (found.size() > query.limit()) {
            found.removeLast();
            next = found.getLast().runId().toString();
        }
        return new RunList(new Page<>(found, next), Math.min(counted, COUNTED_AT_MOST), counted <= COUNTED_AT_MOST);
    }

    /** Conditions and the values they name. */
    private record Filter(List<String> conditions, Map<String, Object> values) {

        static Filter of(RunQuery query) {
            Filter filter = new Filter(new ArrayList<>(), new LinkedHashMap<>());
            filter.add("r.jobId = :job", "job", query.jobId());
            filter.add("r.createdAt > :createdAfter", "createdAfter", query.createdAfter());
            filter.add("r.createdAt < :createdBefore", "createdBefore", query.createdBefore());
            filter.add("r.externalId = :externalId", "externalId", query.externalId());
            if (!query.status().isEmpty()) {
                filter.add(
                        "r.status IN :status",
                        "status",
                        query.status().stream().map(RunState::text).toList());
            }
            return filter;
        }

        Filter after(RunQuery query) {
            Filter page = new Filter(new ArrayList<>(conditions), new LinkedHashMap<>(values));
            page.add(
                    query.oldestFirst() ? "r.runId > :after" : "r.runId < :after",
                    "after",
                    query.after() == null ? null : query.after().value());
            return page;
        }

        private void add(String condition, String name, @Nullable Object value) {
            if (value != null) {
                conditions.add(condition);
                values.put(name, value);
            }
        }

        String where() {
            return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
        }

        void bind(Query query) {
            values.forEach(query::setParameter);
        }
    }
}
