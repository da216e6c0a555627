package io.yardmaster.executors;

import java.util.List;

/** What a step runs. */
public sealed interface Command {

    /**
     * A file of the job, run by the step's interpreter.
     *
     * @param path relative to the job's folder, beneath it
     */
    record Script(String path, List<String> arguments) implements Command {

        public Script {
            arguments = List.copyOf(arguments);
        }
    }

    /** Source text for the step's interpreter. */
    record Inline(String text) implements Command {}

    /**
     * A program and its arguments, run without an interpreter. A program with a slash in its name is a file of the job
     * unless it is absolute; one without is searched on {@code PATH}.
     */
    record Argv(List<String> elements) implements Command {

        public Argv {
            elements = List.copyOf(elements);
            if (elements.isEmpty()) {
                throw new IllegalArgumentException("A command needs a program.");
            }
        }
    }
}
