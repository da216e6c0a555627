package io.yardmaster.jobs;

/**
 * A key that a run takes a slot of, and gives back when it has ended. Runs of one tenant with the same key, whatever
 * their jobs, are held against each other.
 *
 * @param key the name that they share, with nothing left to be expanded
 * @param limit how many of them may hold a slot at once
 */
public record ConcurrencyKey(String key, int limit, OnConflict onConflict) {

    /** The longest that a key may be, in characters. */
    public static final int MAX_LENGTH = 255;
}
