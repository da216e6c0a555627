package io.yardmaster.problems;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A row of the problem table with what happened this time. Whoever throws it has told the caller what to do. */
public final class ProblemException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ProblemType type;
    private final transient List<Fault> faults;
    private final transient Map<String, Object> extensions;

    private ProblemException(ProblemType type, String detail, List<Fault> faults, Map<String, Object> extensions) {
        super(detail);
        this.type = type;
        this.faults = List.copyOf(faults);
        this.extensions = Map.copyOf(extensions);
    }

    /**
     * A problem of this type.
     *
     * @param detail one or two sentences for the caller: what is wrong and what to do
     */
    public static ProblemException of(ProblemType type, String detail) {
        return new ProblemException(type, detail, List.of(), Map.of());
    }

    /** A request that is not valid, with every fault found in it. */
    public static ProblemException validation(List<Fault> faults) {
        String detail = faults.size() == 1
                ? faults.getFirst().message()
                : faults.size() + " things in the request are not valid; see errors.";
        return new ProblemException(ProblemType.VALIDATION_ERROR, detail, faults, Map.of());
    }

    /** The same problem with one more member in its body, as RFC 9457 section 3.2 allows. */
    public ProblemException with(String name, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(extensions);
        more.put(name, value);
        ProblemException copy = new ProblemException(type, detail(), faults, more);
        copy.setStackTrace(getStackTrace());
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

    /**
     * One thing wrong with a request.
     *
     * @param pointer a JSON Pointer (RFC 6901) into the body, or the parameter's name
     * @param message what is wrong and what is expected
     * @param code a stable word for programs, such as {@code required} or {@code unknown-property}
     */
    public record Fault(String pointer, String message, String code) {}
}
