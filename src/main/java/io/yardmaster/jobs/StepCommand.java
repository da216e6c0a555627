package io.yardmaster.jobs;

import java.util.List;

/** What a {@code run} step starts. */
public sealed interface StepCommand {

    /**
     * A file of the job's folder, run by the step's profile.
     *
     * @param path relative to the job's folder, with {@code /}, without a leading {@code ./}
     * @param arguments what follows it on the command line; each stays one element
     */
    record Script(String path, List<Template> arguments) implements StepCommand {
        public Script {
            arguments = List.copyOf(arguments);
        }
    }

    /** A text run by the step's profile. */
    record Inline(String text) implements StepCommand {}

    /** A program and its arguments, started as they are; each stays one element. */
    record Argv(List<Template> elements) implements StepCommand {
        public Argv {
            elements = List.copyOf(elements);
        }
    }
}
