package io.yardmaster.system;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.yardmaster.contract.MetricsApiDelegate;
import io.yardmaster.contract.WholeAnswer;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;

/** Writes down all measurements. */
@Component
class MetricsEndpoint implements MetricsApiDelegate {

    private static final MediaType PROMETHEUS = MediaType.parseMediaType("text/plain;version=0.0.4;charset=utf-8");
    private static final MediaType OPEN_METRICS =
            MediaType.parseMediaType("application/openmetrics-text;version=1.0.0;charset=utf-8");

    private final PrometheusMeterRegistry registry;

    MetricsEndpoint(PrometheusMeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public ResponseEntity<ResponseBodyEmitter> getMetrics(MediaType mediaType) {
        MediaType format = mediaType.isCompatibleWith(OPEN_METRICS) ? OPEN_METRICS : PROMETHEUS;
        return WholeAnswer.of(registry.scrape(format.toString()), format);
    }
}
