package io.yardmaster.http;

import io.yardmaster.http.RouteTable.Route;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.UriCompliance.Violation;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * The first to see a request that Jetty could parse: refuses what two programs could understand in two ways.
 *
 * <p>An encoded slash means two things, so a path that holds one is refused; but {@code /api/v1/jobs/backup%2Fdaily} is
 * how many clients write the job {@code backup/daily}, and is rewritten to the two segments it means. Nothing behind
 * this handler ever sees an encoded slash.
 */
final class RequestGate extends Handler.Wrapper {

    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    /** Headers of which a second one could be the one that somebody else on the way looks at. */
    private static final List<HttpHeader> ONCE = List.of(
            HttpHeader.ORIGIN,
            HttpHeader.CONTENT_TYPE,
            HttpHeader.CONTENT_ENCODING,
            HttpHeader.RANGE,
            HttpHeader.IF_RANGE,
            HttpHeader.EXPECT);

    private static final List<String> OURS_ONCE = List.of("Last-Event-ID", "Idempotency-Key");

    /** A segment without an encoded slash, backslash, semicolon, dot, percent sign or NUL, and other than . and .. */
    private static final String SEGMENT =
            "(?!\\.{1,2}(?:/|%2[fF]|$))((?:[A-Za-z0-9._~!$&'()*+,=:@-]|%(?!2[eEfF5]|5[cC]|3[bB]|00)[0-9A-Fa-f]{2})+)";

    private static final Pattern JOB = Pattern.compile("/api/v1/jobs/" + SEGMENT + "%2[fF]" + SEGMENT + "(/versions)?");

    private static final Pattern DOTS = Pattern.compile("/\\.{1,2}(?:/|$)");

    private final RouteTable routes;

    RequestGate(RouteTable routes) {
        this.routes = routes;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String path = request.getHttpURI().getPath();
        if ("*".equals(path) && request.getMethod().equals("OPTIONS")) {
            response.setStatus(HttpStatus.NO_CONTENT_204);
            response.getHeaders().put(HttpHeader.ALLOW, RouteTable.EVERY_METHOD);
            callback.succeeded();
            return true;
        }
        ProblemException refusal = refusal(request, String.valueOf(path));
        if (refusal != null) {
            Response.writeError(request, response, callback, refusal.type().status(), null, refusal);
            return true;
        }
        if (!request.getHttpURI().hasViolation(Violation.AMBIGUOUS_PATH_SEPARATOR)) {
            return super.handle(request, response, callback);
        }
        HttpURI rewritten = rewrite(request.getHttpURI());
        if (rewritten == null) {
            ProblemException separator =
                    bad("The path holds %2F, an encoded slash, where it could mean two things. It is taken only once,"
                            + " between the namespace and the name of a job.");
            Response.writeError(request, response, callback, HttpStatus.BAD_REQUEST_400, null, separator);
            return true;
        }
        return super.handle(Request.serveAs(request, rewritten), response, callback);
    }

    private @Nullable ProblemException refusal(Request request, String path) {
        if (!METHODS.contains(request.getMethod())) {
            Route route = routes.find(path);
            String allow = route == null ? RouteTable.EVERY_METHOD : route.allow();
            return ProblemException.of(
                            ProblemType.METHOD_NOT_ALLOWED,
                            "There is no such method here; methods are written in capitals. Use one of " + allow + ".")
                    .withHeader("Allow", allow);
        }
        String lower = path.toLowerCase(Locale.ROOT);
        if (path.indexOf(';') >= 0 || lower.contains("%3b")) {
            return bad("The path holds a semicolon. Leave it out.");
        }
        if (lower.contains("%2e")) {
            return bad("The path holds %2E, an encoded dot. Write dots as they are, and no segment of dots alone.");
        }
        if (DOTS.matcher(path).find()) {
            return bad("The path has a segment that is only dots. Send the path that it leads to.");
        }
        for (HttpHeader header : ONCE) {
            if (isRepeated(request, header.asString())) {
                return repeated(header.asString());
            }
        }
        for (String header : OURS_ONCE) {
            if (isRepeated(request, header)) {
                return repeated(header);
            }
        }
        String coding = request.getHeaders().get(HttpHeader.TRANSFER_ENCODING);
        if (coding != null && !coding.strip().equalsIgnoreCase("chunked")) {
            return bad("The body has a Transfer-Encoding other than chunked. Send it as it is, or in plain chunks.");
        }
        return null;
    }

    private static boolean isRepeated(Request request, String name) {
        int count = 0;
        for (HttpField field : request.getHeaders()) {
            if (field.getName().equalsIgnoreCase(name)) {
                count++;
            }
        }
        return count > 1;
    }

    private static ProblemException repeated(String header) {
        return bad("The header " + header + " was sent more than once. Send it once.");
    }

    private static ProblemException bad(String detail) {
        return ProblemException.of(ProblemType.BAD_REQUEST, detail);
    }

    static @Nullable HttpURI rewrite(HttpURI uri) {
        String path = uri.getPath();
        Matcher job = path == null ? null : JOB.matcher(path);
        if (job == null || !job.matches()) {
            return null;
        }
        String versions = job.group(3) == null ? "" : job.group(3);
        HttpURI rewritten = HttpURI.build(uri)
                .path("/api/v1/jobs/" + job.group(1) + "/" + job.group(2) + versions)
                .asImmutable();
        return rewritten.hasViolations() ? null : rewritten;
    }
}
