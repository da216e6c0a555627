package io.yardmaster.runs;

import java.util.List;

/**
 * How many runs there are of each kind.
 *
 * @param total how many runs were counted, also in groups that are left out here
 * @param groups the largest first
 * @param truncated whether there are more groups
 * @param exact whether all runs were counted that match; if not, the newest were
 */
public record RunGroups(long total, List<Group> groups, boolean truncated, boolean exact) {

    static final RunGroups NONE = new RunGroups(0, List.of(), false, true);

    /** A kind of runs. */
    public record Group(String key, long count) {}

    /** What makes runs be of one kind. */
    public sealed interface By {}

    /** What every run has, or every run that failed. */
    public enum Property implements By {
        STATUS,
        JOB_ID,
        FAILURE_CATEGORY
    }

    /** The value of a label; runs without it are in no group. */
    public record Label(String key) implements By {}

    /** The value of an attribute; runs without it are in no group. */
    public record Attribute(String key) implements By {}
}
