package io.yardmaster.executors.process;

import io.yardmaster.executors.Assignment;
import io.yardmaster.executors.StepFiles;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** The environment of a step: nothing of the server's own but what is named here. */
final class StepEnvironment {

    static final String ARGS_FILE = "args.json";

    /** The kernel takes no longer entry than 128 KiB: a longer argument is in the file of the arguments only. */
    private static final int MAX_VALUE_LENGTH = 32 * 1024;

    /** More digits than Bash computes with are left as they are written. */
    private static final int LONGEST_WHOLE_NUMBER = 18;

    private StepEnvironment() {}

    static Map<String, String> of(Assignment assignment, Path files) {
        Map<String, String> environment = new HashMap<>();
        environment.put("PATH", ProgramSearch.serverPath());
        environment.put("HOME", assignment.folder().workspace().toString());
        environment.put("TMPDIR", assignment.folder().temporary().toString());
        environment.put("USER", System.getProperty("user.name"));
        environment.put("LANG", server("LANG").orElse("C.UTF-8"));
        server("LC_ALL").ifPresent(locale -> environment.put("LC_ALL", locale));
        environment.putAll(assignment.environment());
        assignment.args().properties().forEach(arg -> {
            String value = arg.getValue().isContainer() ? null : text(arg.getValue());
            if (value != null && value.length() <= MAX_VALUE_LENGTH) {
                environment.put("YM_ARG_" + arg.getKey().toUpperCase(Locale.ROOT), value);
            }
        });
        environment.put("YM_RUN_ID", assignment.runId().toString());
        environment.put("YM_STEP_ID", assignment.stepId());
        environment.put("YM_ATTEMPT", Integer.toString(assignment.attempt()));
        environment.put("YM_JOB_DIR", assignment.folder().job().toString());
        environment.put(
                "YM_SECRETS_DIR",
                assignment
                        .folder()
                        .secrets(assignment.stepId(), assignment.attempt())
                        .toString());
        if (assignment.takesUpdates()) {
            environment.put("YM_UPDATES", files.resolve(UpdateSpool.FOLDER).toString());
        }
        environment.put("YM_ARGS_FILE", files.resolve(ARGS_FILE).toString());
        environment.put("YM_OUTPUT", files.resolve(StepFiles.OUTPUT).toString());
        environment.put("YM_ATTRIBUTES", files.resolve(StepFiles.ATTRIBUTES).toString());
        environment.put("YM_RESULT", files.resolve(StepFiles.RESULT).toString());
        environment.put("YM_SUMMARY", files.resolve(StepFiles.SUMMARY).toString());
        environment.put("YM_ARTIFACTS", files.resolve(StepFiles.ARTIFACTS).toString());
        return environment;
    }

    /** A value as a script sees it: strings bare, whole numbers so that it can count, null as nothing, all else as JSON. */
    static String text(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> value.stringValue();
            case NULL, MISSING -> "";
            case NUMBER -> number(value);
            case ARRAY, BINARY, BOOLEAN, OBJECT, POJO -> value.toString();
        };
    }

    /** To JSON Schema {@code 25.0} is an integer; Bash takes it for none. */
    private static String number(JsonNode value) {
        if (value.isIntegralNumber() || !Double.isFinite(value.doubleValue())) {
            return value.toString();
        }
        BigDecimal number = value.decimalValue().stripTrailingZeros();
        boolean isWhole = number.scale() <= 0 && number.precision() - number.scale() <= LONGEST_WHOLE_NUMBER;
        return isWhole ? number.toBigIntegerExact().toString() : value.toString();
    }

    private static Optional<String> server(String name) {
        return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isEmpty());
    }
}
