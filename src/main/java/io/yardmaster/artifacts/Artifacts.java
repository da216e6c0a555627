package io.yardmaster.artifacts;

import com.github.f4b6a3.uuid.UuidCreator;
import io.yardmaster.blobs.Blob;
import io.yardmaster.blobs.BlobStore;
import io.yardmaster.blobs.BlobTooLargeException;
import io.yardmaster.blobs.UnusedBlobs;
import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.ArtifactId;
import io.yardmaster.kernel.Page;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.PageToken;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import jakarta.persistence.EntityManager;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.http.MediaTypeFactory;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** The files that runs leave behind: their bytes in the blob store, everything else in the database. */
@Service
public class Artifacts {

    private static final Logger log = LoggerFactory.getLogger(Artifacts.class);

    private final BlobStore blobs;
    private final UnusedBlobs unused;
    private final EntityManager entities;
    private final TransactionTemplate transactions;
    private final ArtifactKeys keys;
    private final ArtifactRemoval removal;
    private final ArtifactUsage usage;
    private final ArtifactProperties properties;
    private final ArtifactMeters meters;
    private final Clock clock;

    Artifacts(
            BlobStore blobs,
            UnusedBlobs unused,
            EntityManager entities,
            TransactionTemplate transactions,
            ArtifactKeys keys,
            ArtifactRemoval removal,
            ArtifactUsage usage,
            ArtifactProperties properties,
            ArtifactMeters meters,
            Clock clock) {
        this.usage = usage;
        this.properties = properties;
        this.meters = meters;
        this.keys = keys;
        this.removal = removal;
        this.blobs = blobs;
        this.unused = unused;
        this.entities = entities;
        this.transactions = transactions;
        this.clock = clock;
    }

    /**
     * Stores the bytes of a file. The artifact exists once it was {@linkplain #record recorded} too; its key is the step's
     * from now on.
     *
     * @param path where the step left the file, for people
     * @param key what it is to be known by beyond its run; null: nothing
     * @param keyMode null where there is no key
     * @throws ArtifactRefusedException where it is too large, the tenant's quota is used up, or its key is taken
     */
    public Artifact store(
            RunId runId,
            Tenant tenant,
            String stepId,
            String name,
            String path,
            @Nullable String key,
            @Nullable KeyMode keyMode,
            Path file)
            throws IOException {
        UUID wanted = UuidCreator.getTimeOrderedEpoch();
        ArtifactId id = new ArtifactId(
                key == null || keyMode == null ? wanted : use(tenant, key, keyMode, runId, stepId, name, wanted));
        takeRoom(tenant, runId, stepId, path, id, Files.size(file));
        Blob blob;
        try {
            blob = put(name, file);
        } catch (IOException | RuntimeException e) {
            Tenancy.call(
                    tenant,
                    () -> transactions.execute(_ -> {
                        usage.giveBack(tenant, List.of(id));
                        return true;
                    }));
            throw e;
        }
        return new Artifact(
                id,
                tenant,
                runId,
                stepId,
                name,
                path,
                mediaType(name),
                blob.size(),
                blob.sha256(),
                key,
                keyMode,
                clock.instant().truncatedTo(ChronoUnit.MILLIS));
    }

    private UUID use(Tenant tenant, String key, KeyMode mode, RunId runId, String stepId, String name, UUID id) {
        try {
            return Tenancy.call(
                    tenant,
                    () -> Objects.requireNonNull(transactions.execute(_ -> {
                        keys.use(tenant, key, mode, runId, stepId);
                        return keys.after(tenant, key, id);
                    })));
        } catch (ProblemException e) {
            throw new ArtifactRefusedException(
                    ProblemType.ARTIFACT_KEY_TAKEN, "The artifact " + name + " cannot have its key: " + e.getMessage());
        }
    }

    /** What is wrong with a key; empty where nothing is. */
    public static Optional<String> faultOfKey(String key) {
        return ArtifactNames.faultOfKey(key);
    }

    private void takeRoom(Tenant tenant, RunId runId, String stepId, String path, ArtifactId id, long bytes) {
        boolean taken = Tenancy.call(
                tenant,
                () -> Objects.requireNonNull(
                        transactions.execute(_ -> usage.take(tenant, runId, stepId, path, id, bytes))));
        if (!taken) {
            meters.quotaUsedUp();
            throw new ArtifactRefusedException(
                    ProblemType.ARTIFACT_QUOTA_USED_UP,
                    "There is no room for the artifact " + path
                            + ": the tenant's artifacts have as many bytes as they may.");
        }
    }

    private Blob put(String name, Path file) throws IOException {
        long most = properties.maxSize().toBytes();
        try (InputStream content = Files.newInputStream(file)) {
            return blobs.put(content, most);
        } catch (BlobTooLargeException e) {
            throw new ArtifactRefusedException(
                    ProblemType.ARTIFACT_TOO_LARGE,
                    "The artifact " + name + " has more than the " + most + " bytes that one may have.");
        }
    }

    /** Makes stored artifacts known, in the current transaction. */
    public void record(List<Artifact> artifacts) {
        keep(artifacts);
        artifacts.forEach(artifact -> entities.persist(ArtifactEntity.of(artifact)));
        artifacts.stream()
                .filter(artifact -> artifact.stepId() != null)
                .collect(Collectors.groupingBy(Artifact::tenant, Collectors.mapping(Artifact::id, Collectors.toList())))
                .forEach(usage::giveBack);
    }

    /** What the run has already under the same name, with the same bytes and for the same purpose. */
    Optional<Artifact> same(Artifact artifact) {
        return entities
                .createQuery(
                        "FROM Artifact a WHERE a.runId = :run AND a.name = :name AND a.sha256 = :sha256"
                                + " AND a.stepId IS NULL ORDER BY a.id DESC",
                        ArtifactEntity.class)
                .setParameter("run", artifact.runId().value())
                .setParameter("name", artifact.name())
                .setParameter("sha256", artifact.sha256().hex())
                .getResultList()
                .stream()
                .map(ArtifactEntity::artifact)
                .filter(other -> other.mediaType().equals(artifact.mediaType())
                        && Objects.equals(other.key(), artifact.key())
                        && other.keyMode() == artifact.keyMode())
                .findFirst();
    }

    /**
     * Removes an artifact, in the current transaction if there is one, and returns what it was; its bytes stay until {@link #forget}.
     *
     * @throws ProblemException {@code artifact-not-found}
     */
    public Artifact delete(ArtifactId id) {
        return Objects.requireNonNull(transactions.execute(_ -> {
            Artifact artifact = get(id);
            removal.delete(artifact);
            return artifact;
        }));
    }

    /** Has the bytes of an artifact that is no more removed, where nothing else has the same. Not in a transaction. */
    public void forget(Artifact artifact) {
        removal.forget(artifact);
    }

    /** A database that was away for long may have let the bytes grow old, as those that nothing refers to. */
    private void keep(List<Artifact> artifacts) {
        Instant young = clock.instant().minus(unused.referWithin());
        List<Sha256> old = artifacts.stream()
                .filter(artifact -> artifact.createdAt().isBefore(young))
                .map(Artifact::sha256)
                .toList();
        if (!old.isEmpty()) {
            try {
                blobs.keep(old);
            } catch (IOException e) {
                throw new UncheckedIOException("Artifacts cannot be recorded: " + e.getMessage(), e);
            }
        }
    }

    /** The artifact; {@code artifact-not-found} where it is another tenant's or never was. */
    public Artifact get(ArtifactId id) {
        Optional<Artifact> found = Objects.requireNonNull(transactions.execute(
                transaction -> entities.createQuery("FROM Artifact a WHERE a.id = :id", ArtifactEntity.class)
                        .setParameter("id", id.value())
                        .getResultStream()
                        .findFirst()
                        .map(ArtifactEntity::artifact)));
        return found.orElseThrow(() -> notFound(id.toString()));
    }

    /**
     * Reads a part of an artifact's bytes.
     *
     * @param from how many bytes come before it
     * @throws ProblemException {@code artifact-not-found} where the bytes are gone, {@code service-unavailable} where
     *     their store does not answer
     */
    public InputStream open(Artifact artifact, long from, long length) {
        try {
            return blobs.open(artifact.sha256(), from, length);
        } catch (NoSuchFileException e) {
            throw ProblemException.of(
                    ProblemType.ARTIFACT_NOT_FOUND,
                    "The bytes of artifact " + artifact.id() + " are not kept any more.");
        } catch (IOException e) {
            log.warn("The bytes of artifact {} cannot be read: {}", artifact.id(), e.getMessage());
            throw ProblemException.of(
                            ProblemType.SERVICE_UNAVAILABLE,
                            "The store of the artifacts does not answer. Try again in a moment.")
                    .retryAfter(Duration.ofSeconds(5));
        }
    }

    /**
     * A page of the tenant's artifacts, newest first.
     *
     * @param pageToken the {@code nextToken} of the page before; null: from the start
     * @throws ProblemException {@code validation-error} for a page token that is none of this list
     */
    public Page<Artifact> list(ArtifactFilter filter, @Nullable String pageToken, int limit) {
        String list = "artifacts " + filter;
        Map<String, Object> values = new LinkedHashMap<>();
        StringBuilder where = new StringBuilder();
        condition(
                where,
                values,
                " AND a.runId = :run",
                "run",
                filter.runId() == null ? null : filter.runId().value());
        condition(where, values, " AND a.name = :name", "name", filter.name());
        condition(where, values, " AND a.key = :key", "key", filter.key());
        condition(where, values, " AND a.id < :after", "after", pageToken == null ? null : after(pageToken, list));
        List<Artifact> found = Objects.requireNonNull(transactions.execute(transaction -> {
            var query = entities.createQuery(
                    "FROM Artifact a WHERE 1 = 1" + where + " ORDER BY a.id DESC", ArtifactEntity.class);
            values.forEach(query::setParameter);
            return query.setMaxResults(limit + 1)
                    .getResultStream()
                    .map(ArtifactEntity::artifact)
                    .toList();
        }));
        return Page.of(found, limit, last -> PageToken.write(list, last.id().toString()));
    }

    private static UUID after(String pageToken, String list) {
        return PageToken.position(
                pageToken,
                list,
                position -> ArtifactId.parse(position).orElseThrow().value());
    }

    private static void condition(
            StringBuilder where, Map<String, Object> values, String condition, String name, @Nullable Object value) {
        if (value != null) {
            where.append(condition);
            values.put(name, value);
        }
    }

    static String mediaType(String name) {
        // Missing in Spring's table, and what builds and backups leave most.
        if (name.endsWith(".gz") || name.endsWith(".tgz")) {
            return "application/gzip";
        }
        return MediaTypeFactory.getMediaType(name)
                .orElse(MediaType.APPLICATION_OCTET_STREAM)
                .toString();
    }

    /** The problem for an id that names no artifact the caller may see. */
    public static ProblemException notFound(String id) {
        return ProblemException.of(
                ProblemType.ARTIFACT_NOT_FOUND,
                "There is no artifact " + id + ". GET /api/v1/artifacts lists the artifacts.");
    }
}
