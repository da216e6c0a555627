package io.yardmaster.runs.web;

import io.yardmaster.contract.NextPage;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/** Where a page of a log goes on. */
final class NextLines {

    private NextLines() {}

    /**
     * A {@code Link} to what comes after a position, with the filters of the current request.
     *
     * @param afterSeq null where there is no next page, and no link
     */
    static HttpHeaders link(@Nullable Long afterSeq) {
        return link("after_seq", afterSeq);
    }

    /**
     * A {@code Link} to the frames after one of them.
     *
     * @param afterFrame null where there is no next page, and no link
     */
    static HttpHeaders frames(@Nullable Long afterFrame) {
        return link("after_frame", afterFrame);
    }

    private static HttpHeaders link(String parameter, @Nullable Long after) {
        // The tail was cut where it began.
        return NextPage.link(parameter, after, "tail");
    }
}
