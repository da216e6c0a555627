package io.yardmaster.runs;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** The value of a run's attribute. Values of one type compare with each other; those of different types never match. */
public sealed interface AttributeValue {

    /** How far numbers go: as far as every whole number is one of its own. */
    long LARGEST_NUMBER = 9_007_199_254_740_991L;

    /** How long text may be, in characters. */
    int LONGEST_TEXT = 255;

    /** A number between {@code -LARGEST_NUMBER} and {@code LARGEST_NUMBER}. */
    record Numeric(double value) implements AttributeValue {}

    /** Text that is no time. It compares by its characters' code points. */
    record Text(String value) implements AttributeValue {}

    /** True or false; neither is the greater one. */
    record Truth(boolean value) implements AttributeValue {}

    /** A moment, which JSON writes as text of RFC 3339's form. */
    record Time(Instant value) implements AttributeValue {}

    /** Reads what a run was given; empty for what is no attribute, such as a list. */
    static Optional<AttributeValue> of(JsonNode json) {
        if (json.isNumber()) {
            return Optional.of(number(json.asDouble()));
        }
        if (json.isBoolean()) {
            return Optional.of(new Truth(json.booleanValue()));
        }
        return json.isString() ? Optional.of(textOrTime(json.asString())) : Optional.empty();
    }

    /**
     * Reads a value as a filter writes it: a number, {@code true}, {@code false}, a time, and else text; text that looks
     * like one of the others stands in double quotes.
     *
     * @return empty for a number out of bounds, for text that is too long, and where only one quote is there
     */
    static Optional<AttributeValue> ofFilter(String written) {
        if (written.equals("true") || written.equals("false")) {
            return Optional.of(new Truth(written.equals("true")));
        }
        if (Syntax.NUMBER.matcher(written).matches()) {
            double number = Double.parseDouble(written);
            return Math.abs(number) <= LARGEST_NUMBER ? Optional.of(number(number)) : Optional.empty();
        }
        if (written.startsWith("\"")) {
            return written.length() >= 2 && written.endsWith("\"")
                    ? text(written.substring(1, written.length() - 1))
                    : Optional.empty();
        }
        return written.codePointCount(0, written.length()) <= LONGEST_TEXT
                ? Optional.of(textOrTime(written))
                : Optional.empty();
    }

    /** The value as a filter writes it; {@link #ofFilter} reads it again. */
    default String filterText() {
        return switch (this) {
            case Numeric number ->
                new java.math.BigDecimal(number.value()).stripTrailingZeros().toPlainString();
            case Truth truth -> Boolean.toString(truth.value());
            case Time time -> time.value().toString();
            case Text text ->
                ofFilter(text.value()).filter(text::equals).isPresent() ? text.value() : '"' + text.value() + '"';
        };
    }

    private static Optional<AttributeValue> text(String text) {
        return text.codePointCount(0, text.length()) <= LONGEST_TEXT ? Optional.of(textOrTime(text)) : Optional.empty();
    }

    private static Numeric number(double value) {
        // Zero has no sign: -0 is 0.
        return new Numeric(value + 0.0);
    }

    private static AttributeValue textOrTime(String text) {
        if (!Syntax.TIME.matcher(text).matches()) {
            return new Text(text);
        }
        try {
            Instant moment = OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MICROS);
            boolean storable = !moment.isBefore(Syntax.FIRST) && moment.isBefore(Syntax.END);
            return storable ? new Time(moment) : new Text(text);
        } catch (DateTimeParseException e) {
            return new Text(text);
        }
    }

    /** What values look like. */
    final class Syntax {

        private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,30}(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?");

        /** The years 1 to 9999 by universal time, which is what a date of four digits can say. */
        private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");

        private static final Instant END = Instant.parse("+10000-01-01T00:00:00Z");

        private static final Pattern TIME = Pattern.compile(
                "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})");

        private Syntax() {}
    }
}
