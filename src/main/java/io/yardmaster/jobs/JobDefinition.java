package io.yardmaster.jobs;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a job's {@code config.yaml} says: read, checked and compiled. Immutable, and shared between threads.
 *
 * @param title for people; the last part of the id where the file gives none
 * @param arguments what arguments the job takes
 * @param composition {@code single} (one step with the id {@code main}) or {@code steps}
 * @param securityProfile the stricter profile the job asks for; null: none
 * @param concurrency how many runs may be under way at once; null: any number
 * @param gate the step at which people are asked before anything else begins; null: nobody is
 * @param steps in the order of the file; every step comes with all it needs
 * @param everyStep the same, each {@linkplain StepDefinition.Repeated repeated} one followed by its instances
 * @param result what the run answers; null: what the last step wrote
 * @param warnings what in the file has no effect or is likely a slip
 * @param notRunnableReasons what the job uses that this server cannot do yet; empty for a job that can be run
 */
public record JobDefinition(
        JobId id,
        String title,
        @Nullable String description,
        @Nullable String version,
        SortedMap<String, String> labels,
        ExecutorKind executor,
        UlcProfile profile,
        String composition,
        @Nullable SecurityProfile securityProfile,
        Argspec arguments,
        Timeouts timeouts,
        @Nullable Concurrency concurrency,
        @Nullable String gate,
        List<StepDefinition> steps,
        List<StepDefinition> everyStep,
        @Nullable Template result,
        List<JobFault> warnings,
        List<String> notRunnableReasons) {

    /** The id of the only step of a job with {@code composition: single}. */
    public static final String SINGLE_STEP = "main";

    /** The id of the step that {@code policy: approval} puts before all others. */
    public static final String GATE = "approval";

    private static final int MOST_NAMES = 50;

    public JobDefinition {
        steps = List.copyOf(steps);
        everyStep = List.copyOf(everyStep);
        warnings = List.copyOf(warnings);
        notRunnableReasons = List.copyOf(notRunnableReasons);
    }

    /** The step of this id, which may be one instance of a step. */
    public Optional<StepDefinition> step(String stepId) {
        return everyStep.stream().filter(step -> step.id().equals(stepId)).findFirst();
    }

    /** The ids of its steps, for people who have named one that there is not. */
    public String stepNames() {
        String names = steps.stream()
                .limit(MOST_NAMES)
                .map(step -> step instanceof StepDefinition.Repeated repeated
                        ? step.id() + " (" + instanceNames(repeated) + ")"
                        : step.id())
                .collect(Collectors.joining(", "));
        return steps.size() > MOST_NAMES ? names + ", …" : names;
    }

    private static String instanceNames(StepDefinition.Repeated step) {
        String first = step.instances().getFirst().id();
        return step.instances().size() == 1
                ? first
                : first + " to " + step.instances().getLast().id();
    }

    /** Those of {@link #everyStep} that run a program. */
    public List<StepDefinition.Run> runSteps() {
        return runSteps(everyStep);
    }

    static List<StepDefinition.Run> runSteps(List<StepDefinition> everyStep) {
        return everyStep.stream()
                .filter(StepDefinition.Run.class::isInstance)
                .map(StepDefinition.Run.class::cast)
                .toList();
    }

    /** The JSON Schema (2020-12) of the arguments; must not be changed. */
    public ObjectNode argspec() {
        return arguments.schema();
    }

    /** The names of the arguments that are secrets. */
    public Set<String> secretArgs() {
        return arguments.secrets();
    }
}
