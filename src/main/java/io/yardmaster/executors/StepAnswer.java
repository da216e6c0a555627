package io.yardmaster.executors;

import tools.jackson.databind.JsonNode;

/** What a step says to an update. */
public sealed interface StepAnswer {

    /** The {@link StepUpdate#number} of the update. */
    long number();

    /** It is done. */
    record Result(long number, JsonNode value) implements StepAnswer {}

    /** The step will not do it. */
    record Refusal(long number, String message) implements StepAnswer {}

    /** What was written is no answer. */
    record Unreadable(long number, String message) implements StepAnswer {}
}
