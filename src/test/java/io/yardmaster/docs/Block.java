package io.yardmaster.docs;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A fenced block of a page.
 *
 * @param line of the fence, counted from 1
 * @param section the line of the heading it stands under
 * @param language the word behind the fence; may be empty
 * @param marks the comments right before it, such as {@code not run: needs a cluster}
 */
record Block(String page, int line, int section, String language, List<String> marks, String text) {

    private static final Set<String> SHELL = Set.of("sh", "bash", "shell", "console");

    boolean isShell() {
        return SHELL.contains(language);
    }

    /** What a user types: of a {@code console} block the lines behind the prompt. */
    String commands() {
        return language.equals("console")
                ? text.lines()
                        .filter(line -> line.startsWith("$ "))
                        .map(line -> line.substring(2))
                        .collect(Collectors.joining("\n"))
                : text;
    }

    /** What stands behind the colon of a mark; empty text for a mark without one. */
    Optional<String> mark(String name) {
        return marks.stream()
                .filter(mark -> mark.equals(name) || mark.startsWith(name + ":"))
                .map(mark -> mark.substring(Math.min(mark.length(), name.length() + 1))
                        .strip())
                .findFirst();
    }

    /** The words behind the colon of a mark, which commas part. */
    List<String> listed(String name) {
        return mark(name).stream()
                .flatMap(words -> Arrays.stream(words.split(",", -1)))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    @Override
    public String toString() {
        return page + ":" + line;
    }
}
