package io.yardmaster.jobs;

import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * Arguments that were checked against a job's argspec, with its defaults filled in.
 *
 * @param visible all but the secrets
 * @param secrets the secret ones, in clear: for the step alone, never to be logged or stored as they are
 */
public record ResolvedArguments(ObjectNode visible, Map<String, String> secrets) {

    /** What stands for a secret wherever arguments are shown. */
    public static final String MASK = "***";

    public ResolvedArguments {
        secrets = Map.copyOf(secrets);
    }

    /** All arguments, fit to be shown. */
    public ObjectNode masked() {
        ObjectNode all = visible.deepCopy();
        secrets.keySet().stream().sorted().forEach(name -> all.put(name, MASK));
        return all;
    }

    @Override
    public String toString() {
        return masked().toString();
    }
}
