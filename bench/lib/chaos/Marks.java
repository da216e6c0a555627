package chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What attempts have written themselves, each into a file of its own. */
record Marks(Map<String, List<Mark>> byAttempt) {

    /**
     * A line of an attempt.
     *
     * @param what {@code start}, {@code alive} or {@code end}
     * @param micros of the machine's clock
     */
    record Mark(String what, long pid, long micros) {}

    static Marks read(Path folder) throws IOException {
        Map<String, List<Mark>> all = new HashMap<>();
        try (var files = Files.list(folder)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                List<Mark> marks = new ArrayList<>();
                for (String line : Files.readAllLines(file)) {
                    String[] words = line.split(" ");
                    marks.add(new Mark(words[0], Long.parseLong(words[1]), Long.parseLong(words[2])));
                }
                all.put(file.getFileName().toString(), marks);
            }
        }
        return new Marks(all);
    }

    /** The lines of an attempt; none where it never began. */
    List<Mark> of(String run, String step, int attempt) {
        return byAttempt.getOrDefault(name(run, step, attempt), List.of());
    }

    static String name(String run, String step, int attempt) {
        return run + "." + step + "." + attempt;
    }
}
