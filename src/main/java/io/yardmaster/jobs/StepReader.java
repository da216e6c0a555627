package io.yardmaster.jobs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads one step. What the job says for all its steps is known already. */
final class StepReader {

    static final List<String> TYPES = List.of("run", "eval", "sleep", "approval", "signal", "job");

    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Set<String> COMMON = Set.of("id", "name", "description", "type", "needs", "when");
    static final String MUTABLE = "mutable";
    static final List<String> KEY_MODES = List.of("immutable", MUTABLE);

    static final Set<String> RUN_KEYS = Set.of(
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
    private static final Set<String> MATRIX_KEYS = Set.of("matrix", "max_parallel", "fail_fast");
    private static final Set<String> CONTAINER_KEYS = Set.of("image", "network", "resources");
    private static final Map<String, Set<String>> KEYS_OF_TYPE = Map.of(
            "run",
            RUN_KEYS,
            "eval",
            Set.of("values"),
            "sleep",
            Set.of("for"),
            "approval",
            Set.of("approval"),
            "signal",
            Set.of("signal"),
            "job",
            Set.of("job", "source", "args", "retry", "on_failure"));
    private static final Set<String> APPROVAL_KEYS = Set.of(
            "title",
            "description",
            "required",
            "groups",
            "allow_self",
            "deny_quorum",
            "expires_in",
            "on_expiry",
            "remind_every",
            "form");

    private static final Pattern ENV_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,254}");
    private static final Pattern ENV_TAKEN =
            Pattern.compile("YM_.*|BASH_FUNC_.*|BASHOPTS|SHELLOPTS|IFS|UID|EUID|PPID|TRACEPARENT|OPTARG|OPTIND|LINENO");
    private static final Pattern OUTPUT_NAME = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]{0,62}");
    private static final Pattern MESSAGE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final String MESSAGE_NAME_RULE =
            "has letters, digits, '-', '_' and '.', and begins with a letter or digit";
    private static final Pattern EXIT_CODE = Pattern.compile("exit:(\\d{1,3})");
    private static final List<String> FAILURES = List.of("application", "system", "timeout", "resource");

    private final JobDefaults defaults;
    private final CommandReader commands;
    private final JobFeatures features;

    StepReader(JobDefaults defaults, CommandReader commands, JobFeatures features) {
        this.defaults = defaults;
        this.commands = commands;
        this.features = features;
    }

    /**
     * What steps take over from the job where they say nothing themselves.
     *
     * @param secrets the names of the secret arguments, of which steps may name some
     * @param artifactKey of artifacts that name none; null: they have none
     * @param mutableKeys whether the keys of artifacts are mutable
     */
    record JobDefaults(
            ExecutorKind executor,
            UlcProfile profile,
            SortedMap<String, Template> env,
            Set<String> secrets,
            @Nullable ArtifactKey artifactKey,
            boolean mutableKeys) {}

    /**
     * Reads a step.
     *
     * @param single whether the step is the whole job, with its keys among those of the job
     * @return null where errors were noted that leave no step
     */
    @Nullable
    StepDefinition read(ConfigNode node, StepHead head, String type, ExpressionContext context, boolean single) {
        Matrix matrix = MatrixReader.read(node, type, single);
        if (!single) {
            Set<String> keys = new TreeSet<>(COMMON);
            keys.addAll(KEYS_OF_TYPE.getOrDefault(type, Set.of()));
            keys.addAll(MATRIX_KEYS);
            node.allow(keys);
        }
        ExpressionCompiler compiler = new ExpressionCompiler(
                node.at("matrix").isPresent() ? context.withMatrix(MatrixReader.types(node)) : context);
        StepDefinition step = read(node, head.when(when(node, compiler)), type, compiler, single);
        return matrix == null || step == null || step instanceof StepDefinition.Unsupported
                ? step
                : StepDefinition.Repeated.of(step, matrix);
    }

    private @Nullable StepDefinition read(
            ConfigNode node, StepHead complete, String type, ExpressionCompiler compiler, boolean single) {
        return switch (type) {
            case "run" -> run(node, complete, compiler, single);
            case "eval" -> eval(node, complete, compiler);
            case "sleep" -> sleep(node, complete);
            case "approval" -> approval(node, complete, compiler);
            case "signal" -> signal(node, complete);
            default -> job(node, complete, compiler);
        };
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
                compile(value, compiler).ifPresent(template -> env.put(name, template));
            }
        });
        return env;
    }

    /** The outputs a step declares. */
    static SortedMap<String, OutputSchema> outputs(ConfigNode node) {
        SortedMap<String, OutputSchema> outputs = new TreeMap<>();
        node.members().forEach((name, value) -> {
            outputName(name, value);
            List<Map.Entry<String, String>> faults = JsonSchemas.faults(value.json());
            faults.forEach(fault -> value.error(fault.getValue()));
            if (faults.isEmpty()) {
                outputs.put(name, new OutputSchema(value.json()));
            }
        });
        return outputs;
    }

    private static @Nullable Condition when(ConfigNode node, ExpressionCompiler compiler) {
        ConfigNode when = node.at("when");
        if (when.json().isBoolean()) {
            when.error("write the condition as text: when: \"" + when.json() + "\"");
            return null;
        }
        String text = when.text(4_096);
        if (text == null) {
            return null;
        }
        if (Template.isIn(text)) {
            when.error("is an expression already; write it without ${{ }}");
            return null;
        }
        try {
            return compiler.condition(text);
        } catch (ExpressionFault e) {
            when.error(e.message());
            return null;
        }
    }

    private @Nullable StepDefinition run(ConfigNode node, StepHead head, ExpressionCompiler compiler, boolean single) {
        ExecutorKind executor = single ? defaults.executor() : JobReader.executor(node, defaults.executor());
        UlcProfile profile = single ? defaults.profile() : JobReader.profile(node, defaults.profile());
        SortedMap<String, Template> env = new TreeMap<>(defaults.env());
        if (!single) {
            env.putAll(env(node.at("env"), compiler));
        }
        RetryPolicy retry = retry(node.at("retry"));
        SortedMap<String, OutputSchema> outputs = outputs(node.at("outputs"));
        List<ArtifactRule> artifacts = node.at("artifacts").json().isArray() || !single
                ? artifacts(node.at("artifacts"), compiler)
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
                        defaults.artifactKey(),
                        interruptible,
                        updates,
                        secrets);
    }

    private static SortedMap<String, UpdateTerms> updates(ConfigNode node) {
        SortedMap<String, UpdateTerms> updates = new TreeMap<>();
        node.members().forEach((name, terms) -> {
            if (!MESSAGE_NAME.matcher(name).matches()) {
                terms.error("an update's name " + MESSAGE_NAME_RULE);
                return;
            }
            terms.allow(Set.of("schema"));
            updates.put(name, new UpdateTerms(form(terms.at("schema"))));
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

    private static RetryPolicy retry(ConfigNode node) {
        if (!node.isPresent()) {
            return RetryPolicy.NEVER;
        }
        node.allow(Set.of("attempts", "backoff", "factor", "max", "jitter", "match"));
        Duration backoff = node.at("backoff").duration(Duration.ZERO);
        Duration max = node.at("max").duration(Duration.ZERO);
        if (!node.at("attempts").isPresent() && node.isObject()) {
            node.error("says nothing of how many attempts there are: attempts: 3");
        }
        return new RetryPolicy(
                node.at("attempts").integer(1, 1, 100),
                backoff == null ? RetryPolicy.NEVER.backoff() : backoff,
                node.at("factor").number(RetryPolicy.NEVER.factor(), 1, 100),
                max == null ? RetryPolicy.NEVER.max() : max,
                node.at("jitter").truth(true),
                node.at("match").isPresent()
                        ? matches(node.at("match"))
                        : FAILURES.stream()
                                .<RetryMatch>map(RetryMatch.Category::new)
                                .toList());
    }

    private static List<RetryMatch> matches(ConfigNode node) {
        List<String> words = new ArrayList<>(FAILURES);
        words.add("exit:N");
        List<RetryMatch> matches = new ArrayList<>();
        for (ConfigNode element : node.elements()) {
            RetryMatch match = element.choice(StepReader::match, words);
            if (match != null) {
                matches.add(match);
            }
        }
        return matches;
    }

    private static Optional<RetryMatch> match(String text) {
        var exit = EXIT_CODE.matcher(text);
        if (exit.matches()) {
            int code = Integer.parseInt(exit.group(1));
            return code >= 1 && code <= 255 ? Optional.of(new RetryMatch.ExitCode(code)) : Optional.empty();
        }
        return FAILURES.contains(text) ? Optional.of(new RetryMatch.Category(text)) : Optional.empty();
    }

    private List<ArtifactRule> artifacts(ConfigNode node, ExpressionCompiler compiler) {
        List<ArtifactRule> rules = new ArrayList<>();
        for (ConfigNode element : node.elements()) {
            element.allow(Set.of("path", "name", "key", "mode"));
            ArtifactKey key = artifactKey(element, compiler);
            ConfigNode pathNode = element.at("path");
            String path = pathNode.plainText(1_000);
            String name = element.at("name").plainText(200);
            if (!pathNode.isPresent() && element.isObject()) {
                element.error("has no path");
            }
            if (name != null && (name.contains("/") || name.startsWith("."))) {
                element.at("name").error("a name holds no '/' and does not begin with '.'");
            }
            if (path == null) {
                continue;
            }
            if (path.startsWith("/") || List.of(path.split("/", -1)).contains("..")) {
                pathNode.error("is beneath the workspace: relative, without '..'");
            } else {
                rules.add(new ArtifactRule(path.startsWith("./") ? path.substring(2) : path, name, key));
            }
        }
        return rules;
    }

    private @Nullable ArtifactKey artifactKey(ConfigNode rule, ExpressionCompiler compiler) {
        String mode = rule.at("mode").word(KEY_MODES);
        Template text = key(rule.at("key"), compiler).orElse(null);
        if (text != null) {
            return new ArtifactKey(text, mode == null ? defaults.mutableKeys() : mode.equals(MUTABLE));
        }
        ArtifactKey otherwise = rule.at("key").isPresent() ? null : defaults.artifactKey();
        if (mode != null && otherwise == null && !rule.at("key").isPresent()) {
            rule.at("mode").warning("has no effect without a key");
        }
        return otherwise == null || mode == null ? otherwise : new ArtifactKey(otherwise.text(), mode.equals(MUTABLE));
    }

    /** The text of an artifact's key. */
    static Optional<Template> key(ConfigNode node, ExpressionCompiler compiler) {
        String text = node.text(500);
        Optional<String> fault = text == null ? Optional.empty() : ArtifactKey.fault(text);
        fault.ifPresent(node::error);
        return text == null || fault.isPresent() ? Optional.empty() : compile(node, compiler);
    }

    private static StepDefinition eval(ConfigNode node, StepHead head, ExpressionCompiler compiler) {
        SortedMap<String, Expression> values = new TreeMap<>();
        if (node.at("values").members().isEmpty() && !node.at("values").isPresent()) {
            node.error("has no values");
        }
        node.at("values").members().forEach((name, value) -> {
            outputName(name, value);
            String text = value.json().isNumber() || value.json().isBoolean()
                    ? value.json().toString()
                    : value.text(4_096);
            try {
                if (text != null && Template.isIn(text)) {
                    value.error("is an expression already; write it without ${{ }}");
                } else if (text != null) {
                    values.put(name, compiler.compile(text));
                }
            } catch (ExpressionFault e) {
                value.error(e.message());
            }
        });
        return new StepDefinition.Eval(head, values);
    }

    private static @Nullable StepDefinition sleep(ConfigNode node, StepHead head) {
        if (!node.at("for").isPresent()) {
            node.error("does not say for how long: for: 5m");
        }
        Duration duration = node.at("for").duration(Duration.ZERO);
        return duration == null ? null : new StepDefinition.Sleep(head, duration);
    }

    private static @Nullable StepDefinition approval(ConfigNode node, StepHead head, ExpressionCompiler compiler) {
        ConfigNode approval = node.at("approval");
        if (!approval.at("title").isPresent()) {
            node.error("asks nothing: approval: {title: …}");
        }
        ApprovalTerms terms = terms(approval, null, compiler);
        return terms == null ? null : new StepDefinition.Approval(head, terms);
    }

    /**
     * The gate that {@code policy: approval} puts before the whole job.
     *
     * @param root the job; its {@code approval} may say more
     * @param title the question, where the job has none of its own
     */
    static @Nullable StepDefinition gate(ConfigNode root, StepHead head, String title, ExpressionContext context) {
        ApprovalTerms terms = terms(root.at("approval"), title, new ExpressionCompiler(context));
        return terms == null ? null : new StepDefinition.Approval(head, terms);
    }

    private static @Nullable ApprovalTerms terms(
            ConfigNode approval, @Nullable String otherwise, ExpressionCompiler compiler) {
        if (approval.isPresent() && !approval.isObject()) {
            return null;
        }
        approval.allow(APPROVAL_KEYS);
        approval.at("title").text(1_024);
        approval.at("description").text(16_384);
        Template title = compile(approval.at("title"), compiler).orElse(null);
        if (title == null && otherwise != null) {
            title = Template.text(otherwise);
        }
        OnExpiry onExpiry = approval.at("on_expiry")
                .choice(
                        OnExpiry::of,
                        Arrays.stream(OnExpiry.values()).map(OnExpiry::label).toList());
        if (approval.at("on_expiry").isPresent() && !approval.at("expires_in").isPresent()) {
            approval.at("on_expiry").warning("has no effect without expires_in");
        }
        int required = approval.at("required").integer(1, 1, 100);
        List<String> groups = approval.at("groups").texts(200);
        boolean allowSelf = approval.at("allow_self").truth(false);
        int denyQuorum = approval.at("deny_quorum").integer(1, 1, 100);
        Duration expiresIn = approval.at("expires_in").duration(Duration.ofSeconds(1));
        Duration remindEvery = approval.at("remind_every").duration(Duration.ofSeconds(1));
        Template description = compile(approval.at("description"), compiler).orElse(null);
        Form form = form(approval.at("form"));
        return title == null
                ? null
                : new ApprovalTerms(
                        title,
                        description,
                        required,
                        groups,
                        allowSelf,
                        denyQuorum,
                        expiresIn,
                        onExpiry == null ? OnExpiry.DENY : onExpiry,
                        remindEvery,
                        form);
    }

    private static @Nullable Form form(ConfigNode node) {
        if (!node.isPresent()) {
            return null;
        }
        List<Map.Entry<String, String>> faults = JsonSchemas.faults(node.json());
        faults.forEach(fault -> node.error(fault.getValue()));
        if (!faults.isEmpty() || !node.isObject()) {
            return null;
        }
        if (!node.json().path("type").asString("").equals("object")) {
            node.error("describes an object: type: object");
            return null;
        }
        node.at("properties").members().forEach(StepReader::outputName);
        return Form.of((ObjectNode) node.json());
    }

    private static @Nullable StepDefinition signal(ConfigNode node, StepHead head) {
        ConfigNode signal = node.at("signal").allow(Set.of("name", "timeout", "schema"));
        if (!signal.at("name").isPresent()) {
            node.error("does not say which signal it waits for: signal: {name: …}");
        }
        String name = signal.at("name").plainText(63);
        if (name != null && !MESSAGE_NAME.matcher(name).matches()) {
            signal.at("name").error("a signal's name " + MESSAGE_NAME_RULE);
        }
        Duration timeout = signal.at("timeout").duration(SHORTEST);
        Form schema = form(signal.at("schema"));
        return name == null ? null : new StepDefinition.Signal(head, name, timeout, schema);
    }

    private static @Nullable StepDefinition job(ConfigNode node, StepHead head, ExpressionCompiler compiler) {
        String job = node.at("job").plainText(512);
        JobId id = job == null ? null : JobId.parse(job).orElse(null);
        if (id == null) {
            node.error("does not name a job: job: namespace/name");
        }
        String source = node.at("source").plainText(255);
        Template args = node.at("args").isPresent() && node.at("args").isObject()
                ? compile(node.at("args"), compiler).orElse(null)
                : null;
        OnFailure onFailure = node.at("on_failure")
                .choice(
                        OnFailure::of,
                        Arrays.stream(OnFailure.values()).map(OnFailure::label).toList());
        RetryPolicy retry = retry(node.at("retry"));
        return id == null
                ? null
                : new StepDefinition.ChildRun(
                        head, id, source, args, retry, onFailure == null ? OnFailure.FAIL : onFailure);
    }

    private static Optional<Template> compile(ConfigNode node, ExpressionCompiler compiler) {
        JsonNode json = node.json();
        if (!node.isPresent()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Template.compile(json, compiler));
        } catch (ExpressionFault e) {
            node.error(e.message());
            return Optional.empty();
        }
    }

    private static void outputName(String name, ConfigNode node) {
        if (!OUTPUT_NAME.matcher(name).matches()) {
            node.error(
                    "'" + name + "' cannot be an output's name: letters, digits and '_', not beginning with a digit");
        }
    }
}
