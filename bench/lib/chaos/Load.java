package chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * Submits runs at a steady rate, each under a key; makes up later for what could not be submitted in time. Some are
 * submitted several times at once, to several servers.
 */
final class Load {

    private static final int AT_ONCE = 300;
    private static final double REPEATED_AT_ONCE = 0.03;

    private final Options options;
    private final Client client;
    private final Ledger ledger;
    private final Findings findings;
    private final Commands commands;
    private final Semaphore room = new Semaphore(AT_ONCE);
    private final AtomicLong bursts = new AtomicLong();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private volatile double perSecond;

    Load(Options options, Client client, Ledger ledger, Findings findings, Commands commands) {
        this.options = options;
        this.client = client;
        this.ledger = ledger;
        this.findings = findings;
        this.commands = commands;
    }

    /** Begins to submit, until a moment of {@link System#nanoTime}; whoever waits for an answer has until the deadline. */
    Thread start(long until, long deadline) {
        return Thread.ofPlatform().name("load").start(() -> {
            long begin = System.nanoTime();
            try {
                for (long n = 0; System.nanoTime() < until; n++) {
                    long due = begin + (long) (n / options.rate() * 1e9);
                    long early = due - System.nanoTime();
                    if (early > 0) {
                        Thread.sleep(early / 1_000_000, (int) (early % 1_000_000));
                    }
                    room.acquire();
                    long number = n;
                    boolean withWaits = options.seconds() >= 90 && System.nanoTime() < begin + (until - begin) / 2;
                    threads.submit(() -> {
                        try {
                            submit(number, withWaits, deadline);
                        } finally {
                            room.release();
                        }
                        return null;
                    });
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            perSecond = ledger.size() / ((System.nanoTime() - begin) / 1e9);
        });
    }

    /** Waits until everything that was submitted is answered. */
    void awaitAnswers() throws InterruptedException {
        room.acquire(AT_ONCE);
        room.release(AT_ONCE);
        commands.await();
    }

    /** How many were accepted in a second, while it submitted. */
    double perSecond() {
        return perSecond;
    }

    /** How often a key was sent to several servers at once. */
    long bursts() {
        return bursts.get();
    }

    private void submit(long number, boolean withWaits, long deadline) throws Exception {
        SplittableRandom random = new SplittableRandom(options.seed() * 1_000_003 + number);
        JobKind job = JobKind.any(random, options.favoured(), withWaits);
        String key = "chaos-" + options.seed() + "-" + number;
        String request = "{\"job_id\": \"" + job.id() + "\", \"labels\": {\"key\": \"" + key + "\"}}";
        int first = random.nextInt(options.servers());
        if (random.nextDouble() < REPEATED_AT_ONCE) {
            bursts.incrementAndGet();
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 2 + random.nextInt(5); i++) {
                int server = first + i;
                RandomGenerator own = random.split();
                all.add(threads.submit(() -> {
                    one(key, job, request, server, own, deadline);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } else {
            one(key, job, request, first, random, deadline);
        }
    }

    private void one(String key, JobKind job, String request, int server, RandomGenerator random, long deadline)
            throws InterruptedException {
        Client.Answer answer = client.insist("/api/v1/runs", request, key, server, random, deadline);
        if (answer.status() == 201) {
            String runId = answer.text("run_id").orElseThrow();
            Ledger.Promise promise = ledger.accepted(key, job, runId, answer.body());
            if (job.isLong() && promise.runId().equals(runId)) {
                commands.about(promise, random, deadline);
            }
        } else if (answer.isForLater()) {
            ledger.gaveUp(key);
            findings.add(Guarantee.ANSWER, key + " was not accepted in the end: " + answer);
        } else {
            ledger.gaveUp(key);
            findings.add(Guarantee.ANSWER, key + " was answered with " + answer);
        }
    }
}
