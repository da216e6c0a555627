package chaos;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the servers count themselves. Each start of a server begins anew, and a kill loses what came since the last look. */
final class Counters {

    private static final Pattern LINE = Pattern.compile("(?m)^(yardmaster_[a-z_]+_total)(?:\\{[^}]*})? ([0-9.E+]+)$");

    private final Map<Long, Map<String, Double>> byProcess = new ConcurrentHashMap<>();

    /** Looks at a server that is about to be broken, or is up. */
    void read(Replica server) {
        try {
            Client.Answer answer = Client.get(server.port(), "/metrics", 1500);
            if (answer.status() == 200) {
                Map<String, Double> found = new ConcurrentHashMap<>();
                Matcher line = LINE.matcher(answer.body());
                while (line.find()) {
                    found.merge(line.group(1), Double.parseDouble(line.group(2)), Double::sum);
                }
                byProcess.put(server.pid(), found);
            }
        } catch (IOException e) {
            // What was read before counts.
        }
    }

    /** What all starts of all servers have counted together. */
    long sum(String name) {
        return Math.round(byProcess.values().stream()
                .mapToDouble(found -> found.getOrDefault(name, 0.0))
                .sum());
    }
}
