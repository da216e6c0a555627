package io.yardmaster.problems;

import java.util.regex.Pattern;

/** Shortens sentences that repeat what a caller sent, which may be of any length. */
final class Excerpt {

    private static final int LONGEST = 2_000;

    /** Nothing that we write ourselves has a word as long as this. */
    private static final Pattern ENDLESS_WORD = Pattern.compile("(\\S{80})\\S{80,}");

    private Excerpt() {}

    static String of(String sentence) {
        if (sentence.length() <= 160) {
            return sentence;
        }
        String text = ENDLESS_WORD.matcher(sentence).replaceAll("$1…");
        if (text.length() <= LONGEST) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST;
        return text.substring(0, end) + "…";
    }
}
