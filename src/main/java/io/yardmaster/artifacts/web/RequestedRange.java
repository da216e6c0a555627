package io.yardmaster.artifacts.web;

import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.springframework.http.HttpRange;

/** Which bytes of an artifact a request asks for (RFC 9110, section 14.2). */
enum RequestedRange {

    /** All of them: no part was asked for, or none that has to be honoured. */
    WHOLE,

    /** One part, which is there. */
    PART;

    /**
     * Reads {@code Range} and {@code If-Range}. A unit other than bytes, a range that makes no sense and several ranges
     * at once count as none: a server may do so, and the caller sees by the status that it has the whole.
     *
     * @param etag of the bytes as they are
     * @throws ProblemException {@code range-not-satisfiable} where the part begins beyond the end
     */
    static RequestedRange of(HttpServletRequest request, String etag, long size) {
        String range = request.getHeader("Range");
        String onlyIf = request.getHeader("If-Range");
        if (range == null || !request.getMethod().equals("GET") || (onlyIf != null && !onlyIf.equals(etag))) {
            return WHOLE;
        }
        List<HttpRange> ranges;
        try {
            ranges = HttpRange.parseRanges(range);
        } catch (IllegalArgumentException e) {
            return WHOLE;
        }
        if (ranges.size() != 1 || isUnchanged(request, etag)) {
            return WHOLE;
        }
        if (ranges.getFirst().getRangeStart(size) >= size) {
            throw ProblemException.of(
                            ProblemType.RANGE_NOT_SATISFIABLE,
                            "The artifact has " + size + " bytes, and the range begins after them.")
                    .withHeader("Content-Range", "bytes */" + size);
        }
        return PART;
    }

    /** Whether the answer is that the caller has the bytes already, which goes before any part of them. */
    private static boolean isUnchanged(HttpServletRequest request, String etag) {
        String had = request.getHeader("If-None-Match");
        return had != null && had.contains(etag);
    }
}
