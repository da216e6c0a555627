package io.yardmaster.wakeups;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.yardmaster.wakeups.Outbox.Post;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Base64;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what has gathered, as one message after the other, each in a transaction of its own: a NOTIFY inside the
 * transactions that it speaks of would make their commits wait for each other.
 */
final class Sender {

    static final String CHANNEL = "yardmaster";

    private static final Logger log = LoggerFactory.getLogger(Sender.class);
    private static final Duration PAUSE_WITHOUT_DATABASE = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final DataSource pool;
    private final Outbox outbox;
    private final Hearing hearing;
    private final Counter sent;
    private final String name = randomName();
    private final Thread thread =
            Thread.ofPlatform().name("wakeups sender").daemon().unstarted(this::send);
    private volatile boolean stopping;
    private volatile Sent lastSign = new Sent(-1, 0);

    Sender(DataSource pool, Outbox outbox, Hearing hearing, MeterRegistry meters) {
        this.pool = pool;
        this.outbox = outbox;
        this.hearing = hearing;
        this.sent = Counter.builder("yardmaster.wakeups.sent")
                .description("Messages to other servers that sent them looking, signs of life included")
                .register(meters);
    }

    /** Who the letters of this start of the server come from. */
    String name() {
        return name;
    }

    /** Gives a sign of life, to others and to this server itself. */
    void sign(long token) {
        outbox.token(token);
    }

    /** Others should look at everything. */
    void anything() {
        outbox.anything();
    }

    /** The last sign of life that went out. */
    Sent lastSign() {
        return lastSign;
    }

    void start() {
        thread.start();
    }

    void stop() {
        stopping = true;
        outbox.anything();
        try {
            thread.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void send() {
        while (!stopping) {
            try {
                Post post = outbox.take();
                if (hearing.hasAudience() || post.token().isPresent()) {
                    send(post);
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void send(Post post) throws InterruptedException {
        try {
            notify(new Letter(name, post.token(), post.news()).write());
        } catch (SQLException e) {
            log.debug("Other servers could not be told", e);
            if (!stopping) {
                outbox.failed(post);
                Thread.sleep(PAUSE_WITHOUT_DATABASE);
            }
            return;
        }
        sent.increment();
        if (post.token().isPresent()) {
            lastSign = new Sent(post.token().getAsLong(), System.nanoTime());
        }
    }

    private void notify(String letter) throws SQLException {
        try (Connection connection = pool.getConnection();
                // A message need not outlive the database's own crash, so its commit waits for no disk.
                PreparedStatement statement = connection.prepareStatement(
                        "SELECT set_config('synchronous_commit', 'off', true), pg_notify(?, ?)")) {
            statement.setString(1, CHANNEL);
            statement.setString(2, letter);
            statement.execute();
        }
    }

    private static String randomName() {
        byte[] bytes = new byte[8];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /**
     * A sign of life that was sent.
     *
     * @param at on this JVM's own clock
     */
    record Sent(long token, long at) {}
}
