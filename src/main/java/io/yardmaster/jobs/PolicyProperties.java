package io.yardmaster.jobs;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How strictly runs are held.
 *
 * @param floor the loosest security profile of this server: {@code secure}, {@code permissive} or {@code disabled}. Jobs
 *     and callers can only ask for a stricter one
 * @param approveOnExpiry whether jobs may have gates that open where nobody decides in time ({@code on_expiry: approve});
 *     never under the profile {@code secure}
 */
@ConfigurationProperties("yardmaster.policy")
record PolicyProperties(
        @DefaultValue("secure") SecurityProfile floor,
        @DefaultValue("false") boolean approveOnExpiry) {}
