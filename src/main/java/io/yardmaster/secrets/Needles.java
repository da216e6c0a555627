package io.yardmaster.secrets;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds many needles in one pass. Each place of a text is looked up by its next four characters in a small table of
 * bits, which in nearly all places says no; where it does not, the needles that begin so are compared.
 */
final class Needles {

    private static final int BITS_PER_PREFIX = 16;
    private static final int MINIMUM_BITS = 1 << 13;
    private static final long MIX = 0x9E3779B97F4A7C15L;

    /** What the needles begin with, as numbers, in order; one that may begin in several ways is there for each. */
    private final long[] keys;

    private final Needle[] needles;
    private final long[] bits;
    private final int shift;

    Needles(List<Needle> all) {
        List<Entry> entries = new ArrayList<>();
        for (Needle needle : all) {
            for (String prefix : needle.prefixes()) {
                entries.add(new Entry(key(prefix.toCharArray(), 0, Needle.PREFIX), needle));
            }
        }
        entries.sort(Comparator.comparingLong(Entry::key));
        keys = entries.stream().mapToLong(Entry::key).toArray();
        needles = entries.stream().map(Entry::needle).toArray(Needle[]::new);
        int size = Integer.highestOneBit(Math.max(MINIMUM_BITS, keys.length * BITS_PER_PREFIX) - 1) << 1;
        bits = new long[size / Long.SIZE];
        shift = Long.SIZE - Integer.numberOfTrailingZeros(size);
        for (long key : keys) {
            int bit = (int) ((key * MIX) >>> shift);
            bits[bit >>> 6] |= 1L << bit;
        }
    }

    /**
     * Looks through a text.
     *
     * @param covered how many characters at its beginning are known to belong to a secret
     * @param last whether nothing comes after it
     */
    Findings find(char[] text, int covered, boolean last) {
        int length = text.length;
        Findings findings = new Findings(length);
        if (covered > 0) {
            findings.found(0, covered);
        }
        int start = 0;
        while ((start = nextCandidate(text, start)) <= length - Needle.PREFIX) {
            compare(key(text, start, start + Needle.PREFIX), text, start, last, findings);
            start++;
        }
        if (!last) {
            for (int tail = Math.max(0, length - Needle.PREFIX + 1); tail < length; tail++) {
                if (mayBegin(text, tail)) {
                    findings.undecided(tail);
                }
            }
        }
        return findings;
    }

    /** The first place from a given one on where the table does not say no; too near to the end where there is none. */
    private int nextCandidate(char[] text, int from) {
        long[] table = bits;
        int right = shift;
        long key = key(text, from, Math.min(from + Needle.PREFIX - 1, text.length));
        int end = from + Needle.PREFIX - 1;
        for (; end < text.length; end++) {
            key = key << Character.SIZE | text[end];
            int bit = (int) ((key * MIX) >>> right);
            if ((table[bit >>> 6] & 1L << bit) != 0) {
                break;
            }
        }
        return end - Needle.PREFIX + 1;
    }

    private void compare(long key, char[] text, int start, boolean last, Findings findings) {
        for (int i = firstFrom(key); i < keys.length && keys[i] == key; i++) {
            int end = needles[i].match(text, start, text.length, last);
            if (end >= 0) {
                findings.found(start, end);
            } else if (end == Needle.UNDECIDED && !last) {
                findings.undecided(start);
            }
        }
    }

    /** Whether a needle begins with the last characters of a text, which are too few to be a prefix. */
    private boolean mayBegin(char[] text, int start) {
        int missing = (Needle.PREFIX - (text.length - start)) * Character.SIZE;
        long begun = key(text, start, text.length);
        int first = firstFrom(begun << missing);
        return first < keys.length && keys[first] >>> missing == begun;
    }

    private int firstFrom(long key) {
        int low = 0;
        int high = keys.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (keys[middle] < key) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static long key(char[] text, int from, int to) {
        long key = 0;
        for (int i = from; i < to; i++) {
            key = key << Character.SIZE | text[i];
        }
        return key;
    }

    private record Entry(long key, Needle needle) {}
}
