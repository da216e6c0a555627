package io.yardmaster.jobs;

/** The {@code when} of a step. Immutable, and shared between threads. */
public final class Condition {

    private final Expression expression;
    private final boolean decidesAlone;

    Condition(Expression expression, boolean decidesAlone) {
        this.expression = expression;
        this.decidesAlone = decidesAlone;
    }

    /** As it is written in the job. */
    public String text() {
        return expression.text();
    }

    /**
     * Whether it is asked even where something the step needs failed or was denied: it calls {@code always()},
     * {@code failure()}, {@code success()}, {@code denied()} or {@code expired()}. Otherwise it is asked only when all
     * the step needs is satisfied.
     */
    public boolean decidesAlone() {
        return decidesAlone;
    }

    /**
     * Whether the step runs.
     *
     * @throws ExpressionException where the expression has no value
     */
    public boolean holds(ExpressionScope scope) {
        return expression.evaluate(scope).booleanValue();
    }
}
