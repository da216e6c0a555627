package io.yardmaster.jobs;

import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.ProblemType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Finds the jobs that a job runs, directly or through others, and everything that would keep a run of one of them from
 * starting and can be known before. What is found is bound into the plan: so there are no circles when it is run.
 */
final class CalledJobs {

    private static final int MAX_DEPTH = 8;
    private static final int MAX_JOBS = 100;
    private static final long MAX_RUNS = 10_000;

    private final Versions versions;
    private final Policy policy;
    private final SecurityProfile profile;
    private final Map<Key, Found> found = new LinkedHashMap<>();
    private final Map<Key, Integer> walkedAt = new HashMap<>();
    private final Set<String> faults = new LinkedHashSet<>();

    private CalledJobs(Versions versions, Policy policy, SecurityProfile profile) {
        this.versions = versions;
        this.policy = policy;
        this.profile = profile;
    }

    /** In which version a job is run. */
    interface Versions {

        /** The version; {@code job-not-found}, {@code job-invalid} or {@code source-not-found} where there is none. */
        Found find(JobId jobId, String source);
    }

    /** A job in the version in which it is run. */
    record Found(JobVersion version, JobDefinition definition) {}

    private record Key(String source, JobId jobId) {}

    /**
     * The jobs that this one runs, in the order in which they are found.
     *
     * @param profile what the run itself is held to
     * @throws ProblemException {@code job-invalid}, {@code policy-denied}
     */
    static List<CalledJob> of(
            JobVersion version, JobDefinition definition, Versions versions, Policy policy, SecurityProfile profile) {
        if (calls(definition).isEmpty()) {
            return List.of();
        }
        CalledJobs jobs = new CalledJobs(versions, policy, profile);
        jobs.walk(version, definition);
        if (!jobs.faults.isEmpty()) {
            throw ProblemException.of(
                            ProblemType.JOB_INVALID,
                            "The job " + definition.id() + " runs other jobs, which cannot be run: "
                                    + String.join("; ", jobs.faults) + ".")
                    .with("reasons", List.copyOf(jobs.faults));
        }
        return jobs.found.values().stream()
                .map(Found::version)
                .map(one -> new CalledJob(one.source(), one.jobId(), one.digest()))
                .toList();
    }

    /** What keeps a job from being run on account of the jobs that it runs; empty: nothing. */
    static List<String> faults(
            JobVersion version, JobDefinition definition, Versions versions, Policy policy, SecurityProfile profile) {
        CalledJobs jobs = new CalledJobs(versions, policy, profile);
        try {
            jobs.walk(version, definition);
        } catch (ProblemException e) {
            if (e.type() != ProblemType.POLICY_DENIED) {
                throw e;
            }
            jobs.faults.add(e.detail());
        }
        return List.copyOf(jobs.faults);
    }

    private void walk(JobVersion version, JobDefinition definition) {
        Key root = new Key(version.source(), version.jobId());
        walk(List.of(root), definition);
        if (faults.isEmpty()) {
            countRuns(root, definition);
        }
    }

    /** The steps of a job that run other jobs. */
    static List<StepDefinition.ChildRun> calls(JobDefinition definition) {
        return definition.steps().stream()
                .map(step -> step instanceof StepDefinition.Repeated repeated ? repeated.each() : step)
                .filter(StepDefinition.ChildRun.class::isInstance)
                .map(StepDefinition.ChildRun.class::cast)
                .toList();
    }

    private void walk(List<Key> path, JobDefinition definition) {
        Key from = path.getLast();
        for (StepDefinition.ChildRun step : calls(definition)) {
            Key key = new Key(step.sourceOr(from.source()), step.job());
            String where = "step '" + step.id() + "'" + (path.size() == 1 ? "" : " of " + from.jobId());
            if (path.contains(key)) {
                faults.add("jobs run each other in a circle: "
                        + path.subList(path.indexOf(key), path.size()).stream()
                                .map(one -> one.jobId().toString())
                                .collect(Collectors.joining(" runs "))
                        + " runs " + key.jobId());
                continue;
            }
            Found called = found(key, where);
            if (called == null) {
                continue;
            }
            checkArguments(step, called, where);
            if (path.size() > MAX_DEPTH) {
                faults.add(where + " is more than " + MAX_DEPTH + " runs deep");
            } else if (walkedAt.getOrDefault(key, 0) < path.size()) {
                walkedAt.put(key, path.size());
                List<Key> deeper = new ArrayList<>(path);
                deeper.add(key);
                walk(deeper, called.definition());
            }
        }
    }

    /** Only where no job runs itself: else there is no end to it. */
    private void countRuns(Key root, JobDefinition definition) {
        long runs = runsBeneath(root, definition, new HashMap<>());
        if (runs > MAX_RUNS) {
            faults.add("a run of " + root.jobId() + " would start "
                    + (runs == Long.MAX_VALUE ? "far" : "up to " + runs + ", which is")
                    + " more than the " + MAX_RUNS + " runs that it may start in all, directly and through others");
        }
    }

    /** How many runs there are beneath one, when all of them start what they can. Further attempts are not counted. */
    private long runsBeneath(Key from, JobDefinition definition, Map<Key, Long> known) {
        long all = 0;
        for (StepDefinition step : definition.steps()) {
            StepDefinition each = step instanceof StepDefinition.Repeated repeated ? repeated.each() : step;
            if (!(each instanceof StepDefinition.ChildRun child)) {
                continue;
            }
            Key key = new Key(child.sourceOr(from.source()), child.job());
            Long beneath = known.get(key);
            if (beneath == null) {
                beneath =
                        runsBeneath(key, Objects.requireNonNull(found.get(key)).definition(), known);
                known.put(key, beneath);
            }
            long times = step instanceof StepDefinition.Repeated repeated
                    ? repeated.instances().size()
                    : 1;
            all = plus(all, product(times, plus(1, beneath)));
        }
        return all;
    }

    private static long plus(long one, long other) {
        return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
    }

    private static long product(long one, long other) {
        return Math.multiplyHigh(one, other) != 0 || one * other < 0 ? Long.MAX_VALUE : one * other;
    }

    private @Nullable Found found(Key key, String where) {
        Found known = found.get(key);
        if (known != null) {
            return known;
        }
        if (found.size() >= MAX_JOBS) {
            faults.add("there are more than " + MAX_JOBS + " of them");
            return null;
        }
        Found called;
        try {
            called = versions.find(key.jobId(), key.source());
        } catch (ProblemException e) {
            switch (e.type()) {
                case JOB_NOT_FOUND, SOURCE_NOT_FOUND ->
                    faults.add(where + " runs " + key.jobId() + ", which is not in source " + key.source());
                case JOB_INVALID -> faults.add(where + " runs " + key.jobId() + ", which has errors");
                default -> throw e;
            }
            return null;
        }
        called.definition().notRunnableReasons().forEach(reason -> faults.add(key.jobId() + ": " + reason));
        Policy.require(policy.decide(called.definition(), profile));
        found.put(key, called);
        return called;
    }

    /** What depends on nothing that is found out later can be checked now. */
    private void checkArguments(StepDefinition.ChildRun step, Found called, String where) {
        Template args = step.args();
        if (args != null && !args.isConstant()) {
            return;
        }
        try {
            Arguments.validate(
                    called.definition(),
                    args == null ? JsonNodeFactory.instance.objectNode() : (ObjectNode) args.source());
        } catch (ProblemException e) {
            String said = e.faults().isEmpty()
                    ? e.detail()
                    : e.faults().stream().map(Fault::message).collect(Collectors.joining(" "));
            faults.add(where + " runs " + step.job() + " with arguments that it does not take: "
                    + said.replaceFirst("\\.$", ""));
        }
    }
}
