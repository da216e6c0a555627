package io.yardmaster.executors.process;

import io.yardmaster.executors.Assignment;
import io.yardmaster.executors.Command;
import io.yardmaster.executors.Interpreter;
import io.yardmaster.executors.StepFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * What the shim has to start for an attempt.
 *
 * @param command the program, absolute, and its arguments
 */
record StepProgram(List<String> command, Map<String, String> environment) {

    /** Writes the files the step needs and says how to run it. */
    static StepProgram prepare(Assignment assignment, Path files) throws NotStartedException, IOException {
        refuseNul(assignment);
        Files.createDirectories(files.resolve(StepFiles.ARTIFACTS));
        Files.writeString(
                files.resolve(StepEnvironment.ARGS_FILE), assignment.args().toString());
        if (assignment.takesUpdates()) {
            new UpdateSpool(files.resolve(UpdateSpool.FOLDER)).create();
        }
        Map<String, String> environment = StepEnvironment.of(assignment, files);
        List<String> command = switch (assignment.command()) {
            case Command.Script script ->
                interpreted(assignment, jobFile(assignment, script.path()), script.arguments(), files);
            case Command.Inline inline ->
                interpreted(assignment, inline(assignment.interpreter(), inline, files), List.of(), files);
            case Command.Argv argv -> argv(assignment, argv, environment);
        };
        if (assignment.interpreter() == Interpreter.BASH && !(assignment.command() instanceof Command.Argv)) {
            Path prelude = files.resolve("prelude.bash");
            Files.writeString(
                    prelude,
                    BashPrelude.of(assignment.args(), assignment.secrets())
                            + (assignment.takesUpdates() ? HostScript.text("updates.bash") : ""));
            environment.put("BASH_ENV", prelude.toString());
        }
        return new StepProgram(command, environment);
    }

    private static List<String> interpreted(Assignment assignment, Path script, List<String> arguments, Path files)
            throws NotStartedException, IOException {
        List<String> command = new ArrayList<>();
        switch (assignment.interpreter()) {
            case BASH -> command.add(interpreter("bash", "Bash"));
            case PYTHON -> {
                command.add(interpreter("python3", "Python 3"));
                // Unbuffered: what a script prints is seen when it prints it.
                command.add("-u");
            }
            case POWERSHELL -> {
                Path prelude = files.resolve("prelude.ps1");
                Files.writeString(prelude, PowerShellPrelude.TEXT);
                command.addAll(List.of(interpreter("pwsh", "PowerShell"), "-NoLogo", "-NoProfile", "-NonInteractive"));
                command.addAll(List.of("-File", prelude.toString()));
            }
            case EXEC -> requireExecutable(script, assignment);
        }
        command.add(script.toString());
        command.addAll(arguments);
        return command;
    }

    private static List<String> argv(Assignment assignment, Command.Argv argv, Map<String, String> environment)
            throws NotStartedException {
        String name = argv.elements().getFirst();
        Path program;
        if (name.contains("/")) {
            program = name.startsWith("/") ? Path.of(name) : jobFile(assignment, name);
            requireExecutable(program, assignment);
        } else {
            program = ProgramSearch.find(name, environment.getOrDefault("PATH", ProgramSearch.serverPath()))
                    .orElseThrow(() -> new NotStartedException("The program " + name + " is not on PATH."));
        }
        List<String> command = new ArrayList<>(argv.elements());
        command.set(0, program.toString());
        return command;
    }

    private static Path jobFile(Assignment assignment, String path) throws NotStartedException {
        Path job = assignment.folder().job();
        Path file = job.resolve(path).normalize();
        if (!file.startsWith(job) || !Files.isRegularFile(file)) {
            throw new NotStartedException("The job has no file " + path + ".");
        }
        return file;
    }

    private static Path inline(Interpreter interpreter, Command.Inline inline, Path files)
            throws NotStartedException, IOException {
        String name = switch (interpreter) {
            case BASH -> "inline.sh";
            case POWERSHELL -> "inline.ps1";
            case PYTHON -> "inline.py";
            case EXEC ->
                throw new NotStartedException("ulc.exec runs a file of the job or a list of arguments, not text.");
        };
        return Files.writeString(files.resolve(name), inline.text());
    }

    private static void requireExecutable(Path program, Assignment assignment) throws NotStartedException {
        Path job = assignment.folder().job();
        String name = program.startsWith(job) ? "The job's file " + job.relativize(program) : "The file " + program;
        if (!Files.isRegularFile(program)) {
            throw new NotStartedException(name + " does not exist.");
        }
        if (!Files.isExecutable(program)) {
            throw new NotStartedException(name + " is not executable.");
        }
    }

    private static String interpreter(String program, String name) throws NotStartedException {
        return ProgramSearch.find(program)
                .orElseThrow(() -> new NotStartedException(name + " is not installed on this host."))
                .toString();
    }

    /** No process can be given a NUL: neither in its environment nor in its arguments. */
    private static void refuseNul(Assignment assignment) throws NotStartedException {
        for (Map.Entry<String, JsonNode> arg : assignment.args().properties()) {
            JsonNode value = arg.getValue();
            Stream<JsonNode> texts = value.isContainer() ? value.valueStream() : Stream.of(value);
            boolean inKey = value.propertyNames().stream().anyMatch(StepProgram::hasNul);
            if (inKey || texts.anyMatch(text -> hasNul(StepEnvironment.text(text)))) {
                throw new NotStartedException("The argument " + arg.getKey() + " holds a NUL character.");
            }
        }
        for (Map.Entry<String, String> entry : assignment.environment().entrySet()) {
            if (hasNul(entry.getValue())
                    || hasNul(entry.getKey())
                    || entry.getKey().contains("=")) {
                throw new NotStartedException("The environment variable "
                        + entry.getKey().replace('\0', '?') + " has a name or value that no process can be given.");
            }
        }
        Stream<String> words = switch (assignment.command()) {
            case Command.Argv argv -> argv.elements().stream();
            case Command.Script script -> Stream.concat(Stream.of(script.path()), script.arguments().stream());
            case Command.Inline inline -> Stream.empty();
        };
        if (words.anyMatch(StepProgram::hasNul)) {
            throw new NotStartedException("The command holds a NUL character.");
        }
    }

    private static boolean hasNul(String text) {
        return text.indexOf('\0') >= 0;
    }
}
