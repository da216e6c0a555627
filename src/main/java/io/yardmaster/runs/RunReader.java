package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Reads runs for people, in the transaction and for the tenant of the caller. */
@Component
class RunReader {

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

    Optional<RunState> state(RunId runId) {
        return entities.createQuery("SELECT r.status FROM Run r WHERE r.runId = :run", String.class)
                .setParameter("run", runId.value())
                .getResultStream()
                .findFirst()
                .map(RunState::of);
    }

    /** Those of some runs that are there, in no order. */
    List<RunView> runs(Collection<RunId> runIds) {
        return entities.createQuery("FROM Run r WHERE r.runId IN :runs", RunEntity.class)
                .setParameter("runs", runIds.stream().map(RunId::value).toList())
                .getResultStream()
                .map(RunEntity::view)
                .toList();
    }

    RunSteps steps(RunId runId) {
        List<StepEntity> moved = entities.createQuery(
                        "FROM Step s WHERE s.key.runId = :run ORDER BY s.startedAt, s.key.stepId", StepEntity.class)
                .setParameter("run", runId.value())
                .getResultList();
        Map<String, String> summaries = new HashMap<>();
        for (StepEntity step : moved) {
            if (step.summary() != null) {
                summaries.put(step.stepId(), step.summary());
            }
        }
        return new RunSteps(
                moved.stream().map(StepEntity::record).toList(),
                moved.stream().anyMatch(StepEntity::hasAttempts) ? attempts(runId) : List.of(),
                summaries);
    }

    private List<AttemptRecord> attempts(RunId runId) {
        return entities.createQuery(
                        "FROM Attempt a WHERE a.key.runId = :run ORDER BY a.key.stepId, a.key.attempt",
                        AttemptEntity.class)
                .setParameter("run", runId.value())
                .getResultStream()
                .map(AttemptEntity::record)
                .toList();
    }
}
