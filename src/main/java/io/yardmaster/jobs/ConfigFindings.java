package io.yardmaster.jobs;

import com.google.common.base.Splitter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Collects everything noticed while one {@code config.yaml} is read, so that its author sees all of it at once. */
final class ConfigFindings {

    static final String FILE = "config.yaml";
    private static final int MAX = 200;

    private final Map<String, Integer> lines;
    private final List<JobFault> errors = new ArrayList<>();
    private final List<JobFault> warnings = new ArrayList<>();

    ConfigFindings(Map<String, Integer> lines) {
        this.lines = lines;
    }

    /** Something that keeps the job from being run. */
    void error(String pointer, String message) {
        if (errors.size() < MAX) {
            errors.add(new JobFault(FILE, line(pointer), where(pointer) + message));
        }
    }

    /** Something that has no effect or is likely a slip. */
    void warning(String pointer, String message) {
        if (warnings.size() < MAX) {
            warnings.add(new JobFault(FILE, line(pointer), where(pointer) + message));
        }
    }

    boolean hasErrors() {
        return !errors.isEmpty();
    }

    /** Everything that was noticed, in the order of the file. */
    List<JobFault> all() {
        return Stream.concat(errors.stream(), warnings.stream())
                .distinct()
                .sorted(Comparator.comparingInt(JobFault::line))
                .toList();
    }

    /** In the order of the file. */
    List<JobFault> warnings() {
        return warnings.stream()
                .distinct()
                .sorted(Comparator.comparingInt(JobFault::line))
                .toList();
    }

    /** The line of the value there, or of the nearest one around it. */
    int line(String pointer) {
        for (String at = pointer; ; at = at.substring(0, at.lastIndexOf('/'))) {
            Integer line = lines.get(at);
            if (line != null || at.isEmpty()) {
                return line == null ? 1 : line;
            }
        }
    }

    /** {@code /steps/1/needs} as people write it: {@code steps[1].needs: }. */
    private static String where(String pointer) {
        StringBuilder path = new StringBuilder();
        for (String part : Splitter.on('/').split(pointer)) {
            if (part.isEmpty()) {
                continue;
            }
            if (part.chars().allMatch(Character::isDigit)) {
                path.append('[').append(part).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".")
                        .append(part.replace("~1", "/").replace("~0", "~"));
            }
        }
        return path.isEmpty() ? "" : path + ": ";
    }
}
