package io.yardmaster.runs;

/**
 * How many runs match.
 *
 * @param counted all of them, or as many as were counted
 * @param exact whether these are all
 */
record Total(long counted, boolean exact) {

    static Total exactly(long counted) {
        return new Total(counted, true);
    }

    /** Where counting stops at a bound. */
    static Total upTo(long most, long counted) {
        return new Total(Math.min(counted, most), counted <= most);
    }

    /** There are so many that somebody has seen. */
    Total atLeast(long seen) {
        return exact || counted >= seen ? this : new Total(seen, false);
    }

    static Total read(String text) {
        boolean exact = !text.endsWith("+");
        return new Total(Long.parseLong(exact ? text : text.substring(0, text.length() - 1)), exact);
    }

    /** As {@link #read} reads it. */
    String text() {
        return counted + (exact ? "" : "+");
    }
}
