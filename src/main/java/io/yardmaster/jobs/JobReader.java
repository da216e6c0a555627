package io.yardmaster.jobs;

import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import io.yardmaster.jobs.ExpressionContext.StepShape;
import io.yardmaster.jobs.StepReader.JobDefaults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads a job's {@code config.yaml}: all of it or, where something is wrong, everything that is. */
final class JobReader {

    private static final int MAX_STEPS = 500;
    private static final int MAX_WITH_INSTANCES = 1_000;
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Pattern STEP_ID = Pattern.compile("[a-z][a-z0-9_-]{0,62}");
    private static final Pattern LABEL = Pattern.compile("[a-z][a-z0-9_-]{0,62}");
    private static final Pattern RUN_ID = Pattern.compile("\\brun\\s*(\\.\\s*id\\b|\\[)");
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
        keys.addAll(single ? StepReader.RUN_KEYS : Set.of("steps"));
        root.allow(keys);

        ExecutorKind executor = executor(root, ExecutorKind.PROC);
        UlcProfile profile = profile(root, UlcProfile.BASH);
        Argspec arguments = ArgspecReader.read(root.at("argspec"), usesPowerShell(profile));
        ExpressionContext context = new ExpressionContext(
                arguments.types(), arguments.isOpen(), arguments.secrets(), Map.of(), Set.of(), Map.of(), List.of());
        unsupportedFeatures();

        List<StepPlace> own = single
                ? List.of(new StepPlace(root, JobDefinition.SINGLE_STEP, "run", List.of()))
                : places(root.at("steps").elements());
        boolean gated = isGated();
        List<StepPlace> places = gated ? behindGate(own) : own;
        StepGraph graph = graph(places);
        List<StepDefinition> steps = new ArrayList<>();
        if (graph.cycle().isEmpty()) {
            Set<String> ids = new LinkedHashSet<>();
            places.forEach(place -> ids.add(place.id()));
            ExpressionCompiler jobLevel = new ExpressionCompiler(context.withSteps(Map.of(), ids, List.of()));
            JobDefaults defaults = defaults(executor, profile, jobLevel, arguments.secrets());
            steps = steps(
                    places, graph, context, new StepReader(defaults, new CommandReader(hasFile), features), single);
        }
        oneSchemaForEachSignal(steps);
        oneSchemaForEachUpdate(steps);
        StepSecrets.beforeGates(steps, arguments.secrets()).ifPresent(root.at("steps")::warning);
        Set<String> stepIds = new LinkedHashSet<>();
        places.forEach(place -> stepIds.add(place.id()));
        Concurrency concurrency = concurrency(context.withSteps(Map.of(), stepIds, List.of()));
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

    private @Nullable Concurrency concurrency(ExpressionContext context) {
        ConfigNode node = root.at("concurrency");
        if (!node.isObject()) {
            return null;
        }
        node.allow(Set.of("key", "limit", "on_conflict"));
        int limit = node.at("limit").integer(1, 1, 10_000);
        OnConflict onConflict = node.at("on_conflict")
                .choice(
                        OnConflict::of,
                        Arrays.stream(OnConflict.values())
                                .map(OnConflict::label)
                                .toList());
        ConfigNode key = node.at("key");
        if (!key.isPresent()) {
            node.error("has no key");
            return null;
        }
        String text = key.text(1_000);
        if (text == null) {
            return null;
        }
        if (Template.isIn(text) && RUN_ID.matcher(text).find()) {
            key.error("run.id is another one for each run, so that no two would share the key");
            return null;
        }
        try {
            return new Concurrency(
                    Template.compile(key.json(), new ExpressionCompiler(context)),
                    limit,
                    onConflict == null ? OnConflict.QUEUE : onConflict);
        } catch (ExpressionFault e) {
            key.error(e.message());
            return null;
        }
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
        SortedMap<String, Template> env = StepReader.env(root.at("env"), jobLevel);
        ConfigNode artifacts = root.at("artifacts");
        if (!artifacts.json().isObject()) {
            return new JobDefaults(executor, profile, env, secrets, null, false);
        }
        artifacts.allow(Set.of("mode", "default_key_pattern"));
        boolean mutable = StepReader.MUTABLE.equals(artifacts.at("mode").word(StepReader.KEY_MODES));
        ArtifactKey key = StepReader.key(artifacts.at("default_key_pattern"), jobLevel)
                .map(text -> new ArtifactKey(text, mutable))
                .orElse(null);
        if (key != null && !mutable && key.isSameEachTime()) {
            artifacts
                    .at("default_key_pattern")
                    .warning("is the same for each run, and only the first could use it; add {run_id}, or write"
                            + " mode: mutable");
        }
        return new JobDefaults(executor, profile, env, secrets, key, mutable);
    }

    /** A message is checked when it comes, and which of several steps will get it is not known then. */
    private void oneSchemaForEachSignal(List<StepDefinition> steps) {
        Map<String, Optional<JsonNode>> known = new LinkedHashMap<>();
        for (StepDefinition step : steps) {
            if (step instanceof StepDefinition.Signal signal) {
                Optional<JsonNode> schema = Optional.ofNullable(signal.schema()).map(Form::schema);
                Optional<JsonNode> other = known.putIfAbsent(signal.name(), schema);
                if (other != null && !other.equals(schema)) {
                    root.at("steps")
                            .error("step '" + signal.id() + "' waits for the signal '" + signal.name()
                                    + "' with another schema than a step before it");
                }
            }
        }
    }

    private void oneSchemaForEachUpdate(List<StepDefinition> steps) {
        Map<String, Optional<JsonNode>> known = new LinkedHashMap<>();
        for (StepDefinition step : StepSecrets.withInstances(steps).toList()) {
            if (step instanceof StepDefinition.Run run) {
                run.updates().forEach((name, terms) -> {
                    Optional<JsonNode> schema =
                            Optional.ofNullable(terms.schema()).map(Form::schema);
                    Optional<JsonNode> other = known.putIfAbsent(name, schema);
                    if (other != null && !other.equals(schema)) {
                        root.at("steps")
                                .error("step '" + run.id() + "' handles the update '" + name
                                        + "' with another schema than a step before it");
                    }
                });
            }
        }
    }

    private boolean isGated() {
        boolean gated = "approval".equals(root.at("policy").word(List.of("none", "approval")));
        if (!gated && root.at("approval").isPresent()) {
            root.at("approval").warning("has no effect without policy: approval");
        }
        return gated;
    }

    /** The same steps after one that asks people: what needed nothing needs that. */
    private List<StepPlace> behindGate(List<StepPlace> own) {
        List<StepPlace> places = new ArrayList<>();
        places.add(new StepPlace(root, JobDefinition.GATE, StepPlace.GATE, List.of()));
        for (StepPlace place : own) {
            if (place.id().equals(JobDefinition.GATE)) {
                place.node()
                        .at("id")
                        .error("'" + JobDefinition.GATE + "' is the step that policy: approval adds to the job");
            }
            List<String> needs = place.needs().isEmpty() ? List.of(JobDefinition.GATE) : place.needs();
            places.add(new StepPlace(place.node(), place.id(), place.type(), needs));
        }
        return places;
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

    /** Where a step is written and what must be known of it before any is read. */
    private record StepPlace(ConfigNode node, String id, String type, List<String> needs) {

        /** The type of the step that {@code policy: approval} adds; nobody can write it. */
        static final String GATE = "policy";

        boolean isGate() {
            return type.equals(GATE);
        }
    }

    private List<StepPlace> places(List<ConfigNode> nodes) {
        if (nodes.size() > MAX_STEPS) {
            root.at("steps").error("has more than " + MAX_STEPS + " steps");
            return List.of();
        }
        if (nodes.size() + nodes.stream().mapToInt(MatrixReader::count).sum() > MAX_WITH_INSTANCES) {
            root.at("steps").error("has more than " + MAX_WITH_INSTANCES + " steps and instances of steps");
            return List.of();
        }
        List<StepPlace> places = new ArrayList<>();
        Set<String> ids = new LinkedHashSet<>();
        for (ConfigNode node : nodes) {
            if (!node.isObject()) {
                continue;
            }
            String stepId = node.at("id").plainText(63);
            if (stepId == null) {
                if (!node.at("id").isPresent()) {
                    node.error("has no id");
                }
                continue;
            }
            if (!STEP_ID.matcher(stepId).matches()) {
                node.at("id")
                        .error("a step's id begins with a lower-case letter and goes on with lower-case letters,"
                                + " digits, '_' and '-', at most 63 of them");
                continue;
            }
            if (!ids.add(stepId)) {
                node.at("id").error("'" + stepId + "' is the id of another step already");
                continue;
            }
            String type = node.at("type").word(StepReader.TYPES);
            places.add(new StepPlace(
                    node, stepId, type == null ? "run" : type, node.at("needs").texts(63)));
        }
        return places;
    }

    /** Notes unknown steps and cycles; the graph holds known steps only. */
    private StepGraph graph(List<StepPlace> places) {
        Map<String, List<String>> needs = new LinkedHashMap<>();
        places.forEach(place -> needs.put(place.id(), List.of()));
        for (StepPlace place : places) {
            List<String> known = new ArrayList<>();
            for (String need : place.needs()) {
                if (!needs.containsKey(need)) {
                    place.node()
                            .at("needs")
                            .error("there is no step '" + need + "'" + Spelling.hint(need, needs.keySet()));
                } else if (known.contains(need)) {
                    place.node().at("needs").warning("names '" + need + "' twice");
                } else {
                    known.add(need);
                }
            }
            needs.put(place.id(), known);
        }
        StepGraph graph = new StepGraph(needs);
        graph.cycle()
                .ifPresent(cycle -> root.at("steps")
                        .error("steps wait for each other in a circle: " + String.join(" needs ", cycle)));
        return graph;
    }

    private List<StepDefinition> steps(
            List<StepPlace> places, StepGraph graph, ExpressionContext context, StepReader reader, boolean single) {
        Map<String, StepShape> shapes = shapes(places);
        List<StepDefinition> steps = new ArrayList<>();
        for (StepPlace place : places) {
            Set<String> ancestors = graph.ancestors(place.id());
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
                    ? StepReader.gate(root, head, gateTitle(), here)
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

    private static Map<String, StepShape> shapes(List<StepPlace> places) {
        Map<String, StepShape> shapes = new LinkedHashMap<>();
        for (StepPlace place : places) {
            boolean open = !Set.of("run", "eval", "sleep", "approval", "signal", StepPlace.GATE)
                    .contains(place.type());
            Map<String, CelType> outputs = new LinkedHashMap<>();
            if (place.type().equals("eval") && place.node().at("values").json().isObject()) {
                place.node().at("values").json().propertyNames().forEach(name -> outputs.put(name, SimpleType.DYN));
            }
            if (place.type().equals("run") && place.node().at("outputs").json().isObject()) {
                place.node()
                        .at("outputs")
                        .json()
                        .forEachEntry((name, schema) -> outputs.put(name, CelTypes.of(schema)));
            }
            JsonNode form = place.type().equals("signal")
                    ? place.node().at("signal").json().path("schema")
                    : place.node().at("approval").json().path("form");
            if (place.type().equals("approval") || place.type().equals("signal") || place.isGate()) {
                form.path("properties").forEachEntry((name, schema) -> outputs.put(name, CelTypes.of(schema)));
                // What a message may hold beyond that, nobody knows before it is there.
                open |= place.type().equals("signal");
            }
            shapes.put(
                    place.id(),
                    new StepShape(outputs, open, place.node().at("matrix").isPresent() && !place.isGate()));
        }
        return shapes;
    }

    private @Nullable Template result(List<StepPlace> places, ExpressionContext context) {
        ConfigNode node = root.at("result");
        if (!node.isPresent()) {
            return null;
        }
        Map<String, StepShape> shapes = shapes(places);
        try {
            return Template.compile(
                    node.json(),
                    new ExpressionCompiler(context.withSteps(shapes, Set.of(), List.copyOf(shapes.keySet()))));
        } catch (ExpressionFault e) {
            node.error(e.message());
            return null;
        }
    }
}
