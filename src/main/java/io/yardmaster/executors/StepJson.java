package io.yardmaster.executors;

import java.math.BigDecimal;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads JSON that a step has written: one value, and only what can be kept and given back as it is. Anything else would
 * silently become something that the step has not said.
 */
public final class StepJson {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** Written out, 1e5000 has five thousand digits: more than other readers of JSON take. */
    private static final int MAX_DIGITS = 400;

    private StepJson() {}

    /**
     * Reads one value.
     *
     * @throws NotKeptException where it is none, or one that cannot be kept as it is
     */
    public static JsonNode read(String text) throws NotKeptException {
        JsonNode value;
        try {
            value = MAPPER.readTree(text);
        } catch (JacksonException e) {
            // Without the parser's own words: they quote what the step wrote, which may be a secret.
            TokenStreamLocation at = e.getLocation();
            String what = String.valueOf(e.getOriginalMessage()).startsWith("Duplicate")
                    ? "names the same member twice"
                    : "is not one JSON value";
            throw new NotKeptException(
                    what + (at == null ? "" : ": see line " + at.getLineNr() + ", column " + at.getColumnNr()));
        }
        if (value.isMissingNode()) {
            throw new NotKeptException("is empty");
        }
        check(value);
        return value;
    }

    private static void check(JsonNode value) throws NotKeptException {
        if (value.isNumber()) {
            checkNumber(value.decimalValue());
        } else if (value.isString()) {
            checkText(value.stringValue());
        }
        for (String name : value.propertyNames()) {
            checkText(name);
        }
        for (JsonNode inside : value) {
            check(inside);
        }
    }

    private static void checkNumber(BigDecimal number) throws NotKeptException {
        if (number.precision() > MAX_DIGITS || Math.abs((long) number.scale()) > MAX_DIGITS) {
            throw new NotKeptException("holds a number of more than " + MAX_DIGITS + " digits");
        }
    }

    private static void checkText(String text) throws NotKeptException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw new NotKeptException("holds a NUL character");
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new NotKeptException("holds half of a surrogate pair, which is no character");
            }
        }
    }

    /** Says what is wrong, to be put behind the name of what was read. */
    public static final class NotKeptException extends Exception {

        private static final long serialVersionUID = 1L;

        NotKeptException(String what) {
            super(what);
        }
    }
}
