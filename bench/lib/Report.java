import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What was measured: printed as a table, and written as JSON to {@code target/bench}. */
final class Report {

    private final String name;
    private final List<Row> rows = new ArrayList<>();

    Report(String name) {
        this.name = name;
    }

    /** A figure beside the yardstick of the same run; {@code target} says what their ratio, or the figure, should be. */
    void add(String what, double figure, String unit, String yardstick, double yardstickFigure, String target) {
        rows.add(new Row(what, figure, unit, yardstick, yardstickFigure, target));
    }

    /** A figure that has no yardstick. */
    void add(String what, double figure, String unit, String target) {
        rows.add(new Row(what, figure, unit, null, Double.NaN, target));
    }

    void finish() throws IOException {
        System.out.println();
        System.out.printf(
                "%s; %d processors, load %s%n",
                name,
                Runtime.getRuntime().availableProcessors(),
                Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
        System.out.printf("%-58s %14s   %-46s %12s %7s  %s%n", "", "figure", "yardstick", "", "ratio", "target");
        rows.forEach(row -> System.out.println(row.line()));
        Path file = Path.of("target", "bench", name + ".json");
        Files.writeString(file, rows.stream().map(Row::json).collect(Collectors.joining(",\n", "[\n", "\n]\n")));
        System.out.println("→ " + file);
    }

    private record Row(
            String what, double figure, String unit, String yardstick, double yardstickFigure, String target) {

        String line() {
            return String.format(
                            Locale.ROOT,
                            "%-58s %14s   %-46s %12s %7s  %s",
                            what,
                            shown(figure) + " " + unit,
                            yardstick == null ? "" : yardstick,
                            yardstick == null ? "" : shown(yardstickFigure) + " " + unit,
                            yardstick == null ? "" : String.format(Locale.ROOT, "%.2f", figure / yardstickFigure),
                            target)
                    .stripTrailing();
        }

        String json() {
            return String.format(
                    Locale.ROOT,
                    "  {\"what\": \"%s\", \"figure\": %.4f, \"unit\": \"%s\"%s, \"target\": \"%s\"}",
                    what,
                    figure,
                    unit,
                    yardstick == null
                            ? ""
                            : String.format(
                                    Locale.ROOT,
                                    ", \"yardstick\": \"%s\", \"yardstick_figure\": %.4f, \"ratio\": %.4f",
                                    yardstick,
                                    yardstickFigure,
                                    figure / yardstickFigure),
                    target);
        }

        private static String shown(double value) {
            return value >= 1000
                    ? String.format(Locale.ROOT, "%,.0f", value)
                    : String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
        }
    }
}
