package io.yardmaster.http;

import io.yardmaster.problems.ProblemException.Fault;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The other documented spellings of a submission, brought to the contract's one: {@code job} is {@code job_id},
 * {@code source: {"name": "x"}} is {@code source: "x"}, and {@code async} is no property but says whether the caller
 * waits.
 *
 * @param replaced whether there were any
 * @param waits whether {@code async: false} was among them
 */
record Synonyms(boolean replaced, boolean waits) {

    static final Synonyms NONE = new Synonyms(false, false);

    private static final String JOB_ID = "job_id";
    private static final String JOB = "job";
    private static final String SOURCE = "source";
    private static final String ASYNC = "async";

    /**
     * Replaces them in the body of an operation that starts or plans a job, in place.
     *
     * @param properties what the contract names; a spelling it names itself is no synonym
     */
    static Synonyms replace(ObjectNode body, Set<String> properties, List<Fault> faults) {
        if (!properties.contains(JOB_ID)) {
            return NONE;
        }
        boolean replaced = false;
        boolean waits = false;
        if (body.has(JOB) && !properties.contains(JOB)) {
            JsonNode job = body.remove(JOB);
            if (body.has(JOB_ID)) {
                faults.add(new Fault("/job", "/job says the same as /job_id. Send only one of them.", "repeated"));
            } else {
                body.set(JOB_ID, job);
            }
            replaced = true;
        }
        JsonNode source = body.path(SOURCE);
        if (properties.contains(SOURCE)
                && source.isObject()
                && source.size() == 1
                && source.path("name").isString()) {
            body.set(SOURCE, source.path("name"));
            replaced = true;
        }
        if (body.has(ASYNC) && !properties.contains(ASYNC)) {
            JsonNode async = body.remove(ASYNC);
            if (async.isBoolean()) {
                waits = !async.booleanValue();
            } else {
                faults.add(new Fault("/async", "/async must be true or false.", "type"));
            }
            replaced = true;
        }
        return new Synonyms(replaced, waits);
    }
}
