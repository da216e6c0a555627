package chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
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
    private volatile boolean over;
    private Thread thread;

    Load(Options options, Client client, Ledger ledger, Findings findings, Commands commands) {
        this.options = options;
        this.client = client;
        this.ledger = ledger;
        this.findings = findings;
        this.commands = commands;
    }

    /** Begins to submit, until it is {@linkplain #stop stopped}. */
    void start() {
        thread = Thread.ofPlatform().name("load").start(() -> {
            long begin = System.nanoTime();
            try {
                for (long n = 0; !over; n++) {
                    long due = begin + (long) (n / options.rate() * 1e9);
                    long early = due - System.nanoTime();
                    if (early > 0) {
                        Thread.sleep(early / 1_000_000, (int) (early % 1_000_000));
                    }
                    room.acquire();
                    long number = n;
                    boolean withWaits = options.seconds() >= 90
                            && System.nanoTime() < begin + TimeUnit.SECONDS.toNanos(options.seconds() / 2);
                    threads.submit(() -> {
                        try {
                            submit(number, withWaits);
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

    /** Waits until so many runs are accepted that there is something to break, or some time is over. */
    void awaitUnderWay() throws InterruptedException {
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (ledger.size() < 2 * options.rate() && System.nanoTime() < patience) {
            Thread.sleep(50);
        }
    }

    /** Nothing more is submitted. */
    void stop() throws InterruptedException {
        over = true;
        thread.join();
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

    private void submit(long number, boolean withWaits) throws Exception {
        SplittableRandom random = new SplittableRandom(options.seed() * 1_000_003 + number);
        long deadline =
                System.nanoTime() + TimeUnit.SECONDS.toNanos(Math.max(60, options.seconds()) + options.settle());
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
