package chaos;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/** Those who read along, of single runs and of all, and go on at another server with the last id they saw. */
final class Readers {

    private final Options options;
    private final List<Replica> servers;
    private final Ledger ledger;
    private final Findings findings;
    private final AtomicLong events = new AtomicLong();
    private final AtomicLong reconnects = new AtomicLong();
    private final Map<String, Long> followed = new ConcurrentHashMap<>();
    private final List<Feed> feeds = new ArrayList<>();
    private final List<Thread> followers = new ArrayList<>();
    private final Set<String> before = ConcurrentHashMap.newKeySet();
    private volatile boolean judging;
    private volatile boolean over;
    private volatile boolean closed;

    Readers(Options options, List<Replica> servers, Ledger ledger, Findings findings) {
        this.options = options;
        this.servers = servers;
        this.ledger = ledger;
        this.findings = findings;
    }

    /** Connects the readers of all runs, who read from now on. */
    void startFeeds() throws InterruptedException {
        for (int i = 0; i < options.feeds() * servers.size(); i++) {
            Feed feed = new Feed("feed " + i, new SplittableRandom(options.seed() + 100 + i));
            feeds.add(feed);
            feed.thread = Thread.ofPlatform().name(feed.name).daemon().start(feed::read);
        }
    }

    /** Whether all of them have a place to go on from. */
    boolean feedsAreThere() {
        return feeds.stream().allMatch(feed -> !feed.lastId.isEmpty());
    }

    /** From now on each run has to be seen from its first event on. */
    void judge() {
        judging = true;
    }

    void startFollowers() {
        for (int i = 0; i < options.followers() * servers.size(); i++) {
            RandomGenerator random = new SplittableRandom(options.seed() + 200 + i);
            followers.add(Thread.ofPlatform().name("follower " + i).daemon().start(() -> follow(random)));
        }
    }

    /** Nobody begins with another run. Returns when all have the ends of theirs, or the patience is over. */
    void finishFollowers(long patienceMillis) throws InterruptedException {
        over = true;
        long end = System.currentTimeMillis() + patienceMillis;
        for (Thread follower : followers) {
            follower.join(Math.max(1, end - System.currentTimeMillis()));
            if (follower.isAlive()) {
                findings.add(Guarantee.READER, follower.getName() + " does not get to the end of its run");
            }
        }
    }

    /** By run: the last number that a reader of this run saw, who saw all before. */
    Map<String, Long> followed() {
        return followed;
    }

    /** For each reader of all runs, by run: the last number, all before it having come. */
    Map<String, Map<String, Long>> fed() {
        Map<String, Map<String, Long>> all = new HashMap<>();
        feeds.forEach(feed -> all.put(feed.name, Map.copyOf(feed.last)));
        return all;
    }

    long events() {
        return events.get();
    }

    long reconnects() {
        return reconnects.get();
    }

    void close() {
        closed = true;
        over = true;
    }

    private void follow(RandomGenerator random) {
        while (!over) {
            var run = ledger.recent(random);
            if (run.isEmpty()) {
                pause(100);
                continue;
            }
            // Those that take long meet more faults.
            if (run.get().job() != JobKind.SUM || random.nextInt(10) == 0) {
                follow(run.get().runId(), random);
            }
        }
    }

    private void follow(String runId, RandomGenerator random) {
        long last = 0;
        int missing = 0;
        while (!closed) {
            Replica server = servers.get(random.nextInt(servers.size()));
            try (Stream stream = new Stream(
                    server.port(), "/api/v1/runs/" + runId + "/events", last == 0 ? "" : Long.toString(last))) {
                if (stream.status() == 204) {
                    followed.put(runId, last);
                    return;
                }
                if (stream.status() == 404 && missing++ > 3) {
                    findings.add(
                            Guarantee.ACCEPTED, runId + " was accepted, and a reader is told that it is not there");
                    return;
                }
                if (stream.status() == 200) {
                    while (true) {
                        Stream.Frame frame = stream.next();
                        if (frame.event().equals("stream.end")) {
                            followed.put(runId, last);
                            return;
                        }
                        if (frame.isEntry()) {
                            long seq = frame.seq();
                            if (seq != last + 1) {
                                findings.add(
                                        Guarantee.READER,
                                        "a reader of " + runId + " at " + server.name() + " got " + seq + " after "
                                                + last);
                            }
                            last = seq;
                            events.incrementAndGet();
                        }
                    }
                }
            } catch (IOException e) {
                // Goes on elsewhere.
            }
            reconnects.incrementAndGet();
            pause(50 + random.nextInt(200));
        }
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A reader of all runs. */
    private final class Feed {

        private final String name;
        private final RandomGenerator random;
        private final Map<String, Long> last = new ConcurrentHashMap<>();
        private volatile String lastId = "";
        private Thread thread;

        Feed(String name, RandomGenerator random) {
            this.name = name;
            this.random = random;
        }

        private void read() {
            while (!closed) {
                Replica server = servers.get(random.nextInt(servers.size()));
                try (Stream stream = new Stream(server.port(), "/api/v1/events/runs", lastId)) {
                    if (stream.status() == 200) {
                        while (true) {
                            take(stream.next(), server);
                        }
                    } else if (stream.status() != 503) {
                        findings.add(
                                Guarantee.READER,
                                name + " was answered " + stream.status() + " by " + server.name() + " at " + lastId);
                        return;
                    }
                } catch (IOException e) {
                    // Goes on elsewhere.
                }
                reconnects.incrementAndGet();
                pause(50 + random.nextInt(200));
            }
        }

        private void take(Stream.Frame frame, Replica server) {
            if (frame.isEntry()) {
                if (judging) {
                    entry(frame, server);
                } else {
                    before.add(frame.runId());
                }
            }
            if (!frame.id().isEmpty()) {
                lastId = frame.id();
            }
        }

        private void entry(Stream.Frame frame, Replica server) {
            String run = frame.runId();
            if (before.contains(run)) {
                return;
            }
            long seq = frame.seq();
            long seen = last.getOrDefault(run, 0L);
            if (seq != seen + 1) {
                findings.add(
                        Guarantee.READER,
                        name + " at " + server.name() + " got " + seq + " of " + run + " after " + seen + ", at "
                                + frame.id());
            }
            last.put(run, seq);
            events.incrementAndGet();
        }
    }
}
