package io.yardmaster.jobs;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which secret arguments a step gets: those that it names. One that names none gets those that no other step names. So
 * a secret that is named anywhere is there for the steps that name it, and for no other.
 */
public final class StepSecrets {

    private StepSecrets() {}

    /** The names of the secrets that a step of a job gets. */
    public static Set<String> of(JobDefinition job, StepDefinition.Run step) {
        return of(job.steps(), job.secretArgs(), step);
    }

    private static Set<String> of(List<StepDefinition> steps, Set<String> all, StepDefinition.Run step) {
        if (step.secrets() != null) {
            return step.secrets();
        }
        Set<String> named = programs(steps)
                .map(StepDefinition.Run::secrets)
                .flatMap(Stream::ofNullable)
                .flatMap(Set::stream)
                .collect(Collectors.toSet());
        return all.stream().filter(secret -> !named.contains(secret)).collect(Collectors.toCollection(TreeSet::new));
    }

    /** What to say of secrets that are given to steps before people are asked, where nobody has said that they need them. */
    static Optional<String> beforeGates(List<StepDefinition> steps, Set<String> all) {
        Set<String> gates = steps.stream()
                .filter(StepDefinition.Approval.class::isInstance)
                .map(StepDefinition::id)
                .collect(Collectors.toSet());
        if (gates.isEmpty() || all.isEmpty()) {
            return Optional.empty();
        }
        return programs(steps)
                .filter(step -> step.secrets() == null && !isBehind(gates, step, steps))
                .filter(step -> !of(steps, all, step).isEmpty())
                .findFirst()
                .map(step -> "step '" + step.id() + "' may run before anybody has agreed, and can read "
                        + String.join(", ", of(steps, all, step))
                        + ". Name each secret in the steps that need it: secrets: ["
                        + of(steps, all, step).iterator().next()
                        + "]. Steps that need none say secrets: []");
    }

    private static boolean isBehind(Set<String> gates, StepDefinition step, List<StepDefinition> steps) {
        Set<String> before = new LinkedHashSet<>();
        addNeeds(step, steps, before);
        return before.stream().anyMatch(gates::contains);
    }

    private static void addNeeds(StepDefinition step, List<StepDefinition> steps, Set<String> all) {
        for (String need : step.needs()) {
            if (all.add(need)) {
                steps.stream().filter(other -> other.id().equals(need)).forEach(other -> addNeeds(other, steps, all));
            }
        }
    }

    private static Stream<StepDefinition.Run> programs(List<StepDefinition> steps) {
        return JobDefinition.runSteps(withInstances(steps).toList()).stream();
    }

    /** Steps, and the instances of those that are run several times. */
    static Stream<StepDefinition> withInstances(List<StepDefinition> steps) {
        return steps.stream()
                .flatMap(step -> step instanceof StepDefinition.Repeated repeated
                        ? repeated.instances().stream()
                        : Stream.of(step));
    }
}
