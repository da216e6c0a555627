package io.yardmaster.jobs;

import io.yardmaster.jobs.ExpressionContext.StepShape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The steps of a job as far as they must be known before any is read: their ids and types, and what waits for what. */
final class StepPlaces {

    private static final int MAX_STEPS = 500;
    private static final int MAX_WITH_INSTANCES = 1_000;
    private static final Pattern STEP_ID = Pattern.compile("[a-z][a-z0-9_-]{0,62}");

    private final List<StepPlace> places;
    private final StepGraph graph;

    private StepPlaces(List<StepPlace> places, StepGraph graph) {
        this.places = places;
        this.graph = graph;
    }

    /**
     * Finds them. What is wrong with them is noted.
     *
     * @param single whether the job is one step
     * @param gated whether people are asked before any of them
     */
    static StepPlaces of(ConfigNode root, boolean single, boolean gated) {
        List<StepPlace> own = single
                ? List.of(new StepPlace(root, JobDefinition.SINGLE_STEP, "run", List.of()))
                : written(root.at("steps"));
        List<StepPlace> places = gated ? behindGate(root, own) : own;
        return new StepPlaces(places, graph(places, root.at("steps")));
    }

    List<StepPlace> all() {
        return places;
    }

    Set<String> ids() {
        Set<String> ids = new LinkedHashSet<>();
        places.forEach(place -> ids.add(place.id()));
        return ids;
    }

    /** What expressions may count on of each step's outputs. */
    Map<String, StepShape> shapes() {
        Map<String, StepShape> shapes = new LinkedHashMap<>();
        places.forEach(place -> shapes.put(place.id(), place.shape()));
        return shapes;
    }

    /** Whether steps wait for each other, so that none of them could begin. */
    boolean areInACircle() {
        return graph.cycle().isPresent();
    }

    /** What a step waits for, and what that waits for. */
    Set<String> ancestors(StepPlace place) {
        return graph.ancestors(place.id());
    }

    private static List<StepPlace> written(ConfigNode steps) {
        List<ConfigNode> nodes = steps.elements();
        if (nodes.size() > MAX_STEPS) {
            steps.error("has more than " + MAX_STEPS + " steps");
            return List.of();
        }
        if (nodes.size() + nodes.stream().mapToInt(MatrixReader::count).sum() > MAX_WITH_INSTANCES) {
            steps.error("has more than " + MAX_WITH_INSTANCES + " steps and instances of steps");
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

    /** The same steps after one that asks people: what needed nothing needs that. */
    private static List<StepPlace> behindGate(ConfigNode root, List<StepPlace> own) {
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

    /** Notes unknown steps and cycles; the graph holds known steps only. */
    private static StepGraph graph(List<StepPlace> places, ConfigNode steps) {
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
                .ifPresent(cycle ->
                        steps.error("steps wait for each other in a circle: " + String.join(" needs ", cycle)));
        return graph;
    }
}
