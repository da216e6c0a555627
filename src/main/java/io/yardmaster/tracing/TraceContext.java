package io.yardmaster.tracing;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place in a trace, as W3C Trace Context writes it in {@code traceparent}.
 *
 * @param traceId 32 hexadecimal digits, not all zero
 * @param spanId 16 hexadecimal digits, not all zero
 * @param sampled whether whoever made it may have recorded it
 */
public record TraceContext(String traceId, String spanId, boolean sampled) {

    /** The logging context's key for the trace. */
    public static final String TRACE_ID = "trace_id";

    /** The logging context's key for the span. */
    public static final String SPAN_ID = "span_id";

    private static final Pattern TRACEPARENT =
            Pattern.compile("(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

    private static final HexFormat HEX = HexFormat.of();

    /** Reads what a caller sent as {@code traceparent}; empty where it is none. */
    public static Optional<TraceContext> parse(@Nullable String traceparent) {
        if (traceparent == null || traceparent.length() > 256) {
            return Optional.empty();
        }
        Matcher matcher = TRACEPARENT.matcher(traceparent.strip());
        // Only later versions may have more than the four parts of the first one.
        if (!matcher.matches() || (matcher.group(1).equals("00") && matcher.group(5) != null)) {
            return Optional.empty();
        }
        boolean sampled = (HexFormat.fromHexDigits(matcher.group(4)) & 1) == 1;
        return Optional.of(new TraceContext(matcher.group(2), matcher.group(3), sampled));
    }

    /** The beginning of a new trace. */
    public static TraceContext root(boolean sampled) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new TraceContext(HEX.toHexDigits(random.nextLong()) + randomSpanId(), randomSpanId(), sampled);
    }

    /** The beginning of a trace that is the same each time for the same id; nobody records it. */
    public static TraceContext of(UUID id) {
        String digits = HEX.toHexDigits(id.getMostSignificantBits()) + HEX.toHexDigits(id.getLeastSignificantBits());
        return new TraceContext(digits, digits.substring(16), false);
    }

    /** A new place beneath this one. */
    public TraceContext child() {
        return new TraceContext(traceId, randomSpanId(), sampled);
    }

    /** The place beneath this one that has this name; the same each time. */
    public TraceContext child(String name) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest((traceId + spanId + name).getBytes(StandardCharsets.UTF_8));
            return new TraceContext(traceId, HEX.formatHex(digest, 0, 8), sampled);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As W3C Trace Context writes it. */
    public String traceparent() {
        return "00-" + traceId + "-" + spanId + (sampled ? "-01" : "-00");
    }

    private static String randomSpanId() {
        // Zero is no id.
        return HEX.toHexDigits(ThreadLocalRandom.current().nextLong() | 1L << 40);
    }
}
