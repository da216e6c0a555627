package io.yardmaster.database;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Transactions of the server.
 *
 * @param silence how long a server may say nothing in the middle of a transaction, from 1s to 1h, before PostgreSQL ends it,
 *     so that one that froze keeps nothing from the others
 */
@Validated
@ConfigurationProperties("yardmaster.database.transactions")
record TransactionProperties(@DefaultValue("5s") Duration silence) {

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofHours(1);

    TransactionProperties {
        if (silence.compareTo(SHORTEST) < 0 || silence.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("yardmaster.database.transactions.silence must be from 1s to 1h");
        }
    }
}
