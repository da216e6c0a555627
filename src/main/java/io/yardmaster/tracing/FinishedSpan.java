package io.yardmaster.tracing;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that took time and is over.
 *
 * @param name what it was, without ids
 * @param isRequest whether it is the answer to a request from outside
 * @param context its own place
 * @param parentSpanId what it is a part of, in the same trace; null: nothing
 * @param attributes texts, numbers and truth values by name
 * @param failure why it failed, in a few words; null: it did not
 */
public record FinishedSpan(
        String name,
        boolean isRequest,
        TraceContext context,
        @Nullable String parentSpanId,
        Instant start,
        Instant end,
        Map<String, Object> attributes,
        @Nullable String failure) {}
