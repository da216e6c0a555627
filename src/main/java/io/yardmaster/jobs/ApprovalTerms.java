package io.yardmaster.jobs;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is asked at a gate, and who may answer.
 *
 * @param title the question
 * @param description what those who decide should know; null: nothing more
 * @param required how many different people have to agree
 * @param groups who may decide: members of any of these; empty: everybody with the scope
 * @param allowSelf whether those may decide who brought the run about
 * @param denyQuorum how many different people have to refuse
 * @param expiresIn how long people have; null: for ever
 * @param onExpiry what it means that nobody has decided by then
 * @param remindEvery how often it is said again that the run waits; null: never
 * @param form what those who agree have to answer; null: nothing
 */
public record ApprovalTerms(
        Template title,
        @Nullable Template description,
        int required,
        List<String> groups,
        boolean allowSelf,
        int denyQuorum,
        @Nullable Duration expiresIn,
        OnExpiry onExpiry,
        @Nullable Duration remindEvery,
        @Nullable Form form) {

    public ApprovalTerms {
        groups = List.copyOf(groups);
    }
}
