package io.yardmaster;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.problems.ProblemType;
import io.yardmaster.testkit.RawHttp.Answer;
import java.net.URI;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is true of every problem, whoever answers with it. */
final class WholeProblem {

    /** What would tell of the server's inside: classes, stack traces, paths, regular expressions, words of libraries. */
    private static final Pattern INSIDE = Pattern.compile(
            "[a-z]+\\.[a-z]+\\.[A-Za-z.]*[A-Z][a-z]+[A-Z]|Exception|\\bat [a-z]+\\.|io\\.yardmaster|\\borg\\.[a-z]"
                    + "|java\\.[a-z]|tools\\.jackson|/(?:home|tmp|var|root|usr|work|etc)/|\\[0-9|\\^\\(|\\(\\?|\\)\\$|\\{[0-9]+,?[0-9]*\\}|found,"
                    + " .* expected|does not match the|<html|\\$defs");

    /** What a caller can do about it is said with a verb. */
    private static final Pattern ADVICE =
            Pattern.compile("\\b(?:[Ss]end|[Uu]se|[Ww]rite|[Ll]eave|[Aa]sk|[Cc]orrect|[Ll]ist|lists|must|has to|have"
                    + " to|may|[Ee]ncode|[Tt]ry|[Mm]ake|is required|takes|[Cc]all|[Nn]ame|Percent-encode|Choose|get a"
                    + " new|needs|are)\\b");

    private WholeProblem() {}

    /** Asserts that it is a problem of this type. */
    static JsonNode check(Answer answer, ProblemType type) {
        JsonNode problem = check(answer);
        assertThat(problem.path("type").asString()).as("%s", answer).isEqualTo("/problems/" + type.slug());
        assertThat(answer.status()).as("%s", answer).isEqualTo(type.status());
        assertThat(problem.path("title").asString()).isEqualTo(type.title());
        return problem;
    }

    /** Asserts that it is a problem with all that every problem has. */
    static JsonNode check(Answer answer) {
        String fault =
                fault(answer.status(), answer.header("Content-Type"), answer.header("X-Request-Id"), answer.body());
        assertThat(fault).as("%s", answer).isNull();
        assertThat(answer.header("Cache-Control")).as("%s", answer).contains("no-store");
        assertThat(answer.header("X-Content-Type-Options")).as("%s", answer).isEqualTo("nosniff");
        assertThat(answer.header("Server")).isEmpty();
        assertThat(answer.header("ETag")).isEmpty();
        JsonNode problem = answer.json();
        String detail = problem.path("detail").asString();
        assertThat(detail).as("%s", answer).matches("(?s).*[.)]").containsPattern(ADVICE);
        return problem;
    }

    /** What keeps it from being a whole problem; null: nothing. */
    static @Nullable String fault(int status, String contentType, String requestId, String body) {
        if (!contentType.equals("application/problem+json")) {
            return "its Content-Type is " + contentType;
        }
        JsonNode problem = JsonMapper.shared().readTree(body);
        for (String member : new String[] {"type", "title", "detail", "instance", "request_id"}) {
            if (problem.path(member).asString("").isBlank()) {
                return "it has no " + member;
            }
        }
        String slug = problem.path("type").asString().replace("/problems/", "");
        ProblemType type = ProblemType.ofSlug(slug).orElse(null);
        if (type == null || type.status() != status || problem.path("status").asInt() != status) {
            return "its type, status and status line differ";
        }
        if (!problem.path("request_id").asString().equals(requestId)) {
            return "its request_id is not that of X-Request-Id";
        }
        URI.create(problem.path("instance").asString());
        if (INSIDE.matcher(problem.path("detail").asString()).find()
                || problem.path("errors")
                        .valueStream()
                        .anyMatch(
                                member -> INSIDE.matcher(member.path("message").asString())
                                        .find())) {
            return "it tells of the server's inside";
        }
        return null;
    }
}
