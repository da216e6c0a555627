package io.yardmaster.jobs;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Names a job within its source: {@code backup/daily}, or {@code hello-world} for a job at the top. Deeper folders join
 * into the namespace with dots: the folder {@code ops/db/backup} is the job {@code ops.db/backup}.
 *
 * @param value {@code namespace/name} or {@code name}
 */
public record JobId(String value) implements Comparable<JobId> {

    private static final String FOLDER = "[a-z0-9][a-z0-9_-]{0,62}";
    private static final Pattern FOLDER_NAME = Pattern.compile(FOLDER);
    private static final Pattern ID = Pattern.compile("(" + FOLDER + "(\\." + FOLDER + "){0,7}/)?" + FOLDER);

    /** The last part of {@code …/versions} in the API, so no job can have this name. */
    private static final String RESERVED = "versions";

    public JobId {
        if (!isValid(value)) {
            throw new IllegalArgumentException("not a job id: " + value);
        }
    }

    /** Reads a job id; empty for text that cannot be one. */
    public static Optional<JobId> parse(String text) {
        return isValid(text) ? Optional.of(new JobId(text)) : Optional.empty();
    }

    /** Whether a folder of this name can hold jobs or be one. */
    static boolean isFolderName(String name) {
        return FOLDER_NAME.matcher(name).matches() && !name.equals(RESERVED);
    }

    /** The folders above the job, joined with dots; empty for a job at the top of its source. */
    public Optional<String> namespace() {
        int slash = value.indexOf('/');
        return slash < 0 ? Optional.empty() : Optional.of(value.substring(0, slash));
    }

    /** The name of the job's own folder. */
    public String name() {
        return value.substring(value.indexOf('/') + 1);
    }

    /** The job's folder relative to its source. */
    String folder() {
        return namespace().map(above -> above.replace('.', '/') + "/").orElse("") + name();
    }

    @Override
    public int compareTo(JobId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }

    private static boolean isValid(String text) {
        return text.length() <= 512
                && ID.matcher(text).matches()
                && !text.equals(RESERVED)
                && !text.endsWith("/" + RESERVED);
    }
}
