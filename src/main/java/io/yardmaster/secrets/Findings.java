package io.yardmaster.secrets;

import java.util.Arrays;

/** Where in a text secrets are: stretches that do not touch each other, in order. */
final class Findings {

    private int[] starts = new int[4];
    private int[] ends = new int[4];
    private int count;
    private int undecided;

    Findings(int length) {
        this.undecided = length;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Up to here more text changes nothing. */
    int decidedUntil() {
        return undecided;
    }

    /** One more; none begins before one that was told earlier. */
    void found(int start, int end) {
        if (count > 0 && start <= ends[count - 1]) {
            ends[count - 1] = Math.max(ends[count - 1], end);
            return;
        }
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, count * 2);
            ends = Arrays.copyOf(ends, count * 2);
        }
        starts[count] = start;
        ends[count++] = end;
    }

    /** Whether a secret begins here shows only when there is more text. */
    void undecided(int start) {
        undecided = Math.min(undecided, start);
    }

    /** Where the stretch begins that goes over a place; the place itself where none does. */
    int startAround(int place) {
        int index = firstEndingAfter(place);
        return index < count ? Math.min(starts[index], place) : place;
    }

    /** Where the stretch ends that goes over a place; the place itself where none does. */
    int endAround(int place) {
        int index = firstEndingAfter(place);
        return index < count && starts[index] < place ? ends[index] : place;
    }

    /** All from there on is to be masked. */
    void cover(int start, int end) {
        int from = startAround(start);
        while (count > 0 && starts[count - 1] >= from) {
            count--;
        }
        found(from, end);
    }

    /** The piece of the text, with {@code mask} in place of what was found in it. */
    String masked(char[] text, int from, int to, String mask) {
        StringBuilder masked = new StringBuilder(to - from);
        int at = from;
        for (int i = firstEndingAfter(from); i < count && starts[i] < to; i++) {
            masked.append(text, at, Math.max(at, starts[i]) - at).append(mask);
            at = Math.min(ends[i], to);
        }
        return masked.append(text, at, to - at).toString();
    }

    /** Whether something was found in the piece. */
    boolean touches(int from, int to) {
        int first = firstEndingAfter(from);
        return first < count && starts[first] < to;
    }

    private int firstEndingAfter(int from) {
        int found = Arrays.binarySearch(ends, 0, count, from);
        return found >= 0 ? found + 1 : -found - 1;
    }
}
