package io.yardmaster.runs;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Lists of runs.
 *
 * @param countWithin how long counting over all of history may take beside reading a page or the newest days, from 1ms to
 *     1h: what is not counted by then is left out, and the answer says that its numbers are not exact
 */
@Validated
@ConfigurationProperties("yardmaster.lists")
record ListsProperties(@DefaultValue("100ms") Duration countWithin) {

    private static final Duration LONGEST = Duration.ofHours(1);

    ListsProperties {
        // To PostgreSQL no time at all is any time.
        if (countWithin.toMillis() < 1 || countWithin.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("yardmaster.lists.count-within must be from 1ms to 1h");
        }
    }
}
