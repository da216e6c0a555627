package io.yardmaster.jobs;

import tools.jackson.databind.JsonNode;

/** A CEL expression of a job, compiled and checked when the job was read. Immutable, and shared between threads. */
@SuppressWarnings("DoNotCallSuggester")
public final class Expression {

    private final String text;

    Expression(String text) {
        this.text = text;
    }

    /** As it is written in the job. */
    public String text() {
        return text;
    }

    /**
     * The value.
     *
     * @throws ExpressionException where it has none, such as an output of a skipped step; the message is for people
     */
    public JsonNode evaluate(ExpressionScope scope) {
        throw new UnsupportedOperationException();
    }
}
