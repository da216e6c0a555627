package io.yardmaster.executors;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * What an attempt left behind for the server.
 *
 * @param outputs the keys and values of {@code $YM_OUTPUT}; of a key that was written twice, the last value
 * @param attributes the keys and values of {@code $YM_ATTRIBUTES}
 * @param result the JSON value in {@code $YM_RESULT}
 * @param summary the Markdown in {@code $YM_SUMMARY}, cut at 1 MiB
 * @param artifacts the files beneath {@code $YM_ARTIFACTS}, sorted by name, without links, at most 1,000
 * @param faults what is wrong with any of it, in words for the job's author; a step with faults has not done its work
 */
public record StepFiles(
        Map<String, String> outputs,
        Map<String, String> attributes,
        Optional<JsonNode> result,
        Optional<String> summary,
        List<ArtifactFile> artifacts,
        List<String> faults) {

    /** The names of these files in an attempt's folder. */
    public static final String OUTPUT = "output";

    public static final String ATTRIBUTES = "attributes";
    public static final String RESULT = "result";
    public static final String SUMMARY = "summary";
    public static final String ARTIFACTS = "artifacts";

    /** The end of a summary that was cut. */
    public static final String SUMMARY_CUT = "\n\n(cut at 1 MiB)\n";

    public StepFiles {
        outputs = Map.copyOf(outputs);
        attributes = Map.copyOf(attributes);
        artifacts = List.copyOf(artifacts);
        faults = List.copyOf(faults);
    }

    /** Reads the files beneath a folder. Nothing may write to it any more. */
    public static StepFiles read(Path folder) {
        List<String> faults = new ArrayList<>();
        Map<String, String> outputs = StepOutput.read(folder.resolve(OUTPUT), StepOutput.Form.OUTPUTS, faults);
        Map<String, String> attributes =
                StepOutput.read(folder.resolve(ATTRIBUTES), StepOutput.Form.ATTRIBUTES, faults);
        Optional<JsonNode> result = StepResult.read(folder.resolve(RESULT), faults);
        Optional<String> summary = StepSummary.read(folder.resolve(SUMMARY), faults);
        List<ArtifactFile> artifacts = StepArtifacts.list(folder.resolve(ARTIFACTS), faults);
        return new StepFiles(outputs, attributes, result, summary, artifacts, faults);
    }
}
