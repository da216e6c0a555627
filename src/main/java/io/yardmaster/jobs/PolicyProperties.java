package io.yardmaster.jobs;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How strictly runs are held.
 *
 * @param floor the loosest security profile of this server: {@code secure}, {@code permissive} or {@code disabled}. Jobs
 *     and callers can only ask for a stricter one
 */
@ConfigurationProperties("yardmaster.policy")
record PolicyProperties(@DefaultValue("secure") SecurityProfile floor) {}
