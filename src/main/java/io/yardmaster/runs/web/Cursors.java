package io.yardmaster.runs.web;

import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a reader of a run's log wants to go on. */
final class Cursors {

    private Cursors() {}

    /** {@code Last-Event-ID}, which a browser sends by itself when it connects again, is newer than the URL. */
    static long after(long afterSeq, @Nullable String lastEventId) {
        if (lastEventId == null || lastEventId.isEmpty()) {
            return afterSeq;
        }
        if (!lastEventId.matches("\\d{1,18}")) {
            throw ProblemException.validation(List.of(new Fault(
                    "Last-Event-ID", "Last-Event-ID is the id of an event of this stream, a whole number.", "cursor")));
        }
        return Long.parseLong(lastEventId);
    }
}
