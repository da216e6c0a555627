package chaos;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** Breaks something every few seconds, and mends it a while later. At least one server is left up. */
final class Faults {

    private final Options options;
    private final Cluster cluster;
    private final Counters counters;
    private final SplittableRandom random;
    private final Map<FaultKind, Integer> done = new EnumMap<>(FaultKind.class);
    private final Set<Replica> busy = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean databaseBusy = new AtomicBoolean();
    private final List<Future<?>> underWay = Collections.synchronizedList(new ArrayList<>());
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private long begin;
    private long nextLoss;

    Faults(Options options, Cluster cluster, Counters counters) {
        this.options = options;
        this.cluster = cluster;
        this.counters = counters;
        this.random = new SplittableRandom(options.seed());
    }

    /** Goes on until a moment of {@link System#nanoTime}; returns when all is mended. */
    void run(long until) throws Exception {
        begin = System.nanoTime();
        nextLoss = begin + seconds(20);
        long due = begin + seconds(Math.min(2, options.every()));
        while (due < until) {
            Thread.sleep(Math.max(1, (due - System.nanoTime()) / 1_000_000));
            one(until);
            due += seconds(options.every());
            for (Future<?> one : List.copyOf(underWay)) {
                if (one.isDone()) {
                    one.get();
                    underWay.remove(one);
                }
            }
        }
        for (Future<?> one : List.copyOf(underWay)) {
            one.get();
        }
    }

    /** How often what was done. */
    Map<FaultKind, Integer> done() {
        return done;
    }

    private void one(long until) {
        List<FaultKind> possible = new ArrayList<>(options.faults());
        // It takes long, and a short time of breaking is over before it is.
        if (System.nanoTime() < nextLoss
                || until - System.nanoTime() < options.grace().toNanos()) {
            possible.remove(FaultKind.LOSE);
        }
        while (!possible.isEmpty()) {
            FaultKind kind = FaultKind.any(possible, random);
            possible.remove(kind);
            if (kind.isOfTheDatabase() ? breakDatabase(kind) : breakServer(kind)) {
                done.merge(kind, 1, Integer::sum);
                return;
            }
        }
        say("nothing can be broken now that would leave a server up");
    }

    private boolean breakDatabase(FaultKind kind) {
        if (!databaseBusy.compareAndSet(false, true)) {
            return false;
        }
        Database database = cluster.database();
        // Longer than a lease now and then, so that nobody holds one when it comes back.
        boolean isLong = random.nextInt(4) == 0;
        double away = isLong ? between(0.8, 1.4) * options.lease().toMillis() / 1000.0 : between(0.2, 2);
        background(() -> {
            try {
                breakDatabase(kind, database, away);
            } finally {
                databaseBusy.set(false);
            }
        });
        return true;
    }

    private void breakDatabase(FaultKind kind, Database database, double away) throws Exception {
        switch (kind) {
            case STOP_DATABASE -> {
                say("the database is stopped at once, for %.1f s", away);
                database.stopAtOnce();
                Thread.sleep(millis(away));
                database.startAgain();
                say("the database is there again");
            }
            case FREEZE_DATABASE -> {
                say("the database is frozen for %.1f s", away);
                database.freeze();
                Thread.sleep(millis(away));
                database.thaw();
                say("the database is there again");
            }
            case CUT -> say("the database ends %d connections", database.cut());
            case KILL, FREEZE, RESTART, LOSE -> throw new IllegalStateException();
        }
    }

    private boolean breakServer(FaultKind kind) {
        List<Replica> candidates =
                cluster.up().stream().filter(server -> !busy.contains(server)).toList();
        if (candidates.size() < 2) {
            return false;
        }
        Replica server = candidates.get(random.nextInt(candidates.size()));
        double lease = options.lease().toMillis() / 1000.0;
        double grace = options.grace().toMillis() / 1000.0;
        double away = switch (kind) {
            case KILL -> random.nextInt(4) == 0 ? between(lease, 1.5 * lease) : between(0.2, 3);
            // Shorter than the lease now and then: nobody may notice.
            case FREEZE -> random.nextInt(5) == 0 ? between(0.5, lease) : between(1.2 * lease, 2 * lease);
            case LOSE -> grace + lease + between(1, 4);
            case RESTART, STOP_DATABASE, FREEZE_DATABASE, CUT -> 0;
        };
        if (kind == FaultKind.LOSE) {
            nextLoss = System.nanoTime() + seconds(3 * grace);
        }
        busy.add(server);
        counters.read(server);
        background(() -> {
            try {
                breakServer(kind, server, away);
            } finally {
                busy.remove(server);
            }
        });
        return true;
    }

    private void breakServer(FaultKind kind, Replica server, double away) throws Exception {
        switch (kind) {
            case KILL, LOSE -> {
                say("%s is killed, for %.1f s", server.name(), away);
                server.kill();
                Thread.sleep(millis(away));
                server.start();
            }
            case FREEZE -> {
                say("%s is frozen for %.1f s", server.name(), away);
                server.freeze();
                Thread.sleep(millis(away));
                server.thaw();
            }
            case RESTART -> {
                say("%s is stopped and started", server.name());
                server.stop();
                server.start();
            }
            case STOP_DATABASE, FREEZE_DATABASE, CUT -> throw new IllegalStateException();
        }
        say("%s is there again", server.name());
    }

    private void background(Mischief mischief) {
        underWay.add(threads.submit(() -> {
            mischief.run();
            return null;
        }));
    }

    private void say(String text, Object... values) {
        System.out.printf(
                Locale.ROOT,
                "%6.1f s  %s%n",
                (System.nanoTime() - begin) / 1e9,
                String.format(Locale.ROOT, text, values));
    }

    private double between(double least, double most) {
        return least + random.nextDouble() * (most - least);
    }

    private static long seconds(double seconds) {
        return (long) (seconds * 1e9);
    }

    private static long millis(double seconds) {
        return (long) (seconds * 1000);
    }

    private interface Mischief {
        void run() throws Exception;
    }
}
