package io.yardmaster.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Sends spans to a collector, over OTLP, in batches and beside the work. Where it cannot, they are dropped. */
final class SpanExport implements AutoCloseable {

    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int QUEUE = 8192;
    private static final long SECONDS_TO_FLUSH = 5;

    private final SdkTracerProvider provider;
    private final Tracer tracer;
    private final GivenIds ids = new GivenIds();

    SpanExport(URI endpoint, Map<String, String> headers, Duration timeout, String version) {
        OtlpHttpSpanExporterBuilder exporter =
                OtlpHttpSpanExporter.builder().setEndpoint(endpoint.toString()).setTimeout(timeout);
        headers.forEach(exporter::addHeader);
        this.provider = SdkTracerProvider.builder()
                .setResource(Resource.getDefault()
                        .merge(Resource.create(Attributes.of(
                                AttributeKey.stringKey("service.name"),
                                "yardmaster",
                                AttributeKey.stringKey("service.version"),
                                version))))
                .setIdGenerator(ids)
                .setSampler(Sampler.alwaysOn())
                .addSpanProcessor(BatchSpanProcessor.builder(exporter.build())
                        .setScheduleDelay(PAUSE)
                        .setMaxQueueSize(QUEUE)
                        .setExporterTimeout(timeout)
                        .build())
                .build();
        this.tracer = provider.get("io.yardmaster");
    }

    void add(FinishedSpan finished) {
        SpanBuilder builder = tracer.spanBuilder(finished.name())
                .setParent(parent(finished))
                .setSpanKind(finished.isRequest() ? SpanKind.SERVER : SpanKind.INTERNAL)
                .setStartTimestamp(finished.start())
                .setAllAttributes(attributes(finished.attributes()));
        Span span = ids.with(finished.context(), builder::startSpan);
        String failure = finished.failure();
        if (failure != null) {
            span.setStatus(StatusCode.ERROR, failure);
        }
        span.end(finished.end());
    }

    /** Sends what is left. */
    @Override
    public void close() {
        var _ = provider.shutdown().join(SECONDS_TO_FLUSH, TimeUnit.SECONDS);
    }

    private static Context parent(FinishedSpan finished) {
        String parent = finished.parentSpanId();
        return parent == null
                ? Context.root()
                : Context.root()
                        .with(Span.wrap(SpanContext.createFromRemoteParent(
                                finished.context().traceId(),
                                parent,
                                TraceFlags.getSampled(),
                                TraceState.getDefault())));
    }

    private static Attributes attributes(Map<String, Object> values) {
        AttributesBuilder attributes = Attributes.builder();
        values.forEach((name, value) -> {
            switch (value) {
                case Number number -> attributes.put(name, number.longValue());
                case Boolean truth -> attributes.put(name, truth);
                default -> attributes.put(name, value.toString());
            }
        });
        return attributes.build();
    }

    /** Spans are made when they are over, and had their ids before: those are what others refer to. */
    private static final class GivenIds implements IdGenerator {

        private static final ThreadLocal<TraceContext> given = new ThreadLocal<>();

        Span with(TraceContext context, java.util.function.Supplier<Span> start) {
            given.set(context);
            try {
                return start.get();
            } finally {
                given.remove();
            }
        }

        @Override
        public String generateSpanId() {
            return given.get().spanId();
        }

        @Override
        public String generateTraceId() {
            return given.get().traceId();
        }
    }
}
