package io.yardmaster.executors;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code $YM_OUTPUT}: lines {@code key=value}, or {@code key<<END}, lines of a value, {@code END}. */
final class StepOutput {

    private static final String VARIABLE = "$YM_OUTPUT";
    private static final int MAX_KEYS = 256;
    private static final int MAX_VALUE_BYTES = 64 * 1024;
    private static final Pattern ENTRY = Pattern.compile("([a-z][a-z0-9_]{0,62})(=|<<)(.*)", Pattern.DOTALL);

    private final String[] lines;
    private final List<String> faults;
    private final Map<String, String> values = new LinkedHashMap<>();

    private StepOutput(String text, List<String> faults) {
        this.lines = text.split("\n", -1);
        this.faults = faults;
    }

    /** The values, without those that are at fault. */
    static Map<String, String> read(Path file, List<String> faults) {
        Optional<String> text = StepFile.text(file, VARIABLE, faults);
        return text.isEmpty() ? Map.of() : new StepOutput(text.get(), faults).read();
    }

    private Map<String, String> read() {
        int next = 0;
        while (next < lines.length) {
            int number = next + 1;
            String line = lines[next++];
            if (line.isBlank()) {
                continue;
            }
            Matcher entry = ENTRY.matcher(line);
            if (!entry.matches()) {
                // The rest may be the middle of a value: reading on would only add faults that are none.
                faults.add(VARIABLE + ", line " + number
                        + ": expected key=value or key<<END, with a key of a-z, 0-9 and _ that begins with a letter.");
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
                faults.add(VARIABLE + ", line " + number + ": the value of " + key + " has no end "
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
            faults.add(VARIABLE + ", line " + number + ": the value of " + key + " is larger than 64 KiB.");
        } else if (values.size() == MAX_KEYS && !values.containsKey(key)) {
            faults.add(VARIABLE + ", line " + number + ": there are more than " + MAX_KEYS + " keys.");
        } else {
            values.put(key, value);
        }
    }
}
