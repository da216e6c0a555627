package io.yardmaster.artifacts.web;

import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.springframework.http.HttpRange;

/**
 * Which bytes of an artifact a request asks for (RFC 9110, section 14.2).
 *
 * @param from how many bytes come before them
 * @param isPart whether a part was asked for, though it may be all there is
 */
record RequestedRange(long from, long length, boolean isPart) {

    /**
     * Reads {@code Range} and {@code If-Range}. A unit other than bytes, a range that makes no sense and several ranges
     * at once count as none: a server may do so, and the caller sees by the status that it has the whole.
     *
     * @param etag of the bytes as they are
     * @throws ProblemException {@code range-not-satisfiable} where no byte of the part is there
     */
    static RequestedRange of(HttpServletRequest request, String etag, long size) {
        RequestedRange whole = new RequestedRange(0, size, false);
        String range = request.getHeader("Range");
        String onlyIf = request.getHeader("If-Range");
        if (range == null || !request.getMethod().equals("GET") || (onlyIf != null && !onlyIf.equals(etag))) {
            return whole;
        }
        List<HttpRange> ranges;
        try {
            ranges = HttpRange.parseRanges(range);
        } catch (IllegalArgumentException e) {
            return whole;
        }
        if (ranges.size() != 1) {
            return whole;
        }
        HttpRange one = ranges.getFirst();
        if (size == 0 || one.getRangeStart(size) >= size || one.getRangeEnd(size) < one.getRangeStart(size)) {
            throw ProblemException.of(
                            ProblemType.RANGE_NOT_SATISFIABLE,
                            "The artifact has " + size + " bytes, and none of them is in the range.")
                    .withHeader("Content-Range", "bytes */" + size);
        }
        long from = one.getRangeStart(size);
        return new RequestedRange(from, one.getRangeEnd(size) - from + 1, true);
    }

    /** The value of {@code Content-Range}. */
    String contentRange(long size) {
        return "bytes " + from + "-" + (from + length - 1) + "/" + size;
    }
}
