package chaos;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** Breaks servers and their database under load, and checks what was promised. */
final class Chaos {

    private final Options options;
    private final Findings findings = new Findings();

    private Chaos(Options options) {
        this.options = options;
    }

    public static void main(String[] arguments) throws Exception {
        if (java.util.List.of(arguments).contains("--help")) {
            System.out.print(Options.HELP);
            return;
        }
        Options options;
        try {
            options = Options.parse(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        try {
            boolean asExpected = options.sabotage().isEmpty() ? prove(options) : disprove(options);
            System.exit(asExpected ? 0 : 1);
        } catch (Exception e) {
            // Threads that load the servers would go on for ever.
            e.printStackTrace();
            System.exit(3);
        }
    }

    /** Whether all guarantees hold. */
    private static boolean prove(Options options) throws Exception {
        Findings findings = new Chaos(options).run();
        System.out.println();
        System.out.println(
                findings.isEmpty()
                        ? "all guarantees hold"
                        : "guarantees are broken; to try again: bench/chaos --seed " + options.seed());
        return findings.isEmpty();
    }

    /** Whether each sabotage was found. */
    private static boolean disprove(Options options) throws Exception {
        List<Sabotage> all = options.sabotage().equals("all")
                ? List.of(Sabotage.values())
                : List.of(Sabotage.of(options.sabotage()));
        Map<Sabotage, Boolean> found = new LinkedHashMap<>();
        for (Sabotage sabotage : all) {
            System.out.println();
            System.out.println("=== the server without " + sabotage.label());
            Findings findings = new Chaos(options.sabotagedBy(sabotage)).run();
            found.put(sabotage, !findings.of(sabotage.broken()).isEmpty());
        }
        System.out.println();
        found.forEach((sabotage, was) ->
                System.out.printf("%-12s %s%n", sabotage.label(), was ? "was found" : "WAS NOT FOUND"));
        return !found.containsValue(false);
    }

    private Findings run() throws Exception {
        System.out.printf(
                Locale.ROOT,
                "%d servers, %.0f submissions/s, %d s, a fault every %.1f s, seed %d%n",
                options.servers(),
                options.rate(),
                options.seconds(),
                options.every(),
                options.seed());
        try (Cluster cluster = Cluster.start(options)) {
            breakUnderLoad(cluster);
            if (!findings.isEmpty()) {
                Path logs =
                        cluster.keepLogs(Path.of("target", "bench", "chaos-" + options.seed() + options.sabotage()));
                System.out.println("what the servers have logged is in " + logs);
            }
        }
        return findings;
    }

    private void breakUnderLoad(Cluster cluster) throws Exception {
        Client client = new Client(cluster.servers());
        Ledger ledger = new Ledger(findings);
        Readers readers = new Readers(options, cluster.servers(), ledger, findings);
        Commands commands = new Commands(client, ledger, findings);
        Load load = new Load(options, client, ledger, findings, commands);
        Counters counters = new Counters();
        Faults faults = new Faults(options, cluster, counters);
        warmUp(client, readers, cluster);

        load.start();
        readers.startFollowers();
        load.awaitUnderWay();
        faults.run(System.nanoTime() + TimeUnit.SECONDS.toNanos(options.seconds()));
        load.stop();
        load.awaitAnswers();
        settle(cluster);
        readers.finishFollowers(20_000);
        cluster.servers().forEach(counters::read);
        try (Connection connection = cluster.database().connect()) {
            Evidence evidence = new Evidence(options, cluster, client, ledger, readers, connection);
            CheckPromises.check(evidence, findings);
            CheckLogs.check(evidence, findings);
            CheckFolds.check(evidence, findings);
            CheckAttempts.check(evidence, findings);
            CheckOwners.check(evidence, findings);
            CheckReaders.check(evidence, findings);
            CheckRemains.check(evidence, findings);
            CheckOutput.check(evidence, findings);
            Summary.print(evidence, faults, load, counters);
        }
        System.out.println();
        findings.print();
    }

    /** Until all readers have a place from which they go on. */
    private static void warmUp(Client client, Readers readers, Cluster cluster) throws Exception {
        readers.startFeeds();
        SplittableRandom random = new SplittableRandom();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        for (int i = 0; !readers.feedsAreThere(); i++) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("readers of all runs see nothing");
            }
            client.insist("/api/v1/runs", "{\"job_id\": \"sum\"}", "warm-up-" + i, i, random, deadline);
            Thread.sleep(200);
        }
        awaitEnds(cluster, deadline);
        Thread.sleep(1000);
        readers.judge();
    }

    /** Until all runs have ended, or the patience is over. */
    private void settle(Cluster cluster) throws Exception {
        long begin = System.nanoTime();
        awaitEnds(cluster, begin + TimeUnit.SECONDS.toNanos(options.settle()));
        System.out.printf(Locale.ROOT, "settled in %.1f s%n", (System.nanoTime() - begin) / 1e9);
    }

    private static void awaitEnds(Cluster cluster, long deadline) throws SQLException, InterruptedException {
        while (cluster.database().ask("SELECT count(*) FROM run_live") > 0 && System.nanoTime() < deadline) {
            Thread.sleep(250);
        }
    }
}
