import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Clients that do the same thing again and again, each on a connection of its own. */
final class Load {

    private static final int WARM_UP_SECONDS = 10;

    private Load() {}

    /** What one client does again and again. */
    interface Work {
        void once(Http http) throws Exception;
    }

    /** Has it done until it gets no faster: it takes minutes until the JVM has compiled all that a server does. */
    static void warmUp(List<Server> servers, int clients, int rounds, Work work) throws Exception {
        double best = 0;
        for (int round = 0, slower = 0; round < rounds && slower < 2; round++) {
            double rate = perSecond(servers, clients, 0, WARM_UP_SECONDS, work);
            slower = rate < 1.03 * best ? slower + 1 : 0;
            best = Math.max(best, rate);
        }
    }

    /** How often it was done in a second, by so many clients together, after some seconds to warm up. */
    static double perSecond(List<Server> servers, int clients, int warmUpSeconds, int seconds, Work work)
            throws Exception {
        AtomicLong done = new AtomicLong();
        AtomicLong refused = new AtomicLong();
        AtomicBoolean over = new AtomicBoolean();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> all = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                Server server = servers.get(i % servers.size());
                Callable<Void> client = () -> {
                    try (Http http = server.client()) {
                        while (!over.get()) {
                            try {
                                work.once(http);
                                done.incrementAndGet();
                            } catch (Http.Refused e) {
                                refused.incrementAndGet();
                                Thread.sleep(50);
                            }
                        }
                    }
                    return null;
                };
                all.add(threads.submit(client));
            }
            Thread.sleep(warmUpSeconds * 1000L);
            long before = done.get();
            long start = System.nanoTime();
            Thread.sleep(seconds * 1000L);
            double rate = (done.get() - before) / ((System.nanoTime() - start) / 1e9);
            over.set(true);
            for (Future<Void> one : all) {
                one.get();
            }
            if (refused.get() > 0) {
                System.err.println(refused + " requests were refused: the machine has too much else to do");
            }
            return rate;
        }
    }
}
