package io.yardmaster.jobs;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How jobs are noticed.
 *
 * @param pollInterval how often each source is looked at for changes. A request that names a job looks at that job's
 *     folder in any case
 * @param quickLook a source that was looked at in less than this is looked at again for each request that lists jobs. Of
 *     a larger one, a list shows what the last poll found
 */
@ConfigurationProperties("yardmaster.jobs")
record JobsProperties(
        @DefaultValue("2s") Duration pollInterval,
        @DefaultValue("20ms") Duration quickLook) {}
