package io.yardmaster.engine;

import java.util.Arrays;
import java.util.List;

/** Texts in which many others are looked for: by their first eight characters, and then as a whole. */
final class GramIndex {

    private static final int LENGTH = 8;

    private final List<String> texts;
    private final long[] grams;

    GramIndex(List<String> texts) {
        this.texts = List.copyOf(texts);
        long[] found = new long[texts.stream().mapToInt(String::length).sum()];
        int count = 0;
        for (String text : texts) {
            for (int at = 0; at + LENGTH <= text.length(); at++) {
                found[count++] = gram(text, at);
            }
        }
        grams = Arrays.copyOf(found, count);
        Arrays.sort(grams);
    }

    boolean contains(String wanted) {
        if (wanted.length() < LENGTH) {
            throw new IllegalArgumentException("too short: " + wanted);
        }
        return Arrays.binarySearch(grams, gram(wanted, 0)) >= 0
                && texts.stream().anyMatch(text -> text.contains(wanted));
    }

    private static long gram(String text, int at) {
        long hash = 0;
        for (int i = at; i < at + LENGTH; i++) {
            hash = hash * 0x9E3779B97F4A7C15L + text.charAt(i) + 1;
        }
        return hash;
    }
}
