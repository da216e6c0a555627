package chaos;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/**
 * What was asked for.
 *
 * @param rate submissions a second
 * @param seconds how long things are broken under load
 * @param every seconds between two faults
 * @param lease how long a server may be silent before others take its runs
 * @param grace how long a host may be silent before others go on with runs of which it has processes
 * @param followers readers of single runs, for each server
 * @param feeds readers of the stream of all runs, for each server
 * @param settle seconds that all may take to end after the last fault
 * @param sabotage what is taken out of the server; empty: nothing
 * @param favoured of which job there are more than usual
 */
record Options(
        int servers,
        double rate,
        int seconds,
        double every,
        long seed,
        Duration lease,
        Duration grace,
        int followers,
        int feeds,
        Set<FaultKind> faults,
        int settle,
        String sabotage,
        JobKind favoured) {

    static final String HELP = """
        bench/chaos [OPTION…]
          --for SECONDS       how long things are broken under load (120)
          --servers N         how many servers there are (3)
          --rate N            submissions a second (110)
          --every SECONDS     between two faults (5)
          --seed N            repeats the faults and the load of another time
          --faults KIND,…     only these: %s
          --lease SECONDS     after which a silent server loses its runs (5)
          --grace SECONDS     after which a silent host loses its processes (20)
          --followers N       readers of single runs for each server (2)
          --feeds N           readers of the stream of all runs for each server (1)
          --settle SECONDS    that everything may take to end after the last fault (120)
          --sabotage WHAT     breaks the server itself, to prove that it would be found: %s, all
        """.formatted(names(FaultKind.values()), names(Sabotage.values()));

    static Options parse(String[] arguments) {
        int servers = 3;
        double rate = 110;
        int seconds = 120;
        double every = 5;
        long seed = ThreadLocalRandom.current().nextInt(1, 1_000_000);
        double lease = 5;
        double grace = 20;
        int followers = 2;
        int feeds = 1;
        Set<FaultKind> faults = EnumSet.allOf(FaultKind.class);
        int settle = 120;
        String sabotage = "";
        for (int i = 0; i < arguments.length; i += 2) {
            String value = i + 1 < arguments.length ? arguments[i + 1] : "";
            try {
                switch (arguments[i]) {
                    case "--for" -> seconds = Integer.parseInt(value);
                    case "--servers" -> servers = Integer.parseInt(value);
                    case "--rate" -> rate = Double.parseDouble(value);
                    case "--every" -> every = Double.parseDouble(value);
                    case "--seed" -> seed = Long.parseLong(value);
                    case "--faults" ->
                        faults = Arrays.stream(value.split(","))
                                .map(FaultKind::of)
                                .collect(Collectors.toCollection(() -> EnumSet.noneOf(FaultKind.class)));
                    case "--lease" -> lease = Double.parseDouble(value);
                    case "--grace" -> grace = Double.parseDouble(value);
                    case "--followers" -> followers = Integer.parseInt(value);
                    case "--feeds" -> feeds = Integer.parseInt(value);
                    case "--settle" -> settle = Integer.parseInt(value);
                    case "--sabotage" ->
                        sabotage =
                                value.equals("all") ? value : Sabotage.of(value).label();
                    default -> throw new IllegalArgumentException("no such option");
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(arguments[i] + " " + value + ": " + e.getMessage() + "\n" + HELP);
            }
        }
        return new Options(
                servers,
                rate,
                seconds,
                every,
                seed,
                millis(lease),
                millis(grace),
                followers,
                feeds,
                faults,
                settle,
                sabotage,
                JobKind.SUM);
    }

    Options sabotagedBy(Sabotage what) {
        return new Options(
                servers,
                rate,
                seconds,
                every,
                seed,
                lease,
                grace,
                followers,
                feeds,
                what.faults(),
                Math.min(settle, 20),
                what.label(),
                what.favoured());
    }

    /** How much earlier than others may go on with its runs a host ends its processes. */
    Duration margin() {
        Duration part = grace.multipliedBy(2).dividedBy(5);
        return part.compareTo(Duration.ofSeconds(10)) < 0 ? part : Duration.ofSeconds(10);
    }

    private static Duration millis(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    private static String names(Enum<?>[] values) {
        return Arrays.stream(values)
                .map(value -> value.name().toLowerCase().replace('_', '-'))
                .collect(Collectors.joining(", "));
    }
}
