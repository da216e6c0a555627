package io.yardmaster.problems;

import org.eclipse.jetty.http.HttpException;
import org.jspecify.annotations.Nullable;

/** Which part of a request Jetty could not take, in words for whoever sent it. */
final class ContainerReasons {

    private ContainerReasons() {}

    /**
     * What to tell the caller.
     *
     * @param isPathKnown whether the request line could be read, so that the fault is behind it
     */
    static ProblemException problem(HttpException refused, boolean isPathKnown) {
        ProblemException problem = ProblemTranslation.ofStatus(refused.getCode());
        if (problem.type() != ProblemType.BAD_REQUEST) {
            return problem;
        }
        if (refused.getCode() == 417) {
            return bad("The Expect header asks for something that this server does not do. Leave it out, or send"
                    + " 100-continue.");
        }
        String known = words(refused.getReason());
        if (known != null) {
            return bad(known);
        }
        return bad(
                isPathKnown
                        ? "A header cannot be read. It has to be a name, a colon and a value on one line, without"
                                + " control characters and without a number that is too large."
                        : "The request line cannot be read. It has to be a method, a path in which each % is followed"
                                + " by two hexadecimal digits, and HTTP/1.1, with one space between them.");
    }

    private static ProblemException bad(String detail) {
        return ProblemException.of(ProblemType.BAD_REQUEST, detail);
    }

    private static @Nullable String words(@Nullable String reason) {
        if (reason == null) {
            return null;
        }
        for (String[] row : TABLE) {
            if (reason.startsWith(row[0])) {
                return row[1];
            }
        }
        return null;
    }

    private static final String HOST =
            "The Host header, or the host in the request line, is not a host's name with a port if need be.";
    private static final String VERSION =
            "The request line asks for a version of HTTP that is not spoken here. Use HTTP/1.1.";
    private static final String LENGTH =
            "The Content-Length header is not the number of the body's bytes. Send it once, as digits.";
    private static final String ENCODING =
            "The path is not percent-encoded UTF-8: each % needs two hexadecimal digits, and together they have to be"
                    + " characters.";
    private static final String TARGET =
            "The target in the request line is not one that is taken. Send the path, beginning with a slash.";
    private static final String CHARACTER =
            "The path holds a character that may not stand in one. Percent-encode it, as UTF-8.";

    /** How Jetty's reason begins, and what it means. */
    private static final String[][] TABLE = {
        {"No Host", "The request has no Host header. Send one with the name under which you call the server."},
        {"Blank Host", "The Host header is empty. Send the name under which you call the server."},
        {"Duplicate Host", "The Host header was sent more than once. Send it once."},
        {
            "Authority!=Host",
            "The request line names another host than the Host header. Send only the path in the request line."
        },
        {"Invalid Authority", HOST},
        {"Bad HostPort", HOST},
        {"Bad Authority", HOST},
        {"Bad authority", HOST},
        {"Unknown Version", VERSION},
        {"Unsupported Version", VERSION},
        {"Upgrade Required", VERSION},
        {"HTTP/0.9", VERSION},
        {"Invalid Content-Length", LENGTH},
        {"Multiple Content-Lengths", LENGTH},
        {
            "Transfer-Encoding and Content-Length",
            "The request has both Transfer-Encoding and Content-Length, so that nobody knows where it ends. Send one of"
                    + " them."
        },
        {
            "Bad Transfer-Encoding",
            "The Transfer-Encoding header is not one that is taken. Send chunked, once, or Content-Length instead."
        },
        {"Line Folding", "A header goes on in the next line. Write each header on one line."},
        {"Fields must have a Colon", "A header has no colon after its name. Write each as a name, a colon and a value."
        },
        {"Whitespace not allowed", "A header has white space between its name and the colon. Leave it out."},
        {"Ambiguous URI empty segment", "The path has two slashes beside each other. Send one."},
        {"Ambiguous URI path segment", "The path has a segment that is only dots. Send the path that it leads to."},
        {"Ambiguous URI path parameter", "The path has a segment with a semicolon. Leave it out or percent-encode it."},
        {
            "Ambiguous URI path encoding",
            "The path holds %25, an encoded percent sign. It seems to have been encoded twice; encode it once."
        },
        {"Ambiguous URI path separator", "The path holds %2F, an encoded slash, where it could mean two things."},
        {"Suspicious Path Character", "The path holds a backslash or a control character. Leave it out."},
        {"Illegal Path Character", CHARACTER},
        {"Illegal character in path", CHARACTER},
        {"Bad UTF-8", ENCODING},
        {"Truncated UTF-8", ENCODING},
        {"UTF-16", ENCODING},
        {"Bad percent", ENCODING},
        {"Fragment", "The request line holds a fragment, # and what follows. Send what comes before it."},
        {
            "Invalid h2c",
            "The headers ask for an upgrade in a way that cannot be understood. Leave Upgrade out, or send it with"
                    + " Connection: Upgrade."
        },
        {"Deprecated User Info", "The request line names a user before the host. Send a token in a header instead."},
        {"Bad URI", TARGET},
        {"Bad Scheme", TARGET},
        {"Bad character", TARGET},
        {"Relative path", TARGET},
        {"Early EOF", "The request ended before all of it had been sent."},
        {"Bad EOL", "A line of the request does not end as one. End each line of it with CR and LF."},
    };
}
