package io.yardmaster.jobs;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads one step. What the job says for all its steps is known already. */
final class StepReader {

    static final List<String> TYPES = List.of("run", "eval", "sleep", "approval", "signal", "job");

    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Set<String> COMMON = Set.of("id", "name", "description", "type", "needs", "when");
    private static final Set<String> MATRIX_KEYS = Set.of("matrix", "max_parallel", "fail_fast");
    private static final Map<String, Set<String>> KEYS_OF_TYPE = Map.of(
            "run",
            RunStepReader.KEYS,
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

    private final RunStepReader runs;

    StepReader(RunStepReader runs) {
        this.runs = runs;
    }

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
            case "run" -> runs.read(node, complete, compiler, single);
            case "eval" -> eval(node, complete, compiler);
            case "sleep" -> sleep(node, complete);
            case "approval" -> ApprovalReader.read(node, complete, compiler);
            case "signal" -> signal(node, complete);
            default -> job(node, complete, compiler);
        };
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

    private static StepDefinition eval(ConfigNode node, StepHead head, ExpressionCompiler compiler) {
        SortedMap<String, Expression> values = new TreeMap<>();
        if (node.at("values").members().isEmpty() && !node.at("values").isPresent()) {
            node.error("has no values");
        }
        node.at("values").members().forEach((name, value) -> {
            FormReader.outputName(name, value);
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

    private static @Nullable StepDefinition signal(ConfigNode node, StepHead head) {
        ConfigNode signal = node.at("signal").allow(Set.of("name", "timeout", "schema"));
        if (!signal.at("name").isPresent()) {
            node.error("does not say which signal it waits for: signal: {name: …}");
        }
        String name = signal.at("name").plainText(63);
        if (name != null) {
            var _ = MessageName.isOne(name, "a signal", signal.at("name"));
        }
        Duration timeout = signal.at("timeout").duration(SHORTEST);
        Form schema = FormReader.read(signal.at("schema"));
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
                ? node.at("args").template(compiler).orElse(null)
                : null;
        OnFailure onFailure = node.at("on_failure")
                .choice(
                        OnFailure::of,
                        Arrays.stream(OnFailure.values()).map(OnFailure::label).toList());
        RetryPolicy retry = RetryReader.read(node.at("retry"));
        return id == null
                ? null
                : new StepDefinition.ChildRun(
                        head, id, source, args, retry, onFailure == null ? OnFailure.FAIL : onFailure);
    }
}
