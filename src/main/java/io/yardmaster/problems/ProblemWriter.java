package io.yardmaster.problems;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.ee11.servlet.ServletContextRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes a problem as the answer to a request, whatever the caller said it accepts: a client that asked for a stream
 * reads the same {@code application/problem+json} as any other.
 */
@Component
public class ProblemWriter {

    /** The media type of RFC 9457. */
    public static final String MEDIA_TYPE = "application/problem+json";

    /** What an endpoint may have said about the answer it did not get to give. */
    static final List<String> HEADERS_OF_A_SUCCESS = List.of(
            "Content-Encoding",
            "Content-Disposition",
            "ETag",
            "Last-Modified",
            "Location",
            "Link",
            "Expires",
            "Accept-Ranges",
            "Content-Range",
            "Repr-Digest");

    private final JsonMapper json;

    public ProblemWriter(JsonMapper json) {
        this.json = json;
    }

    /**
     * Answers with this problem. Headers that were set before, such as {@code WWW-Authenticate}, stay; what was written
     * to the buffer does not. Does nothing where the answer has already begun.
     *
     * @throws IOException when the caller is gone
     */
    public void write(HttpServletRequest request, HttpServletResponse response, ProblemException problem)
            throws IOException {
        if (response.isCommitted()) {
            return;
        }
        response.resetBuffer();
        for (String name : HEADERS_OF_A_SUCCESS) {
            if (response.containsHeader(name)) {
                response.setHeader(name, null);
            }
        }
        String requestId = RequestId.of(request);
        byte[] body = bytes(problem, path(request), requestId);
        response.setStatus(problem.type().status());
        response.setContentType(MEDIA_TYPE);
        response.setContentLength(body.length);
        headers(problem, requestId).forEach(response::setHeader);
        if (!ServletContextRequest.getServletContextRequest(request).consumeAvailable()) {
            // The rest of its body is still on its way: a next request on this connection would be lost.
            response.setHeader("Connection", "close");
        }
        response.getOutputStream().write(body);
        response.flushBuffer();
    }

    /** Every header of the answer but its type and length. */
    Map<String, String> headers(ProblemException problem, String requestId) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(RequestId.HEADER, requestId);
        headers.put("Cache-Control", "no-store");
        headers.put("X-Content-Type-Options", "nosniff");
        int retryAfter = problem.type().retryAfterSeconds();
        if (retryAfter > 0) {
            headers.put("Retry-After", Integer.toString(retryAfter));
        }
        headers.putAll(problem.headers());
        return headers;
    }

    /**
     * The body of the answer.
     *
     * @param path the path that was asked for, as it was sent; null where it could not be read
     */
    byte[] bytes(ProblemException problem, @Nullable String path, String requestId) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("type", problem.type().uri().toString());
        body.put("title", problem.type().title());
        body.put("status", problem.type().status());
        body.put("detail", Excerpt.of(problem.detail()));
        body.put("instance", Instance.of(path, requestId));
        body.put("request_id", requestId);
        if (!problem.faults().isEmpty()) {
            body.put(
                    "errors",
                    problem.faults().stream().map(ProblemWriter::member).toList());
        }
        problem.extensions().forEach(body::putIfAbsent);
        return json.writeValueAsBytes(body);
    }

    private static Map<String, String> member(ProblemException.Fault fault) {
        Map<String, String> member = new LinkedHashMap<>();
        member.put("pointer", fault.pointer());
        member.put("message", Excerpt.of(fault.message()));
        member.put("code", fault.code());
        return member;
    }

    private static String path(HttpServletRequest request) {
        return request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI) instanceof String failed
                ? failed
                : request.getRequestURI();
    }
}
