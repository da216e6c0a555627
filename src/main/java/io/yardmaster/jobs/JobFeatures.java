package io.yardmaster.jobs;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects what a job uses that this server reads but cannot do yet. */
final class JobFeatures {

    private final Set<String> missing = new LinkedHashSet<>();

    /** Notes a feature; {@code where} is a step's id, or empty for the job. */
    void missing(String where, String feature) {
        missing.add((where.isEmpty() ? "the job" : "step '" + where + "'") + " uses " + feature);
    }

    List<String> reasons() {
        return List.copyOf(missing);
    }
}
