package io.yardmaster.database;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How a server starts whose database is not there.
 *
 * @param patience how long a server that starts waits for a database that does not answer, before it gives up and ends;
 *     0 gives up at once
 */
@Validated
@ConfigurationProperties("yardmaster.database.start")
record DatabaseStartProperties(@DefaultValue("2m") Duration patience) {}
