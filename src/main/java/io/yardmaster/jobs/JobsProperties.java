package io.yardmaster.jobs;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How jobs are noticed.
 *
 * @param pollInterval how often each source is looked at for changes. A request that names a job looks at that job's
 *     folder in any case
 */
@ConfigurationProperties("yardmaster.jobs")
record JobsProperties(@DefaultValue("2s") Duration pollInterval) {}
