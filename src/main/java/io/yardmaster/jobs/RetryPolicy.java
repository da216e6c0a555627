package io.yardmaster.jobs;

import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When and how soon a failed attempt is followed by another.
 *
 * @param attempts how many there are at most, the first included; at least 1
 * @param backoff the wait after the first attempt
 * @param factor by what each further wait grows
 * @param max the longest wait
 * @param jitter whether a wait is drawn between its half and its whole, so that many steps do not come back at once
 * @param match which failures are tried again
 */
public record RetryPolicy(
        int attempts, Duration backoff, double factor, Duration max, boolean jitter, List<RetryMatch> match) {

    /** One attempt and no other. */
    public static final RetryPolicy NEVER =
            new RetryPolicy(1, Duration.ofSeconds(1), 2, Duration.ofMinutes(1), true, List.of());

    public RetryPolicy {
        match = List.copyOf(match);
    }

    /**
     * Whether another attempt follows.
     *
     * @param attempt the number of the attempt that failed; the first is 1
     * @param category why it failed, such as {@code application} or {@code timeout}
     * @param exitCode what the program ended with; null where it did not end by itself
     */
    public boolean retries(int attempt, String category, @Nullable Integer exitCode) {
        return attempt < attempts && match.stream().anyMatch(one -> one.matches(category, exitCode));
    }

    /** How long to wait after this attempt; the first is 1. */
    public Duration delayAfter(int attempt, RandomGenerator random) {
        double millis =
                Math.min((double) backoff.toMillis() * Math.pow(factor, attempt - 1.0), (double) max.toMillis());
        return Duration.ofMillis((long) (jitter ? millis * (0.5 + random.nextDouble() / 2) : millis));
    }
}
