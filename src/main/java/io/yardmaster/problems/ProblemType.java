package io.yardmaster.problems;

import java.net.URI;
import java.util.Locale;

/**
 * The one table of everything that can go wrong for a caller. A row's slug, status and title are part of the API and
 * never change; what happened this time is the problem's detail.
 */
public enum ProblemType {
    JOB_NOT_FOUND(404, "Job not found"),
    JOB_AMBIGUOUS(409, "Job id is ambiguous"),
    JOB_INVALID(409, "Job cannot be run as it is"),
    PLAN_NOT_FOUND(404, "Plan not found"),
    PLAN_STALE(409, "Plan is stale"),
    RUN_NOT_FOUND(404, "Run not found"),
    RUN_NOT_ACTIVE(409, "Run is not active"),
    RUN_ALREADY_EXISTS(409, "Run already exists"),
    STEP_NOT_FOUND(404, "Step not found"),
    APPROVAL_NOT_FOUND(404, "Approval not found"),
    ALREADY_DECIDED(409, "Already decided"),
    ALREADY_VOTED(409, "Already voted"),
    NOT_ALLOWED_TO_DECIDE(403, "Not allowed to decide"),
    ARTIFACT_NOT_FOUND(404, "Artifact not found"),
    ARTIFACT_TOO_LARGE(413, "Artifact too large"),
    RANGE_NOT_SATISFIABLE(416, "Range not satisfiable"),
    SOURCE_NOT_FOUND(404, "Source not found"),
    SOURCE_UNREACHABLE(502, "Source unreachable"),
    SOURCE_UNTRUSTED(403, "Source untrusted"),
    SIGNATURE_REQUIRED(403, "Signature required"),
    SIGNATURE_INVALID(403, "Signature invalid"),
    REGISTRY_NOT_ALLOWED(403, "Registry not allowed"),
    POLICY_DENIED(403, "Denied by policy"),
    VALIDATION_ERROR(400, "Request is not valid"),
    MALFORMED_JSON(400, "Malformed JSON"),
    BAD_REQUEST(400, "Bad request"),
    PAYLOAD_TOO_LARGE(413, "Payload too large"),
    UNSUPPORTED_MEDIA_TYPE(415, "Unsupported media type"),
    NOT_ACCEPTABLE(406, "Not acceptable"),
    METHOD_NOT_ALLOWED(405, "Method not allowed"),
    NOT_FOUND(404, "Not found"),
    UNAUTHORIZED(401, "Unauthorized"),
    PERMISSION_DENIED(403, "Permission denied"),
    HOST_NOT_ALLOWED(403, "Host not allowed"),
    IDEMPOTENCY_MISMATCH(422, "Idempotency key was used for another request"),
    IDEMPOTENCY_IN_FLIGHT(409, "The first request with this idempotency key is not finished"),
    PRECONDITION_FAILED(412, "Precondition failed"),
    CURSOR_EXPIRED(410, "Cursor expired"),
    RATE_LIMITED(429, "Rate limited"),
    QUEUE_FULL(429, "Queue full"),
    EXECUTION_ERROR(500, "Execution error"),
    INTERNAL_ERROR(500, "Internal error"),
    SERVICE_UNAVAILABLE(503, "Service unavailable");

    private final int status;
    private final String title;

    ProblemType(int status, String title) {
        this.status = status;
        this.title = title;
    }

    /** The HTTP status of every problem of this type. */
    public int status() {
        return status;
    }

    /** A short summary that is the same each time, as RFC 9457 section 3.1.3 asks. */
    public String title() {
        return title;
    }

    /** The stable name, such as {@code run-not-found}. */
    public String slug() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Identifies the type (RFC 9457 section 3.1.1); relative, so that it leads to this server's own page about it. */
    public URI uri() {
        return URI.create("/problems/" + slug());
    }
}
