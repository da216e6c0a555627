package io.yardmaster.problems;

import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The one table of everything that can go wrong for a caller. A row's slug, status and title are part of the API and
 * never change; what happened this time is the problem's detail.
 */
public enum ProblemType {
    JOB_NOT_FOUND(
            404,
            "Job not found",
            "No source that your tenant can see has a job of this id. List the jobs, and look at the list's"
                    + " diagnostics: a folder that cannot be read is named there."),
    JOB_AMBIGUOUS(
            409, "Job id is ambiguous", "Several sources have a job of this id. Name the one you mean with source."),
    JOB_INVALID(
            409,
            "Job cannot be run as it is",
            "The job is listed but has a fault, or uses something this server cannot run. Correct what the detail"
                    + " names in the job's folder."),
    PLAN_NOT_FOUND(
            404, "Plan not found", "There is no plan of this id in your tenant, or it has expired. Make a new plan."),
    PLAN_STALE(
            409,
            "Plan is stale",
            "The job or the policy changed after the plan was made, so that it no longer says what would run. Make a"
                    + " new plan and look at it again."),
    RUN_NOT_FOUND(
            404,
            "Run not found",
            "There is no run of this id in your tenant. It may have been deleted or expired."
                    + " List the runs to see which there are."),
    RUN_NOT_ACTIVE(
            409,
            "Run is not active",
            "The run has already ended, and an ended run stays as it is. Start a new run instead."),
    RUN_ACTIVE(
            409,
            "Run is active",
            "Only a run that has ended can be used in this way, and this one is still at work. Wait for its end, or"
                    + " cancel it."),
    STEP_NOT_REUSABLE(
            409,
            "Step cannot be taken over",
            "What the step you want to begin with needs did not succeed in the run you repeat, so that there is"
                    + " nothing to go on from. Begin with one of the steps that the problem names, or with one before"
                    + " them."),
    RUN_ALREADY_EXISTS(
            409,
            "Run already exists",
            "Your tenant already has a run with this external_id. Read that run, or choose another external_id."),
    CONCURRENCY_CONFLICT(
            409,
            "Concurrency key is taken",
            "As many runs with this concurrency key are under way, or wait for it, as the job allows, and the job has"
                    + " further ones refused. Submit the run again when one of them has ended."),
    STEP_NOT_FOUND(404, "Step not found", "The run exists but has no step of this id. Read the run for its steps."),
    SIGNAL_NOT_FOUND(
            404,
            "Signal not found",
            "No step of the run's job waits for a signal of this name. The problem names those that there are."),
    UPDATE_NOT_FOUND(
            404,
            "Update not found",
            "There is no update of this id in your tenant, or no step of the run's job handles one of this name. The"
                    + " problem then names those that there are."),
    INBOX_FULL(
            409,
            "The run's inbox is full",
            "The run keeps as many signals that no step has waited for, or has as many unanswered updates, as it may."
                    + " Send this one again when it has taken some."),
    APPROVAL_NOT_FOUND(
            404, "Approval not found", "There is no approval of this id in your tenant. List the approvals."),
    ALREADY_DECIDED(
            409,
            "Already decided",
            "The approval is closed: enough people voted, or it expired. It cannot be reopened. Read it to see"
                    + " how it ended."),
    APPROVAL_STALE(
            409,
            "Approval is about something else",
            "What you decide about is not what the run would do: its plan or its arguments differ from those of the"
                    + " approval, or from the plan digest that you sent. Read the approval again and look at what it"
                    + " approves."),
    ALREADY_VOTED(
            409,
            "Already voted",
            "You have voted otherwise on this approval, and a vote cannot be changed. Somebody else"
                    + " who may decide can vote."),
    NOT_ALLOWED_TO_DECIDE(
            403,
            "Not allowed to decide",
            "You may see this approval but not decide it: ask someone of the groups it names who did not start the"
                    + " run."),
    ARTIFACT_NOT_FOUND(
            404,
            "Artifact not found",
            "There is no artifact of this id in your tenant, or it has been deleted. List the"
                    + " artifacts of its run."),
    ARTIFACT_TOO_LARGE(
            413,
            "Artifact too large",
            "The artifact is larger than this server keeps. Split or shrink it, then upload it again."),
    ARTIFACT_KEY_TAKEN(
            409,
            "Artifact key is taken",
            "An immutable key names one artifact for good. Choose another key, or one that was mutable from the"
                    + " start."),
    ARTIFACT_QUOTA_USED_UP(
            413,
            "Artifact quota is used up",
            "The tenant's artifacts have as many bytes as they may. Delete some, or ask for a larger quota."),
    DIGEST_MISMATCH(
            400,
            "Content does not match its digest",
            "The bytes that came are not those of which the digest was sent. Nothing of them is kept. Send them"
                    + " again."),
    RANGE_NOT_SATISFIABLE(
            416,
            "Range not satisfiable",
            "The Range header asks for bytes that are not there. Content-Range in the answer has the real length;"
                    + " ask for bytes before it."),
    SOURCE_NOT_FOUND(404, "Source not found", "No source of this name is known to your tenant. List the sources."),
    SOURCE_UNREACHABLE(
            502,
            "Source unreachable",
            "The server could not read the source just now. Try again; if it stays so, check the source's address and"
                    + " credentials."),
    SOURCE_UNTRUSTED(
            403,
            "Source untrusted",
            "Jobs of this source may not run until someone has said that it is trusted. Ask whoever"
                    + " runs the server."),
    SIGNATURE_REQUIRED(
            403,
            "Signature required",
            "This source's policy asks for signed content, and this is unsigned. Sign it, or take the job"
                    + " from another source."),
    SIGNATURE_INVALID(
            403,
            "Signature invalid",
            "The content's signature does not match it, or was made with a key not trusted. Do not"
                    + " run it; ask whoever publishes it."),
    REGISTRY_NOT_ALLOWED(
            403,
            "Registry not allowed",
            "The server's configuration does not list the registry the image comes from. Use an"
                    + " image of a registry it lists, or ask whoever runs the server."),
    POLICY_DENIED(
            403,
            "Denied by policy",
            "A rule of this server forbids running it in this way. The detail names the rule; a plan lists all of"
                    + " them. Change the job or the request, or ask whoever runs the server."),
    VALIDATION_ERROR(
            400,
            "Request is not valid",
            "The request can be read but does not follow the contract. Each member of errors names a place, what is"
                    + " wrong there, and a code. Correct all of them and send it again."),
    MALFORMED_JSON(
            400,
            "Malformed JSON",
            "The body is not one JSON text in UTF-8, or it is nested too deeply, or names a member twice. The detail"
                    + " has the line and column. Correct it there and send it again."),
    BAD_REQUEST(
            400,
            "Bad request",
            "The request cannot be understood as HTTP. The detail says which part of it, and how it has to be."),
    REQUEST_TIMEOUT(
            408, "Request timed out", "The request did not arrive in time. Send its header and body without pauses."),
    PAYLOAD_TOO_LARGE(413, "Payload too large", "The body is larger than the operation takes. Send less at a time."),
    URI_TOO_LONG(414, "URI too long", "The path and query are longer than the server reads. Shorten the query."),
    UNSUPPORTED_MEDIA_TYPE(
            415,
            "Unsupported media type",
            "The operation does not take a body of this Content-Type. The Accept header of the answer lists those it"
                    + " takes: send one of them."),
    HEADER_TOO_LARGE(431, "Header too large", "The request's header is larger than the server reads. Send less in it."),
    NOT_ACCEPTABLE(
            406,
            "Not acceptable",
            "The operation cannot answer in any media type that the Accept header allows. The detail"
                    + " names those it has: ask for one of them."),
    METHOD_NOT_ALLOWED(
            405,
            "Method not allowed",
            "The path exists but not with this method. The Allow header lists those it has: use one of them."),
    NOT_FOUND(404, "Not found", "The API has nothing at this path. Compare it with the contract at /openapi.yaml."),
    UNAUTHORIZED(
            401,
            "Unauthorized",
            "The request has no token, or one that is expired, of another issuer or for another audience. Send a valid"
                    + " one as Authorization: Bearer."),
    PERMISSION_DENIED(
            403,
            "Permission denied",
            "Your token is valid but does not have the scope that the operation asks for, which the"
                    + " problem names as required_scope. Get a token that has it."),
    HOST_NOT_ALLOWED(
            403,
            "Host not allowed",
            "The request names a host that this server does not answer for. Call the server by one of its own names, or"
                    + " have the name added to its configuration."),
    IDEMPOTENCY_MISMATCH(
            422,
            "Idempotency key was used for another request",
            "The same Idempotency-Key came before with another body. Use a new key for a new request."),
    IDEMPOTENCY_IN_FLIGHT(
            409,
            "The first request with this idempotency key is not finished",
            "The first request is still being worked on. Send the same request again after Retry-After."),
    PRECONDITION_FAILED(
            412,
            "Precondition failed",
            "What you want to change is no longer as you read it. Read it again and repeat with its new ETag."),
    CONFIRMATION_INVALID(
            409,
            "Confirmation is not valid",
            "The token of a dry run is good once, for a short time, and for whoever asked for it. Ask again with"
                    + " dry_run, look at what matches, and confirm with the new token."),
    CURSOR_EXPIRED(
            410,
            "Cursor expired",
            "What follows this cursor is not kept any more. Begin again from the oldest one, which the problem names."),
    RATE_LIMITED(429, "Rate limited", "You send more requests than you may. Wait as long as Retry-After says."),
    QUEUE_FULL(
            429, "Queue full", "So many runs wait already that no more are taken. Wait as long as Retry-After says."),
    EXECUTION_ERROR(
            500,
            "Execution error",
            "The server could not carry out the run for a reason of its own. Try again; if it stays"
                    + " so, give the problem's request_id to whoever runs the server."),
    INTERNAL_ERROR(
            500,
            "Internal error",
            "The server has a fault. What happened is in its log under the problem's request_id; give that to whoever"
                    + " runs it."),
    NOT_IMPLEMENTED(
            501, "Not implemented", "The server does not support this form of HTTP request. Send it in another way."),
    SERVICE_UNAVAILABLE(
            503,
            "Service unavailable",
            "The server cannot do its work just now, for instance because its database is away. Wait as long as"
                    + " Retry-After says, then send the same request again.");

    private final int status;
    private final String title;
    private final String meaning;

    ProblemType(int status, String title, String meaning) {
        this.status = status;
        this.title = title;
        this.meaning = meaning;
    }

    /** The type that this slug names. */
    public static Optional<ProblemType> ofSlug(String slug) {
        return Arrays.stream(values()).filter(type -> type.slug().equals(slug)).findFirst();
    }

    /** The type of an error of which no more is known than the status that a library gave it. */
    static ProblemType ofStatus(int status) {
        return switch (status) {
            case 401 -> UNAUTHORIZED;
            case 403 -> PERMISSION_DENIED;
            case 404 -> NOT_FOUND;
            case 405 -> METHOD_NOT_ALLOWED;
            case 406 -> NOT_ACCEPTABLE;
            case 408 -> REQUEST_TIMEOUT;
            case 412 -> PRECONDITION_FAILED;
            case 413 -> PAYLOAD_TOO_LARGE;
            case 414 -> URI_TOO_LONG;
            case 415 -> UNSUPPORTED_MEDIA_TYPE;
            case 416 -> RANGE_NOT_SATISFIABLE;
            case 431 -> HEADER_TOO_LARGE;
            case 501 -> NOT_IMPLEMENTED;
            case 502, 503, 504 -> SERVICE_UNAVAILABLE;
            // An HTTP version we do not speak is a fault of the request.
            case 505 -> BAD_REQUEST;
            default -> status >= 400 && status < 500 ? BAD_REQUEST : INTERNAL_ERROR;
        };
    }

    /** The HTTP status of every problem of this type. */
    public int status() {
        return status;
    }

    /** A short summary that is the same each time, as RFC 9457 section 3.1.3 asks. */
    public String title() {
        return title;
    }

    /** What it means and what to do, for the page about this type. */
    public String meaning() {
        return meaning;
    }

    /** The stable name, such as {@code run-not-found}. */
    public String slug() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Identifies the type (RFC 9457 section 3.1.1); relative, so that it leads to this server's own page about it. */
    public URI uri() {
        return URI.create("/problems/" + slug());
    }

    /** How long a caller waits before it tries again where the problem itself does not say; 0: it need not try. */
    int retryAfterSeconds() {
        return switch (status) {
            case 503 -> 2;
            case 429 -> 1;
            default -> 0;
        };
    }
}
