package io.yardmaster.executors;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads {@code $YM_OUTPUT} and {@code $YM_ATTRIBUTES}: lines {@code key=value}, or {@code key<<END}, lines of a value,
 * {@code END}.
 */
final class StepOutput {

    private static final int MAX_VALUE_BYTES = 64 * 1024;

    private final Form form;
    private final String[] lines;
    private final List<String> faults;
    private final Map<String, String> values = new LinkedHashMap<>();

    private StepOutput(Form form, String text, List<String> faults) {
        this.form = form;
        this.lines = text.split("\n", -1);
        this.faults = faults;
    }

    /** The values, without those that are at fault. */
    static Map<String, String> read(Path file, Form form, List<String> faults) {
        Optional<String> text = StepFile.text(file, form.variable, faults);
        return text.isEmpty() ? Map.of() : new StepOutput(form, text.get(), faults).read();
    }

    /** What such a file may hold. */
    enum Form {
        OUTPUTS("$YM_OUTPUT", 256, "([a-z][a-z0-9_]{0,62})", "a-z, 0-9 and _"),
        ATTRIBUTES("$YM_ATTRIBUTES", 64, "([a-z][a-z0-9_-]{0,62})", "a-z, 0-9, _ and -");

        private final String variable;
        private final int maxKeys;
        private final Pattern entry;
        private final String characters;

        Form(String variable, int maxKeys, String key, String characters) {
            this.variable = variable;
            this.maxKeys = maxKeys;
            this.entry = Pattern.compile(key + "(=|<<)(.*)", Pattern.DOTALL);
            this.characters = characters;
        }
    }

    private Map<String, String> read() {
        int next = 0;
        while (next < lines.length) {
            int number = next + 1;
            String line = lines[next++];
            if (line.isBlank()) {
                continue;
            }
            Matcher entry = form.entry.matcher(line);
            if (!entry.matches()) {
                // The rest may be the middle of a value: reading on would only add faults that are none.
                faults.add(form.variable + ", line " + number
                        + ": expected key=value or key<<END, with a key of " + form.characters
                        + " that begins with a letter.");
                return values;
            }
            String key = entry.group(1);
            if (entry.group(2).equals("=")) {
                put(number, key, entry.group(3));
                continue;
            }
            String end = entry.group(3).strip();
            int last = end.isEmpty() ? lines.length : indexOf(end, next);
            if (last == lines.length) {
                // The text after << is not quoted: by mistake it may be a secret, and of a piece nobody could tell.
                faults.add(form.variable + ", line " + number + ": the value of " + key + " has no end "
                        + (end.isEmpty() ? "marker after <<." : "line: none is what follows <<."));
                return values;
            }
            put(number, key, String.join("\n", List.of(lines).subList(next, last)));
            next = last + 1;
        }
        return values;
    }

    private int indexOf(String end, int from) {
        int line = from;
        while (line < lines.length && !lines[line].equals(end)) {
            line++;
        }
        return line;
    }

    private void put(int number, String key, String value) {
        if (value.getBytes(StandardCharsets.UTF_8).length > MAX_VALUE_BYTES) {
            faults.add(form.variable + ", line " + number + ": the value of " + key + " is larger than 64 KiB.");
        } else if (values.size() == form.maxKeys && !values.containsKey(key)) {
            faults.add(form.variable + ", line " + number + ": there are more than " + form.maxKeys + " keys.");
        } else {
            values.put(key, value);
        }
    }
}
