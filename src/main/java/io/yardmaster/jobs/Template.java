package io.yardmaster.jobs;

import tools.jackson.databind.JsonNode;

/**
 * A value of a job in which <code>${{ … }}</code> stands for expressions; a tree of them where the value is an object or
 * a list. Immutable, and shared between threads.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Template {

    private final JsonNode source;

    Template(JsonNode source) {
        this.source = source;
    }

    /** As it is written in the job. */
    public JsonNode source() {
        return source;
    }

    /**
     * The value. Text that is one template keeps the type of its expression; in other text the values are inserted as
     * text.
     *
     * @throws ExpressionException where an expression has no value
     */
    public JsonNode expand(ExpressionScope scope) {
        throw new UnsupportedOperationException();
    }

    /**
     * The value as text: strings as they are, null as nothing, all else as JSON.
     *
     * @throws ExpressionException where an expression has no value
     */
    public String expandText(ExpressionScope scope) {
        throw new UnsupportedOperationException();
    }
}
