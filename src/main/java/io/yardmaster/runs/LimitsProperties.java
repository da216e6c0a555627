package io.yardmaster.runs;

import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What bounds the runs of one tenant.
 *
 * @param runsPerTenant with how many runs under way, on all servers, a tenant starts no more; waiting runs do not count.
 *     0: with any number. To be the same on all servers
 */
@Validated
@ConfigurationProperties("yardmaster.limits")
record LimitsProperties(@DefaultValue("0") @Min(0) int runsPerTenant) {}
