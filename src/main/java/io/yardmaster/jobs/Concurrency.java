package io.yardmaster.jobs;

import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many runs of a job may be under way at once, as its {@code config.yaml} says.
 *
 * @param key what they share; may hold templates over the arguments
 */
public record Concurrency(Template key, int limit, OnConflict onConflict) {

    /**
     * The key of a run with these arguments; null where the job has none.
     *
     * @throws ProblemException {@code validation-error} where the arguments make no key
     */
    static @Nullable ConcurrencyKey resolve(JobDefinition definition, ResolvedArguments arguments, Tenant tenant) {
        Concurrency concurrency = definition.concurrency();
        if (concurrency == null) {
            return null;
        }
        ExpressionScope scope = new ExpressionScope(
                arguments.visible(),
                Map.of(),
                new ExpressionScope.RunView("", definition.id().value(), tenant.name()));
        String key;
        try {
            key = concurrency.key().expandText(scope).strip();
        } catch (ExpressionException e) {
            throw refused("cannot be made: " + e.getMessage());
        }
        if (key.isEmpty()
                || key.length() > ConcurrencyKey.MAX_LENGTH
                || key.chars().anyMatch(Character::isISOControl)) {
            throw refused("has to have 1 to " + ConcurrencyKey.MAX_LENGTH + " characters, none of them a control"
                    + " character");
        }
        return new ConcurrencyKey(key, concurrency.limit(), concurrency.onConflict());
    }

    private static ProblemException refused(String why) {
        return ProblemException.validation(List.of(
                new Fault("/args", "The job's concurrency key, made from these arguments, " + why + ".", "key")));
    }
}
