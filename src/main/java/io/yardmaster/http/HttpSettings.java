package io.yardmaster.http;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * The bounds of a request.
 *
 * @param maxBody the largest body of an operation that takes JSON; a larger one is answered with 413
 * @param maxHeader the largest request line and header together; a larger one is answered with 431 or 414
 * @param maxNesting how many objects and arrays a JSON body may hold inside each other
 * @param headerTimeout how long a client may take to send a request's line and header before it is cut off
 * @param bodyTimeout how long a client may take to send a JSON body before it is answered with 408
 * @param idleTimeout how long a connection on which nothing happens is kept
 * @param proxies the addresses of the proxies in front of the server, such as {@code 10.0.0.0/8}. Only their
 *     {@code X-Forwarded-For}, {@code -Proto}, {@code -Host}, {@code -Port} and {@code -Prefix} are believed; those of
 *     anybody else are as if they were not there
 */
@Validated
@ConfigurationProperties("yardmaster.http")
record HttpSettings(
        @DefaultValue("1MB") DataSize maxBody,
        @DefaultValue("16KB") DataSize maxHeader,
        @DefaultValue("64") @Min(8) @Max(500) int maxNesting,
        @DefaultValue("30s") Duration headerTimeout,
        @DefaultValue("60s") Duration bodyTimeout,
        @DefaultValue("60s") Duration idleTimeout,
        @DefaultValue List<String> proxies) {

    HttpSettings {
        proxies = List.copyOf(proxies);
    }
}
