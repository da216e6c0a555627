package io.yardmaster.tracing;

import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Where in a trace the current work stands. Everything that is done has a context, for logs and for what it calls;
 * spans are recorded only where they are exported. Otherwise the context of whoever began the trace is handed on as it is,
 * so that no span refers to one that nobody has ever seen.
 */
public final class Traces {

    private static final ScopedValue<TraceContext> CURRENT = ScopedValue.newInstance();

    private final double sampling;
    private final @Nullable SpanExport export;

    Traces(double sampling, @Nullable SpanExport export) {
        this.sampling = sampling;
        this.export = export;
    }

    /** Runs {@code work} at this place. */
    public static <T extends @Nullable Object, X extends Throwable> T call(
            TraceContext context, ScopedValue.CallableOp<? extends T, X> work) throws X {
        return ScopedValue.where(CURRENT, context).call(work);
    }

    /** Where the current thread is. */
    public static Optional<TraceContext> current() {
        return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
    }

    /** A place for something that begins here, beneath its caller's where it has one. */
    public TraceContext begin(Optional<TraceContext> caller) {
        if (export == null) {
            return caller.orElseGet(() -> TraceContext.root(false));
        }
        return caller.map(TraceContext::child)
                .orElseGet(() -> TraceContext.root(ThreadLocalRandom.current().nextDouble() < sampling));
    }

    /** A new place beneath another one. */
    public TraceContext beneath(TraceContext parent) {
        return export == null ? parent : parent.child();
    }

    /** The place of this name beneath another one, the same each time. */
    public TraceContext beneath(TraceContext parent, String name) {
        return export == null ? parent : parent.child(name);
    }

    /** Whether spans at this place are exported, so that it is worth making them. */
    public boolean records(TraceContext context) {
        return export != null && context.sampled();
    }

    /** Has a span exported; nothing where that is switched off. Never waits, never fails. */
    public void record(FinishedSpan span) {
        if (export != null && span.context().sampled()) {
            export.add(span);
        }
    }
}
