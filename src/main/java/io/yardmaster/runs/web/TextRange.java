package io.yardmaster.runs.web;

import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Optional;
import org.springframework.http.HttpRange;

/**
 * A part of a log's text that a request asks for (RFC 9110, section 14.2).
 *
 * @param from its first byte, counted from 0
 * @param to its last byte
 */
record TextRange(long from, long to) {

    /**
     * Reads {@code Range} and {@code If-Range}. A unit other than bytes, a range that makes no sense and several ranges
     * at once count as none.
     *
     * @throws ProblemException {@code range-not-satisfiable} where the part begins at the end or beyond
     */
    static Optional<TextRange> of(HttpServletRequest request, String etag, long size) {
        String range = request.getHeader("Range");
        String onlyIf = request.getHeader("If-Range");
        if (range == null || !request.getMethod().equals("GET") || (onlyIf != null && !onlyIf.equals(etag))) {
            return Optional.empty();
        }
        List<HttpRange> ranges;
        try {
            ranges = HttpRange.parseRanges(range);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (ranges.size() != 1) {
            return Optional.empty();
        }
        if (ranges.getFirst().getRangeStart(size) >= size) {
            throw ProblemException.of(
                            ProblemType.RANGE_NOT_SATISFIABLE,
                            "The log has " + size + " bytes by now, and the range begins after them.")
                    .withHeader("Content-Range", "bytes */" + size);
        }
        return Optional.of(new TextRange(
                ranges.getFirst().getRangeStart(size), ranges.getFirst().getRangeEnd(size)));
    }

    long length() {
        return to - from + 1;
    }

    String contentRange(long size) {
        return "bytes " + from + "-" + to + "/" + size;
    }
}
