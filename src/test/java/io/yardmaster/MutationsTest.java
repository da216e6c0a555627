package io.yardmaster;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.RawHttp;
import io.yardmaster.testkit.RawHttp.Answer;
import io.yardmaster.testkit.TestServer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Sends requests of every operation with accidents in them. How many is {@code yardmaster.test.mutations}; the same
 * {@code yardmaster.test.seed} brings the same accidents.
 */
class MutationsTest {

    private static final int AT_ONCE = 4;

    private final RawHttp server = new RawHttp(TestServer.shared().port());
    private final Map<Integer, LongAdder> byStatus = new ConcurrentHashMap<>();
    private final List<String> faults = Collections.synchronizedList(new ArrayList<>());

    @Test
    @SuppressWarnings("SystemOut") // the seed and the counts are for whoever reads the test's output
    void no_accident_makes_the_server_fail() throws Exception {
        int count = Integer.getInteger("yardmaster.test.mutations", 500);
        long seed = Long.getLong("yardmaster.test.seed", new Random().nextInt(1_000_000));
        List<Call> calls = Mutation.seeds(new ContractRecipes().byOperation());
        Log log = Log.listen();
        try (var threads = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<?>> pending = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Random random = new Random(seed * 1_000_003 + i);
                byte[] request = Mutation.of(calls.get(i % calls.size()), random);
                pending.add(threads.submit(() -> send(request)));
            }
            for (Future<?> sent : pending) {
                sent.get();
            }
        } finally {
            log.stop();
        }
        System.out.println(count + " mutations with seed " + seed + ": " + new TreeMap<>(byStatus));
        assertThat(faults).as("seed %d", seed).isEmpty();
        assertThat(log.complaints).as("seed %d", seed).isEmpty();
        ApiClient client = TestServer.shared().client();
        assertThat(client.get("/health").status()).isEqualTo(200);
        client.awaitEnd(client.run("hello-world", "{}"));
    }

    private void send(byte[] request) {
        try {
            for (Answer answer : server.sendAll(request)) {
                byStatus.computeIfAbsent(answer.status(), status -> new LongAdder())
                        .increment();
                String fault = fault(answer, request);
                if (fault != null) {
                    faults.add(fault + "\n" + text(request) + "\n--> " + answer);
                }
            }
        } catch (AssertionError | RuntimeException e) {
            faults.add(e + "\n" + text(request));
        }
    }

    private static @Nullable String fault(Answer answer, byte[] request) {
        if (answer.status() == 0) {
            return text(request).contains("\r\n\r\n") ? "no answer" : null;
        }
        if (answer.status() >= 500 && answer.status() != 503) {
            return "a fault of the server";
        }
        boolean hasBody = request.length < 5 || !text(request).startsWith("HEAD ");
        return answer.status() >= 400 && hasBody
                ? WholeProblem.fault(
                        answer.status(), answer.header("Content-Type"), answer.header("X-Request-Id"), answer.body())
                : null;
    }

    private static String text(byte[] request) {
        String text = new String(request, StandardCharsets.ISO_8859_1);
        return text.length() <= 3_000 ? text : text.substring(0, 3_000) + "…";
    }

    /** What the server complains of meanwhile. */
    private static final class Log extends AppenderBase<ILoggingEvent> {

        private final List<String> complaints = new CopyOnWriteArrayList<>();
        private final Logger root;

        private Log(Logger root) {
            this.root = root;
        }

        static Log listen() {
            LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
            Log log = new Log(context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME));
            log.setContext(context);
            log.start();
            log.root.addAppender(log);
            return log;
        }

        @Override
        public void stop() {
            root.detachAppender(this);
            super.stop();
        }

        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.ERROR) || event.getThrowableProxy() != null) {
                complaints.add(event.getLevel() + " " + event.getLoggerName() + ": " + event.getFormattedMessage()
                        + (event.getThrowableProxy() == null
                                ? ""
                                : " " + event.getThrowableProxy().getClassName() + ": "
                                        + event.getThrowableProxy().getMessage()));
            }
        }
    }
}
