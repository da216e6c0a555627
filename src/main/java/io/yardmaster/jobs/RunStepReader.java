package io.yardmaster.jobs;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a step that starts a process: what runs, where, with which variables, and what it leaves behind. */
final class RunStepReader {

    /** The keys that such a step has besides those of all steps. */
    static final Set<String> KEYS = Set.of(
            "script",
            "inline",
            "command",
            "executor",
            "ulc_profile",
            "image",
            "network",
            "resources",
            "retry",
            "outputs",
            "artifacts",
            "timeout",
            "env",
            "interruptible",
            "updates",
            "secrets");

    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Set<String> CONTAINER_KEYS = Set.of("image", "network", "resources");
    private static final Pattern ENV_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,254}");
    private static final Pattern ENV_TAKEN =
            Pattern.compile("YM_.*|BASH_FUNC_.*|BASHOPTS|SHELLOPTS|IFS|UID|EUID|PPID|TRACEPARENT|OPTARG|OPTIND|LINENO");

    private final JobDefaults defaults;
    private final CommandReader commands;
    private final JobFeatures features;

    RunStepReader(JobDefaults defaults, CommandReader commands, JobFeatures features) {
        this.defaults = defaults;
        this.commands = commands;
        this.features = features;
    }

    /**
     * Reads one.
     *
     * @param single whether the step is the whole job, with its keys among those of the job
     * @return null where errors were noted that leave no step
     */
    @Nullable
    StepDefinition read(ConfigNode node, StepHead head, ExpressionCompiler compiler, boolean single) {
        ExecutorKind executor = single ? defaults.executor() : JobReader.executor(node, defaults.executor());
        UlcProfile profile = single ? defaults.profile() : JobReader.profile(node, defaults.profile());
        SortedMap<String, Template> env = new TreeMap<>(defaults.env());
        if (!single) {
            env.putAll(env(node.at("env"), compiler));
        }
        RetryPolicy retry = RetryReader.read(node.at("retry"));
        SortedMap<String, OutputSchema> outputs = outputs(node.at("outputs"));
        List<ArtifactRule> artifacts = node.at("artifacts").json().isArray() || !single
                ? defaults.artifacts().read(node.at("artifacts"), compiler)
                : List.of();
        Duration timeout = node.at("timeout").duration(SHORTEST);
        boolean interruptible = node.at("interruptible").truth(false);
        SortedMap<String, UpdateTerms> updates = updates(node.at("updates"));
        Set<String> secrets = secrets(node.at("secrets"));
        boolean image = node.at("image").isPresent();
        StepCommand command =
                executor != ExecutorKind.PROC && image && !node.at("command").isPresent()
                        ? new StepCommand.Argv(List.of())
                        : commands.read(node, compiler);
        if (executor == ExecutorKind.PROC) {
            CONTAINER_KEYS.stream()
                    .filter(key -> node.at(key).isPresent())
                    .forEach(key -> node.at(key)
                            .error("has no meaning with executor: proc; "
                                    + "remove it, or choose executor: container"));
        } else {
            container(node, executor);
            features.missing(head.id(), "executor: " + executor.label());
            return new StepDefinition.Unsupported(head, "run", executor);
        }
        return command == null
                ? null
                : new StepDefinition.Run(
                        head,
                        command,
                        executor,
                        profile,
                        timeout,
                        retry,
                        env,
                        outputs,
                        artifacts,
                        defaults.artifacts().defaultKey(),
                        interruptible,
                        updates,
                        secrets);
    }

    /** The variables that a job or a step sets. */
    static SortedMap<String, Template> env(ConfigNode node, ExpressionCompiler compiler) {
        SortedMap<String, Template> env = new TreeMap<>();
        node.members().forEach((name, value) -> {
            if (!ENV_NAME.matcher(name).matches()) {
                value.error("'" + name + "' cannot be the name of a variable");
            } else if (ENV_TAKEN.matcher(name).matches()) {
                value.error("'" + name + "' is set by the server or the shell and cannot be changed");
            } else if (value.json().isObject()
                    || value.json().isArray()
                    || value.json().isNull()) {
                value.error("a variable is text, a number or true or false");
            } else {
                value.template(compiler).ifPresent(template -> env.put(name, template));
            }
        });
        return env;
    }

    private static SortedMap<String, OutputSchema> outputs(ConfigNode node) {
        SortedMap<String, OutputSchema> outputs = new TreeMap<>();
        node.members().forEach((name, value) -> {
            FormReader.outputName(name, value);
            List<Map.Entry<String, String>> faults = JsonSchemas.faults(value.json());
            faults.forEach(fault -> value.error(fault.getValue()));
            if (faults.isEmpty()) {
                outputs.put(name, new OutputSchema(value.json()));
            }
        });
        return outputs;
    }

    private static SortedMap<String, UpdateTerms> updates(ConfigNode node) {
        SortedMap<String, UpdateTerms> updates = new TreeMap<>();
        node.members().forEach((name, terms) -> {
            if (MessageName.isOne(name, "an update", terms)) {
                terms.allow(Set.of("schema"));
                updates.put(name, new UpdateTerms(FormReader.read(terms.at("schema"))));
            }
        });
        return updates;
    }

    private @Nullable Set<String> secrets(ConfigNode node) {
        if (!node.isPresent()) {
            return null;
        }
        Set<String> names = new TreeSet<>();
        for (ConfigNode element : node.elements()) {
            String name = element.plainText(63);
            if (name != null && !defaults.secrets().contains(name)) {
                element.error("'" + name + "' is no secret argument: "
                        + (defaults.secrets().isEmpty()
                                ? "the job has none"
                                : "there is " + String.join(", ", new TreeSet<>(defaults.secrets()))));
            } else if (name != null) {
                names.add(name);
            }
        }
        return names;
    }

    private static void container(ConfigNode node, ExecutorKind executor) {
        if (executor != ExecutorKind.WORKER && !node.at("image").isPresent()) {
            node.error("executor: " + executor.label() + " needs an image");
        }
        node.at("image").plainText(1_000);
        node.at("network").word(List.of("none", "egress"));
        node.at("resources").allow(Set.of("cpu", "memory")).members();
    }
}
