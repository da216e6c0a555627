package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.Formula;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.annotations.TenantId;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A step that has moved. Read only: steps are written by their run's owner, in SQL. */
@Entity(name = "Step")
@Immutable
@Table(name = "step")
@SuppressWarnings({"NullAway.Init", "UnusedVariable"}) // filled and read by Hibernate
class StepEntity {

    @EmbeddedId
    private Key key;

    @TenantId
    private String tenant;

    private String status;
    private int attempt;

    @Column(name = "started_at")
    private @Nullable Instant startedAt;

    @Column(name = "finished_at")
    private @Nullable Instant finishedAt;

    @Column(name = "wait_reason")
    private @Nullable String waitReason;

    @Column(name = "due_at")
    private @Nullable Instant dueAt;

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable JsonNode outputs;

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable JsonNode value;

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable JsonNode failure;

    @Column(name = "skip_reason")
    private @Nullable String skipReason;

    @Column(name = "reused_from")
    private @Nullable UUID reusedFrom;

    @Column(name = "child_run_id")
    private @Nullable UUID childRunId;

    /** As much of it as is shown with the run. */
    @Formula("left(summary, 16384)")
    private @Nullable String summary;

    /** Most steps have none: then nobody needs to look for them. */
    @Formula("EXISTS (SELECT 1 FROM step_attempt a WHERE a.run_id = run_id AND a.step_id = step_id)")
    private boolean hasAttempts;

    String stepId() {
        return key.stepId();
    }

    @Nullable
    String summary() {
        return summary;
    }

    boolean hasAttempts() {
        return hasAttempts;
    }

    StepRecord record() {
        return new StepRecord(
                key.stepId(),
                StepState.of(status),
                attempt,
                startedAt,
                finishedAt,
                waitReason,
                dueAt,
                (ObjectNode) outputs,
                value,
                failure == null ? null : Failure.of(failure),
                skipReason,
                RunId.ofNullable(reusedFrom),
                RunId.ofNullable(childRunId));
    }

    @Embeddable
    record Key(
            @Column(name = "run_id") UUID runId,
            @Column(name = "step_id") String stepId) implements Serializable {}
}
