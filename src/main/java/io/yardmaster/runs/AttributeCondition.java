package io.yardmaster.runs;

/**
 * What a run's attribute has to be like. A run without the attribute never fits; one whose value is of another type fits
 * {@link Operator#UNEQUAL} only.
 */
public record AttributeCondition(String key, Operator operator, AttributeValue value) {

    /** How a value is compared with the one asked for. */
    public enum Operator {
        UNEQUAL("!="),
        AT_LEAST(">="),
        AT_MOST("<="),
        EQUAL("="),
        GREATER(">"),
        LESS("<");

        private final String symbol;

        Operator(String symbol) {
            this.symbol = symbol;
        }

        /** As it is written in a filter. */
        public String symbol() {
            return symbol;
        }
    }
}
