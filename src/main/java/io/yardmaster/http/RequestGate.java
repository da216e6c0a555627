package io.yardmaster.http;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
 * The first to see a request that Jetty could parse.
 *
 * <p>An encoded slash means two things, so a path that holds one is refused; but {@code /api/v1/jobs/backup%2Fdaily} is
 * how many clients write the job {@code backup/daily}, and is rewritten to the two segments it means. Nothing behind
 * this handler ever sees an encoded slash.
 */
final class RequestGate extends Handler.Wrapper {

    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    /** A segment without an encoded slash, backslash, semicolon, dot, percent sign or NUL, and other than . and .. */
    private static final String SEGMENT =
            "(?!\\.{1,2}(?:/|%2[fF]|$))((?:[A-Za-z0-9._~!$&'()*+,=:@-]|%(?!2[eEfF5]|5[cC]|3[bB]|00)[0-9A-Fa-f]{2})+)";

    private static final Pattern JOB = Pattern.compile("/api/v1/jobs/" + SEGMENT + "%2[fF]" + SEGMENT + "(/versions)?");

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (!METHODS.contains(request.getMethod())) {
            response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
            Response.writeError(request, response, callback, HttpStatus.METHOD_NOT_ALLOWED_405);
            return true;
        }
        if (!request.getHttpURI().hasViolation(Violation.AMBIGUOUS_PATH_SEPARATOR)) {
            return super.handle(request, response, callback);
        }
        HttpURI rewritten = rewrite(request.getHttpURI());
        if (rewritten == null) {
            Response.writeError(request, response, callback, HttpStatus.BAD_REQUEST_400);
            return true;
        }
        return super.handle(Request.serveAs(request, rewritten), response, callback);
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
