package io.yardmaster.jobs;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 500ms}, {@code 2s}, {@code 1h30m}, {@code 2d}. */
public final class Durations {

    /** The longest that can be written. */
    public static final Duration MAX = Duration.ofDays(366);

    private static final Pattern WHOLE = Pattern.compile("(\\d{1,12}(ms|s|m|h|d))+");
    private static final Pattern PART = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");

    private static final String[] UNITS = {"ms", "s", "m", "h", "d"};
    private static final long[] MILLIS = {1, 1_000, 60_000, 3_600_000, 86_400_000};

    private Durations() {}

    /** Reads a duration of at most {@link #MAX}; empty for anything else. */
    public static Optional<Duration> parse(String text) {
        if (text.length() > 40 || !WHOLE.matcher(text).matches()) {
            return Optional.empty();
        }
        Duration sum = Duration.ZERO;
        for (Matcher part = PART.matcher(text); part.find(); ) {
            long amount = Long.parseLong(part.group(1));
            sum = sum.plus(
                    switch (part.group(2)) {
                        case "ms" -> Duration.ofMillis(amount);
                        case "s" -> Duration.ofSeconds(amount);
                        case "m" -> Duration.ofMinutes(amount);
                        case "h" -> Duration.ofHours(amount);
                        default -> Duration.ofDays(amount);
                    });
        }
        return sum.compareTo(MAX) > 0 ? Optional.empty() : Optional.of(sum);
    }

    /** A whole number and a unit, the largest that fits: {@code 90m}, {@code 1h}. Less than a millisecond is lost. */
    public static String format(Duration duration) {
        long millis = duration.toMillis();
        for (int i = UNITS.length - 1; i > 0; i--) {
            if (millis != 0 && millis % MILLIS[i] == 0) {
                return millis / MILLIS[i] + UNITS[i];
            }
        }
        return millis == 0 ? "0s" : millis + "ms";
    }
}
