package io.yardmaster.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a page shows as printed, compared with what was printed. Ids, times and digests are never the same and stand for
 * any; {@code …} stands for anything: in a text, as a value, as an item for any number of them, as a line for any number
 * of lines. An object may have more members than the page shows.
 */
final class Shown {

    private static final String ANYTHING = "…";
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Pattern CHANGING = Pattern.compile("(run|plan|artifact)_[0-9A-HJKMNP-TV-Z]{26}"
            + "|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"
            + "|(sha256:)?[0-9a-f]{64}"
            + "|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

    private Shown() {}

    /** How they differ; empty if they do not. */
    static Optional<String> difference(Block shown, String printed) {
        if (!shown.language().equals("json")) {
            return matches(shown.text().strip(), printed.strip())
                    ? Optional.empty()
                    : Optional.of("printed is:\n" + printed);
        }
        List<JsonNode> values = values(printed);
        if (values.isEmpty()) {
            return Optional.of("no JSON was printed but:\n" + printed);
        }
        return differences("", JSON.readTree(shown.text()), values.getLast()).stream()
                .findFirst()
                .map(difference ->
                        difference + "\nprinted is:\n" + values.getLast().toPrettyString());
    }

    /** The JSON values of a text, which may follow each other without a line break. */
    private static List<JsonNode> values(String printed) {
        List<JsonNode> values = new ArrayList<>();
        int start = printed.indexOf('{');
        if (start < 0) {
            return values;
        }
        try (MappingIterator<JsonNode> read = JSON.readerFor(JsonNode.class).readValues(printed.substring(start))) {
            read.forEachRemaining(values::add);
        } catch (JacksonException e) {
            return values;
        }
        return values;
    }

    private static List<String> differences(String at, JsonNode shown, JsonNode printed) {
        if (shown.isString() && shown.asString().equals(ANYTHING)) {
            return List.of();
        }
        List<String> found = new ArrayList<>();
        if (shown.isObject() && printed.isObject()) {
            for (var member : shown.properties()) {
                String below = at + "/" + member.getKey();
                if (printed.has(member.getKey())) {
                    found.addAll(differences(below, member.getValue(), printed.get(member.getKey())));
                } else if (!member.getKey().equals(ANYTHING)) {
                    found.add(below + " is not printed");
                }
            }
        } else if (shown.isArray() && printed.isArray()) {
            if (!sameItems(shown, 0, printed, 0)) {
                found.add(at + " shows other items than are printed");
            }
        } else if (shown.isString() && printed.isString()) {
            if (!matches(shown.asString(), printed.asString())) {
                found.add(at + " shows " + shown + " but " + printed + " is printed");
            }
        } else if (!shown.equals(printed)) {
            found.add(at + " shows " + shown + " but " + printed + " is printed");
        }
        return found;
    }

    private static boolean sameItems(JsonNode shown, int from, JsonNode printed, int at) {
        if (from == shown.size()) {
            return at == printed.size();
        }
        JsonNode first = shown.get(from);
        if (first.isString() && first.asString().equals(ANYTHING)) {
            for (int next = at; next <= printed.size(); next++) {
                if (sameItems(shown, from + 1, printed, next)) {
                    return true;
                }
            }
            return false;
        }
        return at < printed.size()
                && differences("", first, printed.get(at)).isEmpty()
                && sameItems(shown, from + 1, printed, at + 1);
    }

    private static boolean matches(String shown, String printed) {
        return shown.equals(printed) || pattern(shown).matcher(printed + "\n").matches();
    }

    private static Pattern pattern(String shown) {
        StringBuilder regex = new StringBuilder();
        for (String line : shown.lines().toList()) {
            if (line.strip().equals(ANYTHING)) {
                regex.append("(?:.*\n)*?");
                continue;
            }
            for (String part : line.split("((?<=" + ANYTHING + ")|(?=" + ANYTHING + "))", -1)) {
                regex.append(part.equals(ANYTHING) ? ".*?" : changing(part));
            }
            regex.append("\n");
        }
        return Pattern.compile(regex.toString());
    }

    private static String changing(String text) {
        StringBuilder regex = new StringBuilder();
        var matcher = CHANGING.matcher(text);
        int done = 0;
        while (matcher.find()) {
            regex.append(Pattern.quote(text.substring(done, matcher.start())))
                    .append("(?:")
                    .append(CHANGING.pattern())
                    .append(')');
            done = matcher.end();
        }
        return regex.append(Pattern.quote(text.substring(done))).toString();
    }
}
