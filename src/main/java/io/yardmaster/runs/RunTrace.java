package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import io.yardmaster.tracing.TraceContext;
import io.yardmaster.tracing.Traces;
import org.jspecify.annotations.Nullable;

/**
 * A run's place in a trace. It is stored with the run, so that it stays the same whoever drives the run, and when.
 *
 * @param context what the run's steps are beneath
 * @param parentSpanId what the run's own span is a part of; null: it has none, and the place is that of its submission
 */
public record RunTrace(TraceContext context, @Nullable String parentSpanId) {

    /** The place of a run that is submitted now. */
    static RunTrace submitted(Traces traces) {
        TraceContext request = Traces.current().orElseGet(() -> TraceContext.root(false));
        TraceContext run = traces.beneath(request);
        return new RunTrace(run, run.equals(request) ? null : request.spanId());
    }

    static RunTrace stored(RunId runId, @Nullable String traceparent, @Nullable String parentSpanId) {
        return TraceContext.parse(traceparent)
                .map(context -> new RunTrace(context, parentSpanId))
                .orElseGet(() -> new RunTrace(TraceContext.of(runId.value()), null));
    }
}
