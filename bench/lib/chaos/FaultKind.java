package chaos;

import java.util.Arrays;
import java.util.Collection;
import java.util.random.RandomGenerator;

/** What is done to a server, or to the database; some more often than others. */
enum FaultKind {
    /** A server is killed, and started again a while later. */
    KILL(3),
    /** A server stops where it stands, mostly for longer than its lease, and goes on. */
    FREEZE(3),
    /** A server is stopped in an orderly way, and started again. */
    RESTART(2),
    /** A server is killed and stays away until its host is given up. */
    LOSE(1),
    /** The database is stopped at once, as a crash does, and started again. */
    STOP_DATABASE(1),
    /** All of the database stops where it stands, and goes on. */
    FREEZE_DATABASE(1),
    /** The database ends every connection of the servers, in the middle of whatever they do. */
    CUT(3);

    private final int weight;

    FaultKind(int weight) {
        this.weight = weight;
    }

    boolean isOfTheDatabase() {
        return switch (this) {
            case STOP_DATABASE, FREEZE_DATABASE, CUT -> true;
            case KILL, FREEZE, RESTART, LOSE -> false;
        };
    }

    /** One of some, by their weights. */
    static FaultKind any(Collection<FaultKind> kinds, RandomGenerator random) {
        int at = random.nextInt(kinds.stream().mapToInt(kind -> kind.weight).sum());
        for (FaultKind kind : kinds) {
            at -= kind.weight;
            if (at < 0) {
                return kind;
            }
        }
        throw new IllegalStateException();
    }

    String label() {
        return name().toLowerCase().replace('_', '-');
    }

    static FaultKind of(String label) {
        return Arrays.stream(values())
                .filter(kind -> kind.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such fault: " + label));
    }
}
