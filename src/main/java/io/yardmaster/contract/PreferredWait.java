package io.yardmaster.contract;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How long a caller prefers to wait for an answer: {@code Prefer: wait=N} of RFC 7240, or {@code async: false}. */
public final class PreferredWait {

    /** Nobody waits longer; who wants to asks again. */
    public static final Duration LONGEST = Duration.ofSeconds(60);

    private static final Duration OF_ASYNC_FALSE = Duration.ofSeconds(30);
    private static final String ASYNC_FALSE = "yardmaster.prefer-wait";

    /** One preference: a name, perhaps a value, perhaps parameters, up to the next comma. Quotes may hide commas. */
    private static final Pattern PREFERENCE =
            Pattern.compile("\\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\\s*(?:=\\s*(\"(?:[^\"\\\\]|\\\\.)*+\"|[^\\s,;\"]*+))?"
                    + "((?:[^,\"]|\"(?:[^\"\\\\]|\\\\.)*+\")*+)(?:,|$)");

    private static final Pattern SECONDS = Pattern.compile("\"?([0-9]{1,9})\"?");

    private PreferredWait() {}

    /** Empty where the caller does not say, or says something that cannot be read: a preference is never a fault. */
    public static Optional<Duration> of(HttpServletRequest request) {
        for (String header : Collections.list(request.getHeaders("Prefer"))) {
            Matcher preference = PREFERENCE.matcher(header);
            int at = 0;
            while (at < header.length() && preference.find(at) && preference.start() == at) {
                if (preference.group(1).toLowerCase(Locale.ROOT).equals("wait")) {
                    // The first one counts, readable or not.
                    return seconds(preference.group(2));
                }
                at = preference.end();
            }
        }
        return Boolean.TRUE.equals(request.getAttribute(ASYNC_FALSE)) ? Optional.of(OF_ASYNC_FALSE) : Optional.empty();
    }

    /** How {@code Preference-Applied} says it. */
    public static String applied(Duration wait) {
        return "wait=" + wait.toSeconds();
    }

    private static Optional<Duration> seconds(@org.jspecify.annotations.Nullable String value) {
        Matcher seconds = SECONDS.matcher(value == null ? "" : value);
        return seconds.matches()
                ? Optional.of(Duration.ofSeconds(Math.min(Long.parseLong(seconds.group(1)), LONGEST.toSeconds())))
                : Optional.empty();
    }
}
