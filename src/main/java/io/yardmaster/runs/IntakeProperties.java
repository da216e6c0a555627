package io.yardmaster.runs;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * How submissions become durable.
 *
 * @param writers how many commits may be under way at once; each has a connection to the database while it is
 * @param backlog how much memory submissions may take that wait for their commit; what comes on top of that is answered
 *     with 503
 */
@Validated
@ConfigurationProperties("yardmaster.intake")
record IntakeProperties(
        @DefaultValue("2") @Min(1) @Max(8) int writers,
        @DefaultValue("64MB") @NotNull DataSize backlog) {}
