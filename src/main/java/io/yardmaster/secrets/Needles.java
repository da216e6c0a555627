package io.yardmaster.secrets;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds many needles in one pass. Each place of a text is looked up by its next four characters in a small table of
 * bits, which in nearly all places says no; where it does not, the needles that begin so are compared.
 */
final class Needles {

    private static final int BITS_PER_PREFIX = 16;
    private static final int MINIMUM_BITS = 1 << 13;
    private static final long MIX = 0x9E3779B97F4A7C15L;

    private final Map<Long, Needle[]> byPrefix;
    private final long[] bits;
    private final int shift;

    /** What a needle may begin with, in less than four characters. */
    private final Set<String> beginnings = new HashSet<>();

    Needles(List<Needle> needles) {
        Map<Long, List<Needle>> sorted = new HashMap<>();
        for (Needle needle : needles) {
            for (String prefix : needle.prefixes()) {
                sorted.computeIfAbsent(key(prefix), key -> new ArrayList<>()).add(needle);
                for (int length = 1; length < Needle.PREFIX; length++) {
                    beginnings.add(prefix.substring(0, length));
                }
            }
        }
        byPrefix = new HashMap<>(sorted.size() * 2);
        sorted.forEach((key, found) -> byPrefix.put(key, found.toArray(Needle[]::new)));
        int size = Integer.highestOneBit(Math.max(MINIMUM_BITS, sorted.size() * BITS_PER_PREFIX) - 1) << 1;
        bits = new long[size / Long.SIZE];
        shift = Long.SIZE - Integer.numberOfTrailingZeros(size);
        for (long key : sorted.keySet()) {
            int bit = bit(key);
            bits[bit / Long.SIZE] |= 1L << bit;
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
        long key = 0;
        for (int i = 0; i < Math.min(Needle.PREFIX - 1, length); i++) {
            key = key << Character.SIZE | text[i];
        }
        for (int start = 0; start <= length - Needle.PREFIX; start++) {
            key = key << Character.SIZE | text[start + Needle.PREFIX - 1];
            int bit = bit(key);
            if ((bits[bit / Long.SIZE] & 1L << bit) != 0) {
                compare(key, text, start, length, last, findings);
            }
        }
        if (!last) {
            for (int start = Math.max(0, length - Needle.PREFIX + 1); start < length; start++) {
                if (beginnings.contains(new String(text, start, length - start))) {
                    findings.undecided(start);
                }
            }
        }
        return findings;
    }

    private void compare(long key, char[] text, int start, int length, boolean last, Findings findings) {
        Needle @Nullable [] candidates = byPrefix.get(key);
        if (candidates == null) {
            return;
        }
        for (Needle needle : candidates) {
            int end = needle.match(text, start, length, last);
            if (end >= 0) {
                findings.found(start, end);
            } else if (end == Needle.UNDECIDED && !last) {
                findings.undecided(start);
            }
        }
    }

    private int bit(long key) {
        return (int) (key * MIX >>> shift);
    }

    private static long key(String prefix) {
        long key = 0;
        for (int i = 0; i < Needle.PREFIX; i++) {
            key = key << Character.SIZE | prefix.charAt(i);
        }
        return key;
    }
}
