package io.yardmaster.executors;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
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

    private StepResult() {}

    static Optional<JsonNode> read(Path file, List<String> faults) {
        Optional<String> text = StepFile.text(file, VARIABLE, faults);
        if (text.isEmpty() || text.get().isBlank()) {
            return Optional.empty();
        }
        try {
            JsonNode value = MAPPER.readTree(text.get());
            if (holdsNul(value)) {
                faults.add(VARIABLE + " holds a NUL character.");
                return Optional.empty();
            }
            return Optional.of(value);
        } catch (JacksonException e) {
            faults.add(VARIABLE + " is not one JSON value: " + e.getOriginalMessage());
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
}
