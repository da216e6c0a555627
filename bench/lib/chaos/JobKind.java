package chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.random.RandomGenerator;

/** The jobs of the load. */
enum JobKind {
    /** One step that the server works out itself. */
    SUM(700, """
        name: Adds
        composition: steps
        steps:
          - {id: sum, type: eval, values: {two: "1 + 1"}}
        """),
    CHAIN(120, """
        name: Waits a little between two steps
        composition: steps
        steps:
          - {id: first, type: eval, values: {one: "1"}}
          - {id: nap, needs: [first], type: sleep, for: 300ms}
          - {id: last, needs: [nap], type: eval, values: {two: "steps.first.outputs.one + 1"}}
        """),
    /** On its way for longer than a lease, and never tied to a host. */
    NAPS(40, """
        name: Waits several times
        composition: steps
        steps:
          - {id: a, type: sleep, for: 1500ms}
          - {id: b, needs: [a], type: sleep, for: 2500ms}
          - {id: c, needs: [b], type: sleep, for: 2s}
          - {id: d, needs: [c], type: sleep, for: 2s}
          - {id: e, needs: [d], type: eval, values: {over: "true"}}
        """),
    ALONE(30, """
        name: One at a time
        concurrency: {key: alone, limit: 1}
        composition: steps
        steps:
          - {id: nap, type: sleep, for: 50ms}
        """),
    WORK(30, """
        name: Two processes
        composition: steps
        steps:
          - {id: one, command: ["./step.sh", "5"], env: {MARKS: "@marks@", CHAOS: "@name@"}}
          - {id: two, needs: [one], command: ["./step.sh", "3"], env: {MARKS: "@marks@", CHAOS: "@name@"}}
        """),
    LONG(10, """
        name: A long process
        composition: steps
        steps:
          - {id: long, command: ["./step.sh", "60"], env: {MARKS: "@marks@", CHAOS: "@name@"}}
        """),
    /** May be tried again where its host is lost. */
    AGAIN(10, """
        name: A long process that may be tried again
        composition: steps
        steps:
          - id: again
            command: ["./step.sh", "50"]
            env: {MARKS: "@marks@", CHAOS: "@name@"}
            interruptible: true
            retry: {attempts: 10, backoff: 100ms, match: [system]}
        """),
    /** Does not want to end, and leaves a daemon behind. */
    STUBBORN(6, """
        name: Ignores signals
        composition: steps
        steps:
          - {id: deaf, command: ["./deaf.sh"], env: {MARKS: "@marks@", CHAOS: "@name@"}}
        """),
    /** Longer than what a server keeps a run for. */
    WAIT(3, """
        name: Is let go
        composition: steps
        steps:
          - {id: wait, type: sleep, for: 31s}
          - {id: on, needs: [wait], type: eval, values: {over: "true"}}
        """);

    /** Each attempt has a file, in which a line is added at its start, now and then, and at its end. */
    private static final String STEP = """
        #!/usr/bin/env bash
        mark=$MARKS/$YM_RUN_ID.$YM_STEP_ID.$YM_ATTEMPT
        note() { printf '%s %s %s\\n' "$1" $$ "${EPOCHREALTIME/[.,]/}" >>"$mark"; }
        exec {never}<> <(:)
        note start
        for ((i = 1; i <= $1; i++)); do
            echo "line $i of $1"
            read -rt 0.1 -u $never || true
            note alive
        done
        note end
        """;

    private static final String DEAF = """
        #!/usr/bin/env bash
        trap '' TERM INT HUP
        mark=$MARKS/$YM_RUN_ID.$YM_STEP_ID.$YM_ATTEMPT
        note() { printf '%s %s %s\\n' "$1" $$ "${EPOCHREALTIME/[.,]/}" >>"$mark"; }
        note start
        setsid sleep 300 &
        for ((i = 1; i <= 30; i++)); do
            sleep 0.1
            note alive
        done
        note end
        """;

    private final int weight;
    private final String config;

    JobKind(int weight, String config) {
        this.weight = weight;
        this.config = config;
    }

    String id() {
        return name().toLowerCase();
    }

    /** Whether its runs take long enough to be cancelled and paused. */
    boolean isLong() {
        return this == NAPS || this == LONG || this == AGAIN || this == STUBBORN || this == WAIT;
    }

    /** Whether a step that is cut off may be tried again. */
    boolean isInterruptible() {
        return this == AGAIN;
    }

    boolean hasProcesses() {
        return config.contains("command:");
    }

    /**
     * Any job, the cheap ones mostly.
     *
     * @param favoured of which there are more than usual
     */
    static JobKind any(RandomGenerator random, JobKind favoured, boolean withWaits) {
        int total = 0;
        for (JobKind kind : values()) {
            total += kind.weight(favoured, withWaits);
        }
        int at = random.nextInt(total);
        for (JobKind kind : values()) {
            at -= kind.weight(favoured, withWaits);
            if (at < 0) {
                return kind;
            }
        }
        throw new IllegalStateException();
    }

    private int weight(JobKind favoured, boolean withWaits) {
        if (this == WAIT && !withWaits) {
            return 0;
        }
        return this == favoured && this != SUM ? 10 * weight : weight;
    }

    /**
     * Writes all jobs.
     *
     * @param marks where attempts leave their marks
     * @param name by which all processes of steps are known
     */
    static void write(Path jobs, Path marks, String name) throws IOException {
        for (JobKind kind : values()) {
            Path folder = Files.createDirectories(jobs.resolve(kind.id()));
            Files.writeString(
                    folder.resolve("config.yaml"),
                    kind.config.replace("@marks@", marks.toString()).replace("@name@", name));
            if (kind.hasProcesses()) {
                executable(folder.resolve("step.sh"), STEP);
                executable(folder.resolve("deaf.sh"), DEAF);
            }
        }
    }

    private static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        if (!file.toFile().setExecutable(true)) {
            throw new IOException("cannot be made executable: " + file);
        }
    }
}
