package io.yardmaster.jobs;

import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.PlanId;

/** Turns a request into something that can be run, or says everything that is wrong with it. One door for plan and run. */
public class Planner {

    /** Checks all that a run would and keeps the outcome as a plan. */
    public Plan plan(PlanRequest request, Actor actor) {
        throw new UnsupportedOperationException();
    }

    /** The plan; {@code plan-not-found} where it is another tenant's, expired, or never was. */
    public Plan get(PlanId id, Actor actor) {
        throw new UnsupportedOperationException();
    }

    /** Checks a request without keeping a plan; what is denied by policy is refused. */
    public PreparedRun prepare(PlanRequest request, Actor actor) {
        throw new UnsupportedOperationException();
    }

    /** Takes up a plan for a run; {@code plan-stale} where the job or the policy is no longer what was planned. */
    public PreparedRun prepare(PlanId id, Actor actor) {
        throw new UnsupportedOperationException();
    }
}
