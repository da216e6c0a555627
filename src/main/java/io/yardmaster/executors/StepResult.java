package io.yardmaster.executors;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads {@code $YM_RESULT}: one JSON value. */
final class StepResult {

    private static final String VARIABLE = "$YM_RESULT";
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** Written out, 1e5000 has five thousand digits: more than other readers of JSON take. */
    private static final int MAX_DIGITS = 400;

    private StepResult() {}

    static Optional<JsonNode> read(Path file, List<String> faults) {
        Optional<String> text = StepFile.text(file, VARIABLE, faults);
        if (text.isEmpty() || text.get().isBlank()) {
            return Optional.empty();
        }
        try {
            JsonNode value = MAPPER.readTree(text.get());
            if (holdsHugeNumber(value)) {
                faults.add(VARIABLE + " holds a number of more than " + MAX_DIGITS + " digits.");
                return Optional.empty();
            }
            if (holdsNul(value)) {
                faults.add(VARIABLE + " holds a NUL character.");
                return Optional.empty();
            }
            return Optional.of(value);
        } catch (JacksonException e) {
            // Without the parser's own words: they quote what the step wrote, which may be a secret.
            TokenStreamLocation at = e.getLocation();
            faults.add(VARIABLE + " is not one JSON value"
                    + (at == null ? "." : ": see line " + at.getLineNr() + ", column " + at.getColumnNr() + "."));
            return Optional.empty();
        }
    }

    private static boolean holdsNul(JsonNode value) {
        if (value.isString()) {
            return value.stringValue().indexOf('\0') >= 0;
        }
        if (value.isObject() && value.propertyNames().stream().anyMatch(name -> name.indexOf('\0') >= 0)) {
            return true;
        }
        return value.valueStream().anyMatch(StepResult::holdsNul);
    }

    private static boolean holdsHugeNumber(JsonNode value) {
        if (value.isNumber()) {
            BigDecimal number = value.decimalValue();
            return number.precision() > MAX_DIGITS || Math.abs((long) number.scale()) > MAX_DIGITS;
        }
        return value.valueStream().anyMatch(StepResult::holdsHugeNumber);
    }
}
