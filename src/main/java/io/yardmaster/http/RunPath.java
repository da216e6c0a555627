package io.yardmaster.http;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which run a request is about, for the log. */
final class RunPath {

    /** The logging context's key for it. */
    static final String MDC_KEY = "run_id";

    private static final Pattern RUN = Pattern.compile("/runs/(run_[0-9A-HJKMNP-TV-Z]{26})(?:/|$)");

    private RunPath() {}

    static @Nullable String runId(String path) {
        Matcher matcher = RUN.matcher(path);
        return matcher.find() ? matcher.group(1) : null;
    }
}
