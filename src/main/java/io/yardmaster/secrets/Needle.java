package io.yardmaster.secrets;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Something to be found in a text: one form of one secret. */
sealed interface Needle {

    /** How many characters of a text decide whether a needle is worth comparing; none is shorter. */
    int PREFIX = 4;

    /** It is not there. */
    int NONE = -1;

    /** The text ends before it could tell. */
    int UNDECIDED = -2;

    /** All that a text it is found in may begin with, cut to {@link #PREFIX} characters. */
    Set<String> prefixes();

    /**
     * Looks for it at one place.
     *
     * @param last whether the text ends at {@code end} for good
     * @return where it ends, {@link #NONE} or {@link #UNDECIDED}
     */
    int match(char[] text, int start, int end, boolean last);

    /** Characters that are found exactly as they are. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and read a million times
    record Exact(char[] form) implements Needle {

        @Override
        public Set<String> prefixes() {
            return Set.of(new String(form, 0, PREFIX));
        }

        @Override
        public int match(char[] text, int start, int end, boolean last) {
            int length = Math.min(form.length, end - start);
            if (Arrays.mismatch(form, 0, length, text, start, start + length) >= 0) {
                return NONE;
            }
            return length == form.length ? start + length : UNDECIDED;
        }
    }

    /**
     * Characters that may be broken over lines anywhere, as tools do with Base64.
     *
     * @param from how many characters of the form were the end of the line before, too few to be recognised
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Folded(char[] form, int from) implements Needle {

        private static final int DEEPEST_INDENT = 200;

        @Override
        public Set<String> prefixes() {
            return Set.of(new String(form, from, PREFIX));
        }

        @Override
        public int match(char[] text, int start, int end, boolean last) {
            if (from > 0 && !isLineStart(text, start)) {
                return NONE;
            }
            int found = from;
            int at = start;
            boolean broken = false;
            while (true) {
                int length = Math.min(form.length - found, end - at);
                int same = Arrays.mismatch(form, found, found + length, text, at, at + length);
                if (same < 0) {
                    return found + length == form.length ? at + length : UNDECIDED;
                }
                if (broken && same == 0) {
                    return NONE; // an empty line: what could go on for ever is no text broken over lines
                }
                broken = true;
                found += same;
                at = afterBreak(text, at + same, end);
                if (at == NONE || found - from < PREFIX) {
                    return NONE;
                }
            }
        }

        private static boolean isLineStart(char[] text, int at) {
            int before = at - 1;
            while (before >= 0 && isIndent(text[before])) {
                before--;
            }
            return before < 0 || text[before] == '\n';
        }

        /** Where the next line's text begins; {@link #NONE} where the line does not end here. */
        private static int afterBreak(char[] text, int at, int end) {
            int next = at;
            if (text[next] == '\r' && next + 1 < end) {
                next++;
            }
            if (text[next] != '\n') {
                return NONE;
            }
            next++;
            while (next < end && isIndent(text[next])) {
                next++;
                if (next - at > DEEPEST_INDENT) {
                    return NONE;
                }
            }
            return next;
        }

        private static boolean isIndent(char c) {
            return c == ' ' || c == '\t';
        }
    }

    /**
     * Characters of which each may be written in several ways.
     *
     * @param others the ways for characters beyond ASCII, as far as they were worked out
     */
    record Spelled(String form, Spelling spelling, Map<Integer, String[]> others) implements Needle {

        @Override
        public Set<String> prefixes() {
            Set<String> found = new HashSet<>();
            addPrefixes("", 0, found);
            return found;
        }

        private void addPrefixes(String begun, int next, Set<String> found) {
            if (begun.length() >= PREFIX) {
                found.add(begun.substring(0, PREFIX));
            } else {
                int character = form.codePointAt(next);
                for (String way : spelling.ways(character, others)) {
                    addPrefixes(begun + way, next + Character.charCount(character), found);
                }
            }
        }

        @Override
        public int match(char[] text, int start, int end, boolean last) {
            int at = start;
            int next = 0;
            while (next < form.length()) {
                int character = form.codePointAt(next);
                at = match(spelling.ways(character, others), text, at, end, last);
                if (at < 0) {
                    return at;
                }
                next += Character.charCount(character);
            }
            return at;
        }

        private static int match(String[] ways, char[] text, int at, int end, boolean last) {
            for (String way : ways) {
                int length = Math.min(way.length(), end - at);
                int same = 0;
                while (same < length && way.charAt(same) == text[at + same]) {
                    same++;
                }
                if (same == way.length()) {
                    return at + same;
                }
                if (same == end - at && !last) {
                    return UNDECIDED;
                }
            }
            return NONE;
        }
    }
}
