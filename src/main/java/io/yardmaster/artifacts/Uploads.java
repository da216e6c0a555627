package io.yardmaster.artifacts;

import com.github.f4b6a3.uuid.UuidCreator;
import io.yardmaster.blobs.Blob;
import io.yardmaster.blobs.BlobStore;
import io.yardmaster.blobs.BlobTooLargeException;
import io.yardmaster.blobs.BlobWriter;
import io.yardmaster.http.BodyOnTheWire;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.ArtifactId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.Runs;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes files from people and other systems. First all bytes are stored, with no transaction open, however long that
 * takes; then the artifact is recorded. An upload that does not come to its end leaves no trace of it.
 */
@Service
public class Uploads {

    private static final Logger log = LoggerFactory.getLogger(Uploads.class);
    private static final int BUFFER = 64 * 1024;

    private final BlobStore blobs;
    private final Artifacts artifacts;
    private final ArtifactKeys keys;
    private final ArtifactUsage usage;
    private final ArtifactProperties properties;
    private final ArtifactMeters meters;
    private final Runs runs;
    private final TransactionTemplate transactions;
    private final Clock clock;

    Uploads(
            BlobStore blobs,
            Artifacts artifacts,
            ArtifactKeys keys,
            ArtifactUsage usage,
            ArtifactProperties properties,
            ArtifactMeters meters,
            Runs runs,
            TransactionTemplate transactions,
            Clock clock) {
        this.blobs = blobs;
        this.artifacts = artifacts;
        this.keys = keys;
        this.usage = usage;
        this.properties = properties;
        this.meters = meters;
        this.runs = runs;
        this.transactions = transactions;
        this.clock = clock;
    }

    /** Bytes that are stored, and of which no artifact is known yet. */
    public record Received(Upload upload, Blob blob) {}

    /**
     * An artifact as it is known now.
     *
     * @param isNew false where the run had the same one already
     */
    public record Kept(Artifact artifact, boolean isNew) {}

    /**
     * Stores what somebody sends.
     *
     * @throws ProblemException {@code run-not-found}, {@code run-not-active}, {@code validation-error}, {@code
     *     artifact-too-large}, {@code artifact-quota-used-up}, {@code digest-mismatch}, and what is wrong with the body
     */
    public Received receive(Upload asked, InputStream content, Actor actor) {
        Upload upload = checked(asked);
        long room = Objects.requireNonNull(transactions.execute(_ -> {
            hold(upload);
            return usage.room(actor.tenant());
        }));
        long most = Math.min(room, properties.maxSize().toBytes());
        if (upload.length() > most) {
            throw tooLarge(upload.length(), actor);
        }
        ExpectedDigests.Reading reading = upload.digests().reading(content);
        try (BlobWriter writer = blobs.open(most)) {
            copy(reading.content(), writer);
            reading.check(writer.sha256());
            return new Received(upload, writer.commit());
        } catch (BlobTooLargeException e) {
            throw tooLarge(most + 1, actor);
        } catch (IOException e) {
            log.warn("An artifact cannot be stored: {}", e.getMessage());
            throw ProblemException.of(
                            ProblemType.SERVICE_UNAVAILABLE,
                            "The store of the artifacts cannot take this one now. Send it again in a moment.")
                    .retryAfter(Duration.ofSeconds(5))
                    .withHeader("Connection", "close");
        }
    }

    /** What the sender does wrong is told from what the store does wrong. */
    private static void copy(InputStream content, BlobWriter writer) throws IOException {
        byte[] buffer = new byte[BUFFER];
        for (int count = read(content, buffer); count >= 0; count = read(content, buffer)) {
            writer.write(buffer, 0, count);
        }
    }

    private static int read(InputStream content, byte[] buffer) {
        try {
            return content.read(buffer);
        } catch (IOException e) {
            throw BodyOnTheWire.unreadable(e);
        }
    }

    private static Upload checked(Upload upload) {
        String name = ArtifactNames.normalized(upload.name());
        List<Fault> faults = new ArrayList<>();
        ArtifactNames.faultOfName(name)
                .ifPresent(fault ->
                        faults.add(new Fault("artifact_name", "artifact_name " + fault + ".", "artifact-name")));
        String key = upload.key();
        Optional.ofNullable(key)
                .flatMap(ArtifactNames::faultOfKey)
                .ifPresent(fault -> faults.add(new Fault("key", "key " + fault + ".", "artifact-key")));
        if (!faults.isEmpty()) {
            throw ProblemException.validation(faults);
        }
        return new Upload(
                upload.runId(),
                name,
                upload.mediaType() == null ? Artifacts.mediaType(name) : upload.mediaType(),
                key,
                upload.keyMode(),
                upload.digests(),
                upload.length());
    }

    private void hold(Upload upload) {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("artifact_name", upload.name());
        if (upload.key() != null) {
            texts.put("key", upload.key());
        }
        runs.hold(upload.runId(), texts);
    }

    private ProblemException tooLarge(long length, Actor actor) {
        long most = properties.maxSize().toBytes();
        if (length <= most) {
            meters.quotaUsedUp();
            return Objects.requireNonNull(transactions.execute(_ -> usage.usedUp(actor.tenant())));
        }
        return ProblemException.of(ProblemType.ARTIFACT_TOO_LARGE, "An artifact may have at most " + most + " bytes.")
                .with("max_bytes", most)
                .withHeader("Connection", "close");
    }

    /**
     * Makes what was received an artifact, in the current transaction if there is one, and has the run's log tell of it. The same once more
     * is the same artifact.
     *
     * @throws ProblemException {@code run-not-active} where the run has ended meanwhile, {@code artifact-key-taken}, {@code
     *     artifact-quota-used-up}
     */
    public Kept record(Received received, Actor actor) {
        Kept kept = Objects.requireNonNull(transactions.execute(_ -> recordNow(received, actor)));
        if (kept.isNew()) {
            meters.uploaded(kept.artifact().sizeBytes());
        }
        return kept;
    }

    private Kept recordNow(Received received, Actor actor) {
        Upload upload = received.upload();
        hold(upload);
        Artifact artifact = artifact(received, actor);
        Optional<Artifact> same = artifacts.same(artifact);
        if (same.isPresent()) {
            return new Kept(same.get(), false);
        }
        if (upload.key() != null) {
            keys.use(actor.tenant(), upload.key(), upload.keyMode(), upload.runId(), null);
            artifact = artifact.withId(new ArtifactId(
                    keys.after(actor.tenant(), upload.key(), artifact.id().value())));
        }
        usage.take(actor.tenant(), artifact.sizeBytes());
        artifacts.record(List.of(artifact));
        runs.tellOfArtifact(upload.runId(), event(artifact), actor);
        return new Kept(artifact, true);
    }

    private Artifact artifact(Received received, Actor actor) {
        Upload upload = received.upload();
        return new Artifact(
                new ArtifactId(UuidCreator.getTimeOrderedEpoch()),
                actor.tenant(),
                upload.runId(),
                null,
                upload.name(),
                upload.name(),
                Objects.requireNonNull(upload.mediaType()),
                received.blob().size(),
                received.blob().sha256(),
                upload.key(),
                upload.key() == null ? null : upload.keyMode(),
                clock.instant().truncatedTo(ChronoUnit.MILLIS));
    }

    /** As the engine tells of what steps leave behind. */
    private static ObjectNode event(Artifact artifact) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("artifact_id", artifact.id().toString())
                .put("name", artifact.name())
                .put("media_type", artifact.mediaType())
                .put("size_bytes", artifact.sizeBytes())
                .put("sha256", artifact.sha256().hex());
    }
}
