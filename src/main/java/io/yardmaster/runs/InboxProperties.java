package io.yardmaster.runs;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * How much a run keeps of what other systems send it.
 *
 * @param signals how many signals are kept for a run until its steps wait for them; what comes on top of that is refused
 *     with 409
 * @param updates how many updates of a run may be unanswered at once; what comes on top of that is refused with 409
 * @param updatesInAll how many updates a run may be sent in its whole life, answered or not; what comes on top of that is
 *     refused with 409
 * @param payload how large the payload of a signal or an update may be, as JSON; a larger one is refused with 413
 */
@Validated
@ConfigurationProperties("yardmaster.inbox")
record InboxProperties(
        @DefaultValue("1000") @Min(1) @Max(100_000) int signals,
        @DefaultValue("100") @Min(1) @Max(10_000) int updates,
        @DefaultValue("10000") @Min(1) @Max(1_000_000) int updatesInAll,
        @DefaultValue("64KB") @NotNull DataSize payload) {}
