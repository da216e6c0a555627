package io.yardmaster.executors;

import io.yardmaster.executors.StepJson.NotKeptException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Reads {@code $YM_RESULT}: one JSON value. */
final class StepResult {

    private static final String VARIABLE = "$YM_RESULT";

    private StepResult() {}

    static Optional<JsonNode> read(Path file, List<String> faults) {
        Optional<String> text = StepFile.text(file, VARIABLE, faults);
        if (text.isEmpty() || text.get().isBlank()) {
            return Optional.empty();
        }
        try {
            return Optional.of(StepJson.read(text.get()));
        } catch (NotKeptException e) {
            faults.add(VARIABLE + " " + e.getMessage() + ".");
            return Optional.empty();
        }
    }
}
