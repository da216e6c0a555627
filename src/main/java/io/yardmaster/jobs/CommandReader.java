package io.yardmaster.jobs;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads what a {@code run} step starts: {@code script}, {@code inline} or {@code command}. */
final class CommandReader {

    private static final int MAX_ARGUMENTS = 1_000;
    private static final int MAX_INLINE = 256 * 1024;
    private static final List<String> FORMS = List.of("script", "inline", "command");
    private static final Set<String> INTERPRETERS = Set.of(
            "sh",
            "bash",
            "dash",
            "zsh",
            "ksh",
            "ash",
            "fish",
            "busybox",
            "pwsh",
            "powershell",
            "python",
            "python3",
            "perl",
            "ruby",
            "node",
            "php",
            "awk",
            "gawk",
            "eval");

    /** {@code -c}, {@code -ec}, {@code -lc}, {@code -e}, {@code -Command}, {@code --eval}, …: code follows. */
    private static final Pattern CODE_FOLLOWS =
            Pattern.compile("-[a-zA-Z]*[cCeErR]|-[cC]ommand|--(eval|command|print)");

    private final Predicate<String> hasFile;

    CommandReader(Predicate<String> hasFile) {
        this.hasFile = hasFile;
    }

    /** The command; null where there is none or a broken one, which is noted. */
    @Nullable
    StepCommand read(ConfigNode step, @Nullable ExpressionCompiler compiler) {
        List<String> given =
                FORMS.stream().filter(form -> step.at(form).isPresent()).toList();
        if (given.size() != 1) {
            step.error(
                    given.isEmpty()
                            ? "has nothing to run; give it one of script, inline and command"
                            : "has " + String.join(" and ", given) + "; keep one of them");
            return null;
        }
        return switch (given.getFirst()) {
            case "script" -> script(step.at("script"));
            case "inline" -> inline(step.at("inline"));
            default -> command(step.at("command"), compiler);
        };
    }

    private @Nullable StepCommand script(ConfigNode node) {
        String text = node.plainText(1_000);
        String path = text == null ? null : path(text, node);
        return path == null ? null : new StepCommand.Script(path, List.of());
    }

    private static @Nullable StepCommand inline(ConfigNode node) {
        String text = node.text(MAX_INLINE);
        if (text != null && Template.isIn(text)) {
            node.error("templates are not expanded inside scripts; use the argument's variable ($YM_ARG_… or its own "
                    + "name), or 'env'");
            return null;
        }
        return text == null ? null : new StepCommand.Inline(text);
    }

    private @Nullable StepCommand command(ConfigNode node, @Nullable ExpressionCompiler compiler) {
        if (node.json().isString()) {
            String text = node.plainText(1_000);
            if (text == null) {
                return null;
            }
            if (text.strip().contains(" ")) {
                node.error(
                        "as text it is the name of one file of the job; write a program and its arguments as a list: "
                                + "command: [./run.sh, --fast]");
                return null;
            }
            String path = path(text, node);
            return path == null ? null : new StepCommand.Script(path, List.of());
        }
        List<ConfigNode> elements = node.elements();
        if (elements.isEmpty() || elements.size() > MAX_ARGUMENTS) {
            if (node.json().isArray()) {
                node.error("has " + elements.size() + " elements, expected 1 to " + MAX_ARGUMENTS);
            }
            return null;
        }
        return argv(elements, compiler);
    }

    private @Nullable StepCommand argv(List<ConfigNode> elements, @Nullable ExpressionCompiler compiler) {
        refuseTemplatesInCode(elements);
        String program = elements.getFirst().plainText(1_000);
        List<Template> templates = new ArrayList<>();
        for (ConfigNode element : elements) {
            Template template = template(element, compiler);
            if (template != null) {
                templates.add(template);
            }
        }
        if (program == null || templates.size() < elements.size()) {
            return null;
        }
        if (!program.startsWith("./")) {
            return new StepCommand.Argv(templates);
        }
        String path = path(program, elements.getFirst());
        return path == null ? null : new StepCommand.Script(path, templates.subList(1, templates.size()));
    }

    private static @Nullable Template template(ConfigNode element, @Nullable ExpressionCompiler compiler) {
        JsonNode json = element.json();
        if (!json.isString() && !json.isNumber() && !json.isBoolean()) {
            element.error("is not text");
            return null;
        }
        if (compiler == null) {
            return null;
        }
        try {
            return Template.compile(json, compiler);
        } catch (ExpressionFault e) {
            element.error(e.message());
            return null;
        }
    }

    /** A value put into code would be read as code. */
    private static void refuseTemplatesInCode(List<ConfigNode> elements) {
        boolean interpreter = false;
        boolean code = false;
        for (ConfigNode element : elements) {
            String text = element.json().asString("");
            if (code && Template.isIn(text)) {
                element.error("a template inside code would let a value be run as code; pass it as an argument of its "
                        + "own after the code, or in 'env'");
            }
            code = interpreter && CODE_FOLLOWS.matcher(text).matches();
            String name = text.substring(text.lastIndexOf('/') + 1);
            if (name.equals("eval") || name.endsWith("awk")) {
                code = true;
            }
            interpreter |= INTERPRETERS.contains(name);
        }
    }

    /** The path of a file of the job, without a leading {@code ./}. */
    private @Nullable String path(String written, ConfigNode node) {
        String path = written.startsWith("./") ? written.substring(2) : written;
        if (path.startsWith("/") || List.of(path.split("/", -1)).stream().anyMatch(Set.of("", ".", "..")::contains)) {
            node.error("'" + written + "' is not the path of a file in the job's folder, such as ./scripts/build.sh");
            return null;
        }
        if (!hasFile.test(path)) {
            node.error("there is no file '" + path + "' in the job's folder");
            return null;
        }
        return path;
    }
}
