package io.yardmaster.tracing;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class TracingConfiguration {

    private static final Logger log = LoggerFactory.getLogger(TracingConfiguration.class);

    @Bean
    @ConditionalOnProperty("yardmaster.tracing.endpoint")
    SpanExport spanExport(TracingProperties properties, @Value("${yardmaster.version}") String version) {
        var endpoint = java.util.Objects.requireNonNull(properties.endpoint());
        log.info("Sending traces to {}:{}", endpoint.getHost(), endpoint.getPort());
        return new SpanExport(endpoint, properties.headers(), properties.timeout(), version);
    }

    @Bean
    Traces traces(TracingProperties properties, ObjectProvider<SpanExport> export) {
        return new Traces(properties.sampling(), export.getIfAvailable());
    }
}
