package io.yardmaster.runs;

import io.yardmaster.kernel.PlanId;
import io.yardmaster.kernel.RunId;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.annotations.TenantId;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A run as the database shows it, live or ended. Read only: runs are written by their owners, in SQL. */
@Entity(name = "Run")
@Immutable
@Table(name = "run_overview")
@SuppressWarnings({"NullAway.Init", "UnusedVariable"}) // filled and read by Hibernate
class RunEntity {

    @Id
    @Column(name = "run_id")
    private UUID runId;

    @TenantId
    private String tenant;

    @Column(name = "job_id")
    private String jobId;

    private String source;

    @Column(name = "source_revision")
    private @Nullable String sourceRevision;

    @Column(name = "job_digest")
    private String jobDigest;

    @Column(name = "plan_id")
    private @Nullable UUID planId;

    @Column(name = "plan_digest")
    private String planDigest;

    @JdbcTypeCode(SqlTypes.JSON)
    private JsonNode args;

    @JdbcTypeCode(SqlTypes.JSON)
    private JsonNode labels;

    private short priority;

    @Column(name = "external_id")
    private @Nullable String externalId;

    @Column(name = "security_profile")
    private String securityProfile;

    @Column(name = "submitted_by")
    private String submittedBy;

    @Column(name = "created_at")
    private Instant createdAt;

    @Column(name = "deadline_at")
    private @Nullable Instant deadlineAt;

    @Column(name = "finished_at")
    private @Nullable Instant finishedAt;

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable JsonNode result;

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable JsonNode failure;

    private String status;

    @Column(name = "started_at")
    private @Nullable Instant startedAt;

    @Column(name = "updated_at")
    private Instant updatedAt;

    @Column(name = "last_seq")
    private long lastSeq;

    @Column(name = "owner_node")
    private @Nullable UUID ownerNode;

    @Column(name = "wait")
    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable JsonNode waitsFor;

    @JdbcTypeCode(SqlTypes.JSON)
    private JsonNode attributes;

    @Column(name = "parent_run_id")
    private @Nullable UUID parentRunId;

    @Column(name = "rerun_of")
    private @Nullable UUID rerunOf;

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable JsonNode pause;

    RunView view() {
        return new RunView(
                new RunId(runId),
                jobId,
                source,
                sourceRevision,
                jobDigest,
                planId == null ? null : new PlanId(planId),
                planDigest,
                args,
                labels,
                priority,
                externalId,
                securityProfile,
                submittedBy,
                RunState.of(status),
                createdAt,
                startedAt,
                finishedAt,
                updatedAt,
                deadlineAt,
                result,
                failure == null ? null : Failure.of(failure),
                waitsFor,
                ownerNode,
                lastSeq,
                attributes,
                RunId.ofNullable(parentRunId),
                RunId.ofNullable(rerunOf),
                pause);
    }
}
