package io.yardmaster.runs;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.annotations.TenantId;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A try at a step. Read only: attempts are written by their run's owner, in SQL. */
@Entity(name = "Attempt")
@Immutable
@Table(name = "step_attempt")
@SuppressWarnings({"NullAway.Init", "UnusedVariable"}) // filled and read by Hibernate
class AttemptEntity {

    @EmbeddedId
    private Key key;

    @TenantId
    private String tenant;

    private String status;

    @Column(name = "host_id")
    private UUID hostId;

    @Column(name = "started_at")
    private Instant startedAt;

    @Column(name = "finished_at")
    private @Nullable Instant finishedAt;

    @Column(name = "exit_code")
    private @Nullable Integer exitCode;

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable JsonNode failure;

    @Column(name = "late_result")
    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable JsonNode lateResult;

    AttemptRecord record() {
        return new AttemptRecord(
                key.stepId(),
                key.attempt(),
                StepState.of(status),
                hostId,
                startedAt,
                finishedAt,
                exitCode,
                failure == null ? null : Failure.of(failure),
                lateResult == null ? null : LateResult.of(lateResult));
    }

    @Embeddable
    record Key(
            @Column(name = "run_id") UUID runId,
            @Column(name = "step_id") String stepId,
            int attempt) implements Serializable {}
}
