package io.yardmaster.executors;

import io.yardmaster.kernel.RunId;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.node.ObjectNode;

/**
 * One attempt of one step, with all that it needs to run.
 *
 * @param stepId letters, digits, {@code . _ -}, beginning with a letter or digit
 * @param attempt from 1
 * @param folder the run's folder, {@linkplain RunFolder#create() created}, with the job's files in it
 * @param environment what only the caller knows: {@code YM_JOB_ID}, {@code YM_TENANT}, {@code YM_IDEMPOTENCY_KEY},
 *     {@code TRACEPARENT} and the job's own {@code env}. Everything else that a step sees is set by the executor, which
 *     also wins where both name the same {@code YM_} variable; {@code PATH}, {@code LANG} and the like may be replaced
 * @param args the arguments, without secrets
 * @param secrets the names of the secret arguments that the step gets. Their values lie in {@link
 *     RunFolder#secrets(String, int)}, put there by {@link RunFolder#writeSecrets}
 * @param takesUpdates whether the step is told of updates, and answers them
 * @param node the server as which it was committed; under another one it does not start
 */
public record Assignment(
        RunId runId,
        String stepId,
        int attempt,
        Interpreter interpreter,
        Command command,
        RunFolder folder,
        Map<String, String> environment,
        ObjectNode args,
        Set<String> secrets,
        boolean takesUpdates,
        UUID node) {

    public Assignment {
        environment = Map.copyOf(environment);
        secrets = Set.copyOf(secrets);
        if (attempt < 1) {
            throw new IllegalArgumentException("Attempts count from 1.");
        }
    }
}
