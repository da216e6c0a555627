package io.yardmaster.runs;

/**
 * The order of a list of runs. Runs of the same moment are in the order of their ids.
 *
 * @param descending the latest first
 */
public record RunOrder(Key key, boolean descending) {

    /** By which time runs are ordered. */
    public enum Key {
        CREATED,
        UPDATED,
        /** Lists only runs that have ended. */
        FINISHED
    }
}
