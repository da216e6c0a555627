package io.yardmaster.artifacts;

import io.yardmaster.kernel.ArtifactId;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.kernel.Tenant;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.TenantId;
import org.jspecify.annotations.Nullable;

@Entity(name = "Artifact")
@Immutable
@Table(name = "artifact")
@SuppressWarnings("NullAway.Init") // filled by Hibernate
class ArtifactEntity {

    @Id
    @Column(name = "artifact_id")
    private UUID id;

    @TenantId
    private String tenant;

    @Column(name = "run_id")
    private UUID runId;

    @Column(name = "step_id")
    private @Nullable String stepId;

    private String name;
    private String path;

    @Column(name = "media_type")
    private String mediaType;

    @Column(name = "size_bytes")
    private long sizeBytes;

    private String sha256;
    private @Nullable String key;

    @Column(name = "key_mode")
    private @Nullable String keyMode;

    @Column(name = "created_at")
    private Instant createdAt;

    static ArtifactEntity of(Artifact artifact) {
        ArtifactEntity entity = new ArtifactEntity();
        entity.id = artifact.id().value();
        entity.tenant = artifact.tenant().name();
        entity.runId = artifact.runId().value();
        entity.stepId = artifact.stepId();
        entity.name = artifact.name();
        entity.path = artifact.path();
        entity.mediaType = artifact.mediaType();
        entity.sizeBytes = artifact.sizeBytes();
        entity.sha256 = artifact.sha256().hex();
        entity.key = artifact.key();
        KeyMode mode = artifact.keyMode();
        entity.keyMode = mode == null ? null : mode.text();
        entity.createdAt = artifact.createdAt();
        return entity;
    }

    Artifact artifact() {
        return new Artifact(
                new ArtifactId(id),
                new Tenant(tenant),
                new RunId(runId),
                stepId,
                name,
                path,
                mediaType,
                sizeBytes,
                new Sha256(sha256),
                key,
                keyMode == null ? null : KeyMode.of(keyMode),
                createdAt);
    }
}
