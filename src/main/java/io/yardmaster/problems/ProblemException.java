package io.yardmaster.problems;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.io.QuietException;

/**
 * A row of the problem table with what happened this time. Whoever throws it has told the caller what to do, so that the
 * container need not log it.
 */
public final class ProblemException extends RuntimeException implements QuietException {

    private static final long serialVersionUID = 1L;

    private final ProblemType type;
    private final transient List<Fault> faults;
    private final transient Map<String, Object> extensions;
    private final transient Map<String, String> headers;

    private ProblemException(
            ProblemType type,
            String detail,
            List<Fault> faults,
            Map<String, Object> extensions,
            Map<String, String> headers) {
        super(detail);
        this.type = type;
        this.faults = List.copyOf(faults);
        this.extensions = Map.copyOf(extensions);
        this.headers = Map.copyOf(headers);
    }

    /**
     * A problem of this type.
     *
     * @param detail one or two sentences for the caller: what is wrong and what to do
     */
    public static ProblemException of(ProblemType type, String detail) {
        return new ProblemException(type, detail, List.of(), Map.of(), Map.of());
    }

    /** A request that is not valid, with every fault found in it. */
    public static ProblemException validation(List<Fault> faults) {
        String detail = faults.size() == 1
                ? faults.getFirst().message()
                : faults.size() + " things in the request are not valid. Correct what errors lists, and send it again.";
        return new ProblemException(ProblemType.VALIDATION_ERROR, detail, faults, Map.of(), Map.of());
    }

    /** The same problem with one more member in its body, as RFC 9457 section 3.2 allows. */
    public ProblemException with(String name, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(extensions);
        more.put(name, value);
        return copy(more, headers);
    }

    /** The same problem with one more header in its answer, such as {@code Allow} or {@code Content-Range}. */
    public ProblemException withHeader(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return copy(extensions, more);
    }

    /** The same problem, with a {@code Retry-After} of this long, rounded up to whole seconds. */
    public ProblemException retryAfter(Duration wait) {
        return withHeader("Retry-After", Long.toString(wait.plusMillis(999).toSeconds()));
    }

    private ProblemException copy(Map<String, Object> moreExtensions, Map<String, String> moreHeaders) {
        ProblemException copy = new ProblemException(type, detail(), faults, moreExtensions, moreHeaders);
        copy.setStackTrace(getStackTrace());
        if (getCause() != null) {
            copy.initCause(getCause());
        }
        return copy;
    }

    public ProblemType type() {
        return type;
    }

    public String detail() {
        return String.valueOf(getMessage());
    }

    public List<Fault> faults() {
        return faults;
    }

    public Map<String, Object> extensions() {
        return extensions;
    }

    /** Headers of the answer besides those that every problem has. */
    public Map<String, String> headers() {
        return headers;
    }

    /**
     * One thing wrong with a request.
     *
     * @param pointer a JSON Pointer (RFC 6901) into the body, or the parameter's name
     * @param message what is wrong and what is expected
     * @param code a stable word for programs, such as {@code required} or {@code unknown-property}
     */
    public record Fault(String pointer, String message, String code) {}
}
