package io.yardmaster.jobs;

import io.yardmaster.jobs.ExpressionContext.StepShape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads a job's {@code config.yaml}: all of it or, where something is wrong, everything that is. */
final class JobReader {

    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Pattern LABEL = Pattern.compile("[a-z][a-z0-9_-]{0,62}");
    private static final Set<String> JOB_KEYS = Set.of(
            "name",
            "description",
            "version",
            "labels",
            "executor",
            "ulc_profile",
            "composition",
            "security_profile",
            "exec_profile",
            "serviceBindings",
            "argspec",
            "timeouts",
            "policy",
            "approval",
            "concurrency",
            "env",
            "artifacts",
            "workspace",
            "result");

    private final JobId id;
    private final Predicate<String> hasFile;
    private final ConfigNode root;
    private final ConfigFindings findings;
    private final JobFeatures features = new JobFeatures();

    private JobReader(JobId id, Predicate<String> hasFile, YamlDocument document) {
        this.id = id;
        this.hasFile = hasFile;
        this.findings = new ConfigFindings(document.lines());
        this.root = new ConfigNode(findings, document.root(), "");
    }

    /**
     * What reading came to.
     *
     * @param definition null where there are errors
     * @param errors why there is none, with what else was noticed; empty where there is one
     */
    record Outcome(@Nullable JobDefinition definition, List<JobFault> errors) {}

    /**
     * Reads a job.
     *
     * @param config the bytes of its {@code config.yaml}
     * @param hasFile whether the job's folder holds a file of this path
     */
    static Outcome read(JobId id, byte[] config, Predicate<String> hasFile) {
        try {
            YamlDocument document = YamlDocument.parse(config);
            JobReader reader = new JobReader(id, hasFile, document);
            JobDefinition definition = reader.definition();
            // A slip that alone would be a warning may well be why something else is missing.
            return reader.findings.hasErrors()
                    ? new Outcome(null, reader.findings.all())
                    : new Outcome(definition, List.of());
        } catch (YamlDocument.YamlFault e) {
            return new Outcome(
                    null, List.of(new JobFault(ConfigFindings.FILE, e.line(), String.valueOf(e.getMessage()))));
        }
    }

    static ExecutorKind executor(ConfigNode node, ExecutorKind otherwise) {
        ExecutorKind executor = node.at("executor")
                .choice(
                        ExecutorKind::of,
                        Arrays.stream(ExecutorKind.values())
                                .map(ExecutorKind::label)
                                .toList());
        return executor == null ? otherwise : executor;
    }

    static UlcProfile profile(ConfigNode node, UlcProfile otherwise) {
        UlcProfile profile = node.at("ulc_profile")
                .choice(
                        UlcProfile::of,
                        Arrays.stream(UlcProfile.values())
                                .map(UlcProfile::label)
                                .toList());
        return profile == null ? otherwise : profile;
    }

    private @Nullable JobDefinition definition() {
        if (!root.isObject()) {
            return null;
        }
        String composition = composition();
        boolean single = composition.equals("single");
        Set<String> keys = new TreeSet<>(JOB_KEYS);
        keys.addAll(single ? RunStepReader.KEYS : Set.of("steps"));
        root.allow(keys);

        ExecutorKind executor = executor(root, ExecutorKind.PROC);
        UlcProfile profile = profile(root, UlcProfile.BASH);
        Argspec arguments = ArgspecReader.read(root.at("argspec"), usesPowerShell(profile));
        ExpressionContext context = new ExpressionContext(
                arguments.types(), arguments.isOpen(), arguments.secrets(), Map.of(), Set.of(), Map.of(), List.of());
        unsupportedFeatures();

        boolean gated = isGated();
        StepPlaces places = StepPlaces.of(root, single, gated);
        ExpressionContext ofJob = context.withSteps(Map.of(), places.ids(), List.of());
        List<StepDefinition> steps = List.of();
        if (!places.areInACircle()) {
            JobDefaults defaults = defaults(executor, profile, new ExpressionCompiler(ofJob), arguments.secrets());
            RunStepReader runs = new RunStepReader(defaults, new CommandReader(hasFile), features);
            steps = steps(places, context, new StepReader(runs), single);
        }
        MessageSchemas.check(steps, root.at("steps"));
        StepSecrets.beforeGates(steps, arguments.secrets()).ifPresent(root.at("steps")::warning);
        Concurrency concurrency = ConcurrencyReader.read(root.at("concurrency"), ofJob);
        Template result = result(places, context);
        String title = root.at("name").plainText(200);
        return new JobDefinition(
                id,
                title == null ? id.name() : title,
                root.at("description").plainText(4_096),
                root.at("version").plainText(100),
                labels(),
                executor,
                profile,
                composition,
                root.at("security_profile")
                        .choice(
                                SecurityProfile::of,
                                Arrays.stream(SecurityProfile.values())
                                        .map(SecurityProfile::label)
                                        .toList()),
                arguments,
                timeouts(root.at("timeouts")),
                concurrency,
                gated ? JobDefinition.GATE : null,
                steps,
                everyStep(steps),
                result,
                findings.warnings(),
                features.reasons());
    }

    private boolean usesPowerShell(UlcProfile ofJob) {
        String label = UlcProfile.POWERSHELL.label();
        return ofJob == UlcProfile.POWERSHELL
                || root.json()
                        .path("steps")
                        .valueStream()
                        .anyMatch(step -> step.path("ulc_profile").asString("").equals(label));
    }

    private String composition() {
        String written = root.at("composition").word(List.of("single", "steps"));
        String composition = written == null ? "single" : written;
        List<String> commands = List.of("command", "script", "inline").stream()
                .filter(key -> root.at(key).isPresent())
                .toList();
        if (composition.equals("single") && root.at("steps").isPresent()) {
            root.at("steps")
                    .error(
                            written == null
                                    ? "needs composition: steps above it"
                                    : "contradicts composition: single; remove it, or write composition: steps");
            return commands.isEmpty() ? "steps" : "single";
        }
        if (composition.equals("steps")) {
            commands.forEach(key -> root.at(key).error("contradicts composition: steps; move it into a step"));
            if (root.at("steps").json().isMissingNode()
                    || (root.at("steps").json().isArray()
                            && root.at("steps").json().isEmpty())) {
                root.error("has no steps");
            }
        }
        return composition;
    }

    private void unsupportedFeatures() {
        if ("privileged".equals(root.at("exec_profile").word(List.of("standard", "privileged")))) {
            features.missing("", "exec_profile: privileged");
        }
        if (!root.at("serviceBindings").texts(200).isEmpty()) {
            features.missing("", "serviceBindings");
        }
        if (root.at("workspace").isPresent()) {
            root.at("workspace").allow(Set.of("keep")).at("keep").duration(SHORTEST);
            features.missing("", "workspace.keep");
        }
    }

    private JobDefaults defaults(
            ExecutorKind executor, UlcProfile profile, ExpressionCompiler jobLevel, Set<String> secrets) {
        SortedMap<String, Template> env = RunStepReader.env(root.at("env"), jobLevel);
        return new JobDefaults(executor, profile, env, secrets, ArtifactReader.of(root.at("artifacts"), jobLevel));
    }

    private boolean isGated() {
        boolean gated = "approval".equals(root.at("policy").word(List.of("none", "approval")));
        if (!gated && root.at("approval").isPresent()) {
            root.at("approval").warning("has no effect without policy: approval");
        }
        return gated;
    }

    private SortedMap<String, String> labels() {
        SortedMap<String, String> labels = new TreeMap<>();
        root.at("labels").members().forEach((key, value) -> {
            if (!LABEL.matcher(key).matches()) {
                value.error(
                        "a label's key begins with a lower-case letter and goes on with lower-case letters, digits, "
                                + "'_' and '-', at most 63 of them");
            }
            String text = value.plainText(256);
            if (text != null) {
                labels.put(key, text);
            }
        });
        return labels;
    }

    private static Timeouts timeouts(ConfigNode node) {
        node.allow(Set.of("run", "step", "queue", "deadline"));
        return new Timeouts(
                node.at("run").duration(SHORTEST),
                node.at("step").duration(SHORTEST),
                node.at("queue").duration(SHORTEST),
                node.at("deadline").duration(SHORTEST));
    }

    private List<StepDefinition> steps(
            StepPlaces places, ExpressionContext context, StepReader reader, boolean single) {
        Map<String, StepShape> shapes = places.shapes();
        List<StepDefinition> steps = new ArrayList<>();
        for (StepPlace place : places.all()) {
            Set<String> ancestors = places.ancestors(place);
            Map<String, StepShape> visible = new LinkedHashMap<>(shapes);
            visible.keySet().retainAll(ancestors);
            Set<String> others = new LinkedHashSet<>(shapes.keySet());
            others.removeAll(ancestors);
            List<String> needs = place.needs().stream()
                    .filter(shapes::containsKey)
                    .distinct()
                    .toList();
            String title =
                    single || place.isGate() ? null : place.node().at("name").plainText(200);
            StepHead head = new StepHead(
                    place.id(),
                    title == null ? place.id() : title,
                    needs,
                    null,
                    null,
                    place.node().line());
            ExpressionContext here = context.withSteps(visible, others, needs);
            StepDefinition step = place.isGate()
                    ? ApprovalReader.gate(root, head, gateTitle(), here)
                    : reader.read(place.node(), head, place.type(), here, single);
            if (step != null) {
                steps.add(step);
            }
        }
        return steps;
    }

    private static List<StepDefinition> everyStep(List<StepDefinition> steps) {
        return steps.stream()
                .flatMap(step -> step instanceof StepDefinition.Repeated repeated
                        ? Stream.concat(Stream.of(step), repeated.instances().stream())
                        : Stream.of(step))
                .toList();
    }

    private String gateTitle() {
        String name = root.at("name").json().asString("");
        return "Run " + (name.isBlank() ? id.toString() : name) + "?";
    }

    private @Nullable Template result(StepPlaces places, ExpressionContext context) {
        Map<String, StepShape> shapes = places.shapes();
        return root.at("result")
                .template(new ExpressionCompiler(context.withSteps(shapes, Set.of(), List.copyOf(shapes.keySet()))))
                .orElse(null);
    }
}
