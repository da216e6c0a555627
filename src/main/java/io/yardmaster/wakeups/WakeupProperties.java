package io.yardmaster.wakeups;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How a server learns what others on the same database have done.
 *
 * @param notifyUrl the JDBC URL on which this server listens for the others; without it the one of
 *     {@code spring.datasource.url}. Behind a PgBouncer in transaction mode, the address of PostgreSQL itself; {@code none}
 *     where it cannot be reached: the server then looks by itself, every {@code poll}
 * @param poll how often the database is looked at while this server does not hear from others
 * @param backstop how often it is looked at although the server hears from others, in case a message was lost
 */
@Validated
@ConfigurationProperties("yardmaster.database")
record WakeupProperties(
        @Nullable String notifyUrl,
        @DefaultValue("1s") Duration poll,
        @DefaultValue("5s") Duration backstop) {

    /** Whether this server should not even try to listen. */
    boolean isDeaf() {
        return "none".equals(notifyUrl);
    }
}
