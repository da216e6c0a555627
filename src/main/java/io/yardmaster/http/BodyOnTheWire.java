package io.yardmaster.http;

import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;

/** A body that the contract does not look into: whoever answers the request reads it, piece by piece. */
public final class BodyOnTheWire {

    private static final String ATTRIBUTE = "yardmaster.body-on-the-wire";
    private static final int DEEPEST_CAUSE = 10;

    private BodyOnTheWire() {}

    static void mark(HttpServletRequest request) {
        request.setAttribute(ATTRIBUTE, true);
    }

    /** Whether this request has such a body. */
    public static boolean is(HttpServletRequest request) {
        return request.getAttribute(ATTRIBUTE) != null;
    }

    /** What to tell whoever sent a body that could not be read to its end. */
    public static ProblemException unreadable(IOException failure) {
        return reason(failure).orElseGet(BodyOnTheWire::brokenOff);
    }

    /** The same, where it is the sender's fault for certain. */
    static Optional<ProblemException> reason(IOException failure) {
        Throwable e = failure;
        for (int depth = 0; e != null && depth < DEEPEST_CAUSE; depth++) {
            if (e instanceof TimeoutException) {
                return Optional.of(tooSlow());
            }
            if (e instanceof HttpException) {
                return Optional.of(brokenOff());
            }
            e = e.getCause();
        }
        return Optional.empty();
    }

    static ProblemException tooSlow() {
        return ProblemException.of(
                        ProblemType.REQUEST_TIMEOUT, "The body did not arrive in time. Send it without pauses.")
                .withHeader("Connection", "close");
    }

    private static ProblemException brokenOff() {
        return ProblemException.of(
                        ProblemType.BAD_REQUEST,
                        "The body cannot be read: it ends before its Content-Length says, or its chunks are"
                                + " not as RFC 9112 says. Send the request again.")
                .withHeader("Connection", "close");
    }
}
