package io.yardmaster.jobs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads whether and how something that has failed is tried again. */
final class RetryReader {

    private static final Pattern EXIT_CODE = Pattern.compile("exit:(\\d{1,3})");
    private static final List<String> FAILURES = List.of("application", "system", "timeout", "resource");

    private RetryReader() {}

    static RetryPolicy read(ConfigNode node) {
        if (!node.isPresent()) {
            return RetryPolicy.NEVER;
        }
        node.allow(Set.of("attempts", "backoff", "factor", "max", "jitter", "match"));
        Duration backoff = node.at("backoff").duration(Duration.ZERO);
        Duration max = node.at("max").duration(Duration.ZERO);
        if (!node.at("attempts").isPresent() && node.isObject()) {
            node.error("says nothing of how many attempts there are: attempts: 3");
        }
        return new RetryPolicy(
                node.at("attempts").integer(1, 1, 100),
                backoff == null ? RetryPolicy.NEVER.backoff() : backoff,
                node.at("factor").number(RetryPolicy.NEVER.factor(), 1, 100),
                max == null ? RetryPolicy.NEVER.max() : max,
                node.at("jitter").truth(true),
                node.at("match").isPresent()
                        ? matches(node.at("match"))
                        : FAILURES.stream()
                                .<RetryMatch>map(RetryMatch.Category::new)
                                .toList());
    }

    private static List<RetryMatch> matches(ConfigNode node) {
        List<String> words = new ArrayList<>(FAILURES);
        words.add("exit:N");
        List<RetryMatch> matches = new ArrayList<>();
        for (ConfigNode element : node.elements()) {
            RetryMatch match = element.choice(RetryReader::match, words);
            if (match != null) {
                matches.add(match);
            }
        }
        return matches;
    }

    private static Optional<RetryMatch> match(String text) {
        var exit = EXIT_CODE.matcher(text);
        if (exit.matches()) {
            int code = Integer.parseInt(exit.group(1));
            return code >= 1 && code <= 255 ? Optional.of(new RetryMatch.ExitCode(code)) : Optional.empty();
        }
        return FAILURES.contains(text) ? Optional.of(new RetryMatch.Category(text)) : Optional.empty();
    }
}
