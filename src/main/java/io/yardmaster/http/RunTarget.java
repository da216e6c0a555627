package io.yardmaster.http;

import io.yardmaster.problems.ProblemException.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What a submission runs: exactly one of a job and a plan, and a plan with nothing that the plan already fixes. The
 * contract says the same with conditions; here each case gets one sentence.
 */
final class RunTarget {

    private static final String JOB_ID = "job_id";
    private static final String PLAN_ID = "plan_id";
    private static final List<String> FIXED_BY_A_PLAN = List.of("args", "source");

    private RunTarget() {}

    /** Whether this is the body of an operation that takes either. */
    static boolean appliesTo(Set<String> properties) {
        return properties.contains(JOB_ID) && properties.contains(PLAN_ID);
    }

    static List<Fault> faults(JsonNode body) {
        List<Fault> faults = new ArrayList<>();
        if (!body.has(PLAN_ID)) {
            if (!body.has(JOB_ID)) {
                faults.add(new Fault("/job_id", "Name what to run: a job_id, or the plan_id of a plan.", "required"));
            }
            return faults;
        }
        if (body.has(JOB_ID)) {
            faults.add(new Fault(
                    "/job_id",
                    "/job_id cannot go with /plan_id, which names a job itself. Send one of them.",
                    "conflict"));
        }
        for (String name : FIXED_BY_A_PLAN) {
            if (body.has(name)) {
                faults.add(new Fault(
                        "/" + name,
                        "/" + name + " cannot go with /plan_id: the plan already fixes it. Leave it out.",
                        "conflict"));
            }
        }
        return faults;
    }
}
