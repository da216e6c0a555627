package chaos;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Phaser;
import java.util.random.RandomGenerator;

/** Cancels some of the longer runs, and pauses and resumes others. */
final class Commands {

    private static final double CANCELLED = 0.2;
    private static final double CANCELLED_STUBBORN = 0.7;
    private static final double PAUSED = 0.2;

    private final Client client;
    private final Ledger ledger;
    private final Findings findings;
    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private final Phaser underWay = new Phaser(1);

    Commands(Client client, Ledger ledger, Findings findings) {
        this.client = client;
        this.ledger = ledger;
        this.findings = findings;
    }

    /** Decides what is done to a run, and does it a while later. */
    void about(Ledger.Promise run, RandomGenerator random, long deadline) {
        if (!seen.add(run.runId())) {
            return;
        }
        double fate = random.nextDouble();
        double cancelled = run.job() == JobKind.STUBBORN ? CANCELLED_STUBBORN : CANCELLED;
        if (fate < cancelled) {
            later(() -> cancel(run.runId(), random, deadline));
        } else if (fate < cancelled + PAUSED) {
            later(() -> pause(run.runId(), random, deadline));
        }
    }

    /** Waits until all of this is done. */
    void await() {
        underWay.arriveAndAwaitAdvance();
    }

    private void cancel(String runId, RandomGenerator random, long deadline) throws InterruptedException {
        Thread.sleep(random.nextInt(3000));
        ledger.cancelled(runId, false);
        Client.Answer answer = client.insist(
                "/api/v1/runs/" + runId + "/cancel",
                "{\"grace\": \"1s\"}",
                "cancel-" + runId,
                any(random),
                random,
                deadline);
        if (answer.status() == 202 || answer.status() == 200) {
            ledger.cancelled(runId, true);
        } else if (answer.status() != 409 && !answer.isForLater()) {
            findings.add(Guarantee.ANSWER, "cancelling " + runId + " was answered with " + answer);
        }
    }

    private void pause(String runId, RandomGenerator random, long deadline) throws InterruptedException {
        Thread.sleep(random.nextInt(3000));
        Client.Answer answer = client.insist(
                "/api/v1/runs/" + runId + "/pause", "{}", "pause-" + runId, any(random), random, deadline);
        if (answer.status() == 409) {
            return;
        }
        ledger.paused(runId);
        if (!answer.isSuccess() && !answer.isForLater()) {
            findings.add(Guarantee.ANSWER, "pausing " + runId + " was answered with " + answer);
        }
        Thread.sleep(random.nextInt(4000));
        Client.Answer resumed = client.insist(
                "/api/v1/runs/" + runId + "/resume", "{}", "resume-" + runId, any(random), random, deadline);
        if (!resumed.isSuccess() && resumed.status() != 409) {
            findings.add(Guarantee.ANSWER, "resuming " + runId + " was answered with " + resumed);
        }
    }

    private void later(Command command) {
        underWay.register();
        Thread.ofVirtual().start(() -> {
            try {
                command.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                underWay.arriveAndDeregister();
            }
        });
    }

    private static int any(RandomGenerator random) {
        return random.nextInt(64);
    }

    private interface Command {
        void run() throws InterruptedException;
    }
}
