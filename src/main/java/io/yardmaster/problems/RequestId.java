package io.yardmaster.problems;

import com.github.f4b6a3.uuid.UuidCreator;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The name a request goes by in its answer, in the server's log and in a problem's {@code request_id}. */
final class RequestId {

    /** The header in which a caller may give the id and in which every answer returns it. */
    public static final String HEADER = "X-Request-Id";

    /** The logging context's key for it. */
    public static final String MDC_KEY = "request_id";

    /** The request attribute that holds it, a {@link String}. */
    public static final String ATTRIBUTE = "yardmaster.request-id";

    private static final Pattern ACCEPTED = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private RequestId() {}

    /** The id of this request; made on the first call where nothing before has given it one. */
    public static String of(HttpServletRequest request) {
        if (request.getAttribute(ATTRIBUTE) instanceof String id) {
            return id;
        }
        // Of two nobody knows which one the caller means.
        List<String> given = Collections.list(request.getHeaders(HEADER));
        String id = orNew(given.size() == 1 ? given.getFirst() : null);
        request.setAttribute(ATTRIBUTE, id);
        return id;
    }

    /** The id a caller gave, or a new one where it gave none or one that is not plain. */
    static String orNew(@Nullable String given) {
        return given != null && ACCEPTED.matcher(given).matches()
                ? given
                : UuidCreator.getTimeOrderedEpoch().toString();
    }
}
