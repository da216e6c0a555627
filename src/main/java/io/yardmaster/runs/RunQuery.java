package io.yardmaster.runs;

import org.jspecify.annotations.Nullable;

/**
 * A page of a list of runs.
 *
 * @param pageToken the {@code nextToken} of the page before; null: from the start
 * @param offset how many to pass over before the page begins
 * @param limit at most as many
 */
public record RunQuery(
        RunFilter filter, RunOrder order, @Nullable String pageToken, int offset, int limit) {

    /** What a page token of this list belongs to. */
    String list() {
        return "runs " + filter + " " + order;
    }
}
