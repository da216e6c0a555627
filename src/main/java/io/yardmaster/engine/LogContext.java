package io.yardmaster.engine;

import io.yardmaster.runs.ClaimedRun;
import io.yardmaster.runs.RunLease;
import io.yardmaster.tracing.TraceContext;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** What the lines are about that this thread logs until it is closed. */
final class LogContext implements AutoCloseable {

    private static final String RUN_ID = "run_id";
    private static final String STEP_ID = "step_id";
    private static final String TENANT = "tenant";

    private final @Nullable Map<String, String> before = MDC.getCopyOfContextMap();

    private LogContext() {}

    static LogContext of(RunLease lease) {
        LogContext opened = new LogContext();
        MDC.put(RUN_ID, lease.runId().toString());
        MDC.put(TENANT, lease.tenant().name());
        return opened;
    }

    static LogContext of(ClaimedRun run) {
        LogContext opened = of(run.lease());
        place(run.trace().context());
        return opened;
    }

    /** A step of the run. */
    static LogContext of(ClaimedRun run, String stepId, TraceContext place) {
        LogContext opened = of(run.lease());
        MDC.put(STEP_ID, stepId);
        place(place);
        return opened;
    }

    private static void place(TraceContext context) {
        MDC.put(TraceContext.TRACE_ID, context.traceId());
        MDC.put(TraceContext.SPAN_ID, context.spanId());
    }

    @Override
    public void close() {
        if (before == null) {
            MDC.clear();
        } else {
            MDC.setContextMap(before);
        }
    }
}
