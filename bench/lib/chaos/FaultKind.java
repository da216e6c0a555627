package chaos;

import java.util.Arrays;

/** What is done to a server, or to the database. */
enum FaultKind {
    /** A server is killed, and started again a while later. */
    KILL,
    /** A server stops where it stands, mostly for longer than its lease, and goes on. */
    FREEZE,
    /** A server is stopped in an orderly way, and started again. */
    RESTART,
    /** A server is killed and stays away until its host is given up. */
    LOSE,
    /** The database is stopped at once, as a crash does, and started again. */
    STOP_DATABASE,
    /** All of the database stops where it stands, and goes on. */
    FREEZE_DATABASE;

    boolean isOfTheDatabase() {
        return this == STOP_DATABASE || this == FREEZE_DATABASE;
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
