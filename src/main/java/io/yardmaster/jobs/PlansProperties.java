package io.yardmaster.jobs;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How plans are kept.
 *
 * @param keep how long a plan can be run after it was made
 */
@ConfigurationProperties("yardmaster.plans")
record PlansProperties(@DefaultValue("24h") Duration keep) {}
