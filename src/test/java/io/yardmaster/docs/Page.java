package io.yardmaster.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page of Markdown, taken apart.
 *
 * @param prose the page with its blocks blanked, so that lines keep their numbers
 * @param anchors what a link can lead to, as GitHub makes them of headings
 */
record Page(Path path, String prose, List<Block> blocks, List<String> anchors) {

    private static final Pattern FENCE = Pattern.compile("^ *(?<fence>`{3,}|~{3,}) *(?<language>[\\w-]*).*$");
    private static final Pattern MARK = Pattern.compile("^ *<!-- *(?<mark>.*?) *--> *$");
    private static final Pattern HEADING = Pattern.compile("^#{1,6} +(?<text>.*?) *#*$");
    private static final Pattern CODE = Pattern.compile("`(?<code>[^`\n]+)`");
    private static final Pattern LINK = Pattern.compile("\\[[^\\[\\]]*\\]\\((?<target>[^()\\s]+)\\)");

    /** Something a page says, and where. */
    record Mention(String page, int line, String text) {

        @Override
        public String toString() {
            return page + ":" + line + ": " + text;
        }
    }

    /** All pages that people read, first the README. */
    static List<Page> all() {
        List<Path> files = new ArrayList<>(List.of(Path.of("README.md"), Path.of("CONTRIBUTING.md")));
        try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
            docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(files::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files.stream().map(Page::read).toList();
    }

    static Page read(Path path) {
        try {
            return parse(path, Files.readAllLines(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Page parse(Path path, List<String> lines) {
        List<String> prose = new ArrayList<>();
        List<Block> blocks = new ArrayList<>();
        List<String> anchors = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        List<String> marks = new ArrayList<>();
        int section = 0;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            Matcher fence = FENCE.matcher(line);
            Matcher mark = MARK.matcher(line);
            Matcher heading = HEADING.matcher(line);
            if (fence.matches()) {
                int start = i;
                List<String> inside = new ArrayList<>();
                prose.add("");
                for (i++; i < lines.size() && !lines.get(i).strip().startsWith(fence.group("fence")); i++) {
                    inside.add(lines.get(i));
                    prose.add("");
                }
                prose.add("");
                String text = String.join("\n", inside).stripIndent() + "\n";
                blocks.add(new Block(
                        path.toString(), start + 1, section, fence.group("language"), List.copyOf(marks), text));
                marks.clear();
                continue;
            }
            if (mark.matches()) {
                marks.add(mark.group("mark"));
            } else if (!line.isBlank()) {
                marks.clear();
            }
            if (heading.matches()) {
                section = i + 1;
                String anchor = anchor(heading.group("text"));
                int before = seen.merge(anchor, 1, Integer::sum) - 1;
                anchors.add(before == 0 ? anchor : anchor + "-" + before);
            }
            prose.add(line);
        }
        return new Page(path, String.join("\n", prose), blocks, anchors);
    }

    private static String anchor(String heading) {
        return heading.replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    /** Where its links lead, without those to other sites. */
    List<Mention> links() {
        String withoutCode =
                CODE.matcher(prose).replaceAll(code -> " ".repeat(code.group().length()));
        return mentions(LINK, withoutCode, "target").stream()
                .filter(link -> !link.text().matches("(https?|mailto):.*"))
                .toList();
    }

    /** What it sets as code within sentences. */
    List<Mention> code() {
        return mentions(CODE, prose, "code");
    }

    /** Every place of the whole page, sentences and blocks, that is like this. */
    List<Mention> everywhere(Pattern pattern) {
        List<Mention> found = new ArrayList<>(mentions(pattern, prose, ""));
        for (Block block : blocks) {
            mentions(pattern, block.text(), "")
                    .forEach(in -> found.add(new Mention(in.page(), block.line() + in.line(), in.text())));
        }
        return found;
    }

    /** The line of this number as it stands in its sentences. */
    String line(int number) {
        return prose.lines().skip(number - 1L).findFirst().orElse("");
    }

    private List<Mention> mentions(Pattern pattern, String text, String group) {
        return pattern.matcher(text)
                .results()
                .map(match -> new Mention(
                        path.toString(), lineOf(text, match), group.isEmpty() ? match.group() : match.group(group)))
                .toList();
    }

    private static int lineOf(String text, MatchResult match) {
        return (int) text.substring(0, match.start())
                        .chars()
                        .filter(c -> c == '\n')
                        .count()
                + 1;
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
