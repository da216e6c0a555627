package io.yardmaster.artifacts.web;

import io.yardmaster.artifacts.Artifact;
import io.yardmaster.artifacts.ArtifactFilter;
import io.yardmaster.artifacts.Artifacts;
import io.yardmaster.artifacts.ExpectedDigests;
import io.yardmaster.artifacts.KeyMode;
import io.yardmaster.artifacts.Upload;
import io.yardmaster.artifacts.Uploads;
import io.yardmaster.contract.ArtifactDto;
import io.yardmaster.contract.ArtifactPageDto;
import io.yardmaster.contract.ArtifactsApiDelegate;
import io.yardmaster.contract.ConditionalGet;
import io.yardmaster.contract.KeyModeDto;
import io.yardmaster.contract.NextPage;
import io.yardmaster.idempotency.Idempotency;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.ArtifactId;
import io.yardmaster.kernel.Page;
import io.yardmaster.kernel.RunId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.runs.Runs;
import io.yardmaster.security.CurrentActor;
import jakarta.servlet.http.HttpServletRequest;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.InputStreamResource;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/** Translates between the contract and {@link Artifacts}. */
@Component
class ArtifactsEndpoint implements ArtifactsApiDelegate {

    private final Artifacts artifacts;
    private final ConditionalGet conditional;
    private final HttpServletRequest request;
    private final Uploads uploads;
    private final Idempotency idempotency;
    private final CurrentActor actor;

    ArtifactsEndpoint(
            Artifacts artifacts,
            ConditionalGet conditional,
            HttpServletRequest request,
            Uploads uploads,
            Idempotency idempotency,
            CurrentActor actor) {
        this.artifacts = artifacts;
        this.uploads = uploads;
        this.idempotency = idempotency;
        this.actor = actor;
        this.conditional = conditional;
        this.request = request;
    }

    @Override
    public ResponseEntity<ArtifactPageDto> listArtifacts(
            @Nullable String runId,
            @Nullable String name,
            @Nullable String key,
            Integer limit,
            @Nullable String pageToken) {
        Page<Artifact> found =
                artifacts.list(new ArtifactFilter(runId == null ? null : run(runId), name, key), pageToken, limit);
        return conditional.answer(
                new ArtifactPageDto()
                        .artifacts(found.items().stream()
                                .map(ArtifactsEndpoint::translate)
                                .toList())
                        .nextPageToken(found.nextToken()),
                NextPage.link(found.nextToken()));
    }

    @Override
    public ResponseEntity<ArtifactDto> getArtifactMetadata(String artifactId) {
        return conditional.answer(translate(artifacts.get(id(artifactId))));
    }

    /** The bytes, marked so that a browser saves them and never runs them beside the API. */
    @Override
    public ResponseEntity<Resource> getArtifact(String artifactId) {
        Artifact artifact = artifacts.get(id(artifactId));
        long size = artifact.sizeBytes();
        String etag = etag(artifact);
        if (isHadAlready(etag)) {
            // Before any part is looked at, as RFC 9110 has it in section 13.2.2.
            return head(ResponseEntity.status(HttpStatus.NOT_MODIFIED), artifact)
                    .build();
        }
        RequestedRange range = RequestedRange.of(request, etag, size);
        ResponseEntity.BodyBuilder answer = head(
                        ResponseEntity.status(range.isPart() ? HttpStatus.PARTIAL_CONTENT : HttpStatus.OK), artifact)
                .contentType(MediaType.parseMediaType(artifact.mediaType()))
                .contentLength(range.length())
                .header(HttpHeaders.CONTENT_DISPOSITION, DownloadName.attachment(artifact.name()))
                .header("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'");
        if (range.isPart()) {
            answer.header(HttpHeaders.CONTENT_RANGE, range.contentRange(size));
        }
        if (request.getMethod().equals("HEAD")) {
            return answer.build();
        }
        // Of a stream Spring takes no part, whatever Range says.
        return answer.body(new InputStreamResource(artifacts.open(artifact, range.from(), range.length())));
    }

    private static ResponseEntity.BodyBuilder head(ResponseEntity.BodyBuilder answer, Artifact artifact) {
        return answer.eTag(etag(artifact))
                .header(HttpHeaders.ACCEPT_RANGES, "bytes")
                .header(HttpHeaders.CACHE_CONTROL, "private, no-cache")
                // RFC 9530: the digest of the whole representation, also where only a part of it is answered.
                .header(
                        "Repr-Digest",
                        "sha-256=:"
                                + Base64.getEncoder()
                                        .encodeToString(artifact.sha256().bytes()) + ":");
    }

    private boolean isHadAlready(String etag) {
        String had = request.getHeader(HttpHeaders.IF_NONE_MATCH);
        return had != null
                && Arrays.stream(had.split(",", -1))
                        .map(String::strip)
                        .anyMatch(one -> one.equals("*") || one.equals(etag) || one.equals("W/" + etag));
    }

    @Override
    public ResponseEntity<ArtifactDto> uploadArtifact(
            String runId,
            String artifactName,
            @Nullable String key,
            @Nullable KeyModeDto keyMode,
            InputStream content) {
        List<Fault> faults = new ArrayList<>();
        if (request.getHeader(HttpHeaders.CONTENT_RANGE) != null) {
            faults.add(new Fault(
                    HttpHeaders.CONTENT_RANGE, "Parts of an artifact are not taken. Send it as a whole.", "part"));
        }
        if (keyMode != null && key == null) {
            faults.add(new Fault("key_mode", "key_mode says of a key how it is used. Name the key too.", "no-key"));
        }
        ExpectedDigests digests = ContentDigest.read(request.getHeader(ContentDigest.HEADER), faults);
        if (!faults.isEmpty()) {
            throw ProblemException.validation(faults);
        }
        Upload upload = new Upload(
                RunId.parse(runId).orElseThrow(() -> Runs.notFound(runId)),
                artifactName,
                mediaType(),
                key,
                keyMode == KeyModeDto.MUTABLE ? KeyMode.MUTABLE : KeyMode.IMMUTABLE,
                digests,
                request.getContentLengthLong());
        Actor caller = actor.get();
        Uploads.Received received = uploads.receive(upload, content, caller);
        return idempotency.answer(
                () -> uploads.record(received, caller),
                kept -> ResponseEntity.status(kept.isNew() ? HttpStatus.CREATED : HttpStatus.OK)
                        .location(URI.create(
                                "/api/v1/artifacts/" + kept.artifact().id()))
                        .body(translate(kept.artifact())));
    }

    /** What the caller says the bytes are; null where that says nothing. */
    private @Nullable String mediaType() {
        String sent = request.getContentType();
        MediaType type = sent == null ? null : MediaType.parseMediaType(sent);
        return type == null || !type.isConcrete() || type.toString().length() > 255 ? null : type.toString();
    }

    @Override
    public ResponseEntity<Void> deleteArtifact(String artifactId) {
        ArtifactId id = id(artifactId);
        AtomicReference<@Nullable Artifact> gone = new AtomicReference<>();
        ResponseEntity<Void> answer = idempotency.answer(
                () -> {
                    Artifact artifact = artifacts.delete(id);
                    gone.set(artifact);
                    return artifact;
                },
                _ -> ResponseEntity.noContent().build());
        Artifact artifact = gone.get();
        if (artifact != null) {
            artifacts.forget(artifact);
        }
        return answer;
    }

    private static ArtifactDto translate(Artifact artifact) {
        return new ArtifactDto()
                .id(artifact.id().toString())
                .runId(artifact.runId().toString())
                .stepId(artifact.stepId())
                .name(artifact.name())
                .path(artifact.path())
                .mediaType(artifact.mediaType())
                .sizeBytes(artifact.sizeBytes())
                .sha256(artifact.sha256().hex())
                .key(artifact.key())
                .keyMode(keyMode(artifact))
                .createdAt(artifact.createdAt());
    }

    private static @Nullable KeyModeDto keyMode(Artifact artifact) {
        KeyMode mode = artifact.keyMode();
        return mode == null
                ? null
                : switch (mode) {
                    case IMMUTABLE -> KeyModeDto.IMMUTABLE;
                    case MUTABLE -> KeyModeDto.MUTABLE;
                };
    }

    private static ArtifactId id(String text) {
        return ArtifactId.parse(text).orElseThrow(() -> Artifacts.notFound(text));
    }

    private static String etag(Artifact artifact) {
        return "\"" + artifact.sha256().hex() + "\"";
    }

    private static RunId run(String text) {
        return RunId.parse(text)
                .orElseThrow(() -> ProblemException.validation(List.of(new Fault(
                        "run_id", "run_id must be a run's id, such as run_01JD3M5ZK8Q2W4X6Y7A9B0C1DE.", "run-id"))));
    }
}
