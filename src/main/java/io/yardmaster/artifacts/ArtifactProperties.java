package io.yardmaster.artifacts;

import io.yardmaster.kernel.Tenant;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How many artifacts are kept, and how long.
 *
 * @param maxSize how large one artifact may be
 * @param quota how many bytes the artifacts of one tenant may have together; 0: any number
 * @param keep how long an artifact is kept; 0: as long as its run
 * @param every how often it is looked for artifacts to be removed
 * @param tenants what is otherwise for single tenants, by their names
 */
@ConfigurationProperties("yardmaster.artifacts")
record ArtifactProperties(
        @DefaultValue("10GB") DataSize maxSize,
        @DefaultValue("0") DataSize quota,
        @DefaultValue("0") Duration keep,
        @DefaultValue("10m") Duration every,
        @DefaultValue Map<String, ForTenant> tenants) {

    ArtifactProperties {
        if (maxSize.toBytes() <= 0) {
            throw new IllegalArgumentException(
                    "yardmaster.artifacts.max-size has to be positive: 10GB is what it is by default");
        }
        if (!every.isPositive()) {
            throw new IllegalArgumentException(
                    "yardmaster.artifacts.every has to be positive: 10m is what it is by default");
        }
        notNegative("yardmaster.artifacts.", quota, keep);
        tenants = Map.copyOf(tenants);
        tenants.forEach((name, rules) ->
                notNegative("yardmaster.artifacts.tenants." + name + ".", rules.quota(), rules.keep()));
    }

    private static void notNegative(String place, @Nullable DataSize quota, @Nullable Duration keep) {
        if (quota != null && quota.isNegative()) {
            throw new IllegalArgumentException(place + "quota is negative: 0 means without any");
        }
        if (keep != null && keep.isNegative()) {
            throw new IllegalArgumentException(place + "keep is negative: 0 means as long as the run");
        }
    }

    /** How many bytes a tenant's artifacts may have together; 0: any number. */
    long quota(Tenant tenant) {
        ForTenant rules = tenants.get(tenant.name());
        return (rules == null || rules.quota() == null ? quota : rules.quota()).toBytes();
    }

    /** How long a tenant's artifacts are kept; 0: as long as their runs. */
    Duration keep(Tenant tenant) {
        ForTenant rules = tenants.get(tenant.name());
        return rules == null || rules.keep() == null ? keep : rules.keep();
    }

    /**
     * What is otherwise for one tenant.
     *
     * @param quota how many bytes its artifacts may have together; 0: any number; by default as for all
     * @param keep how long they are kept; 0: as long as their runs; by default as for all
     */
    record ForTenant(@Nullable DataSize quota, @Nullable Duration keep) {}
}
