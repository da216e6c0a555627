package io.yardmaster.wakeups;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.yardmaster.database.SeparateConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;

/**
 * Listens on a connection of its own, which is none of the pool. It sends itself signs of life through the pool: where
 * they do not arrive, as behind a PgBouncer in transaction mode, listening is pointless and the server has to look.
 */
final class Receiver {

    private static final Logger log = LoggerFactory.getLogger(Receiver.class);

    private static final Duration SIGN_EVERY = Duration.ofSeconds(10);
    private static final Duration SIGN_TAKES_AT_MOST = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration LOOK_UP = Duration.ofSeconds(1);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

    private final WakeupProperties properties;
    private final DataSource pool;
    private final Sender sender;
    private final Hearing hearing;
    private final ApplicationEventPublisher events;
    private final Counter received;
    private final Thread thread =
            Thread.ofPlatform().name("wakeups receiver").daemon().unstarted(this::listen);
    private volatile boolean stopping;
    private volatile @Nullable Connection open;
    private Duration pause = FIRST_PAUSE;
    private boolean complained;
    private long token;

    Receiver(
            WakeupProperties properties,
            DataSource pool,
            Sender sender,
            Hearing hearing,
            ApplicationEventPublisher events,
            MeterRegistry meters) {
        this.properties = properties;
        this.pool = pool;
        this.sender = sender;
        this.hearing = hearing;
        this.events = events;
        this.received = Counter.builder("yardmaster.wakeups.received")
                .description("Messages of other servers, signs of life included")
                .register(meters);
    }

    void start() {
        if (properties.isDeaf()) {
            log.info(
                    "This server does not listen for others; it looks at the database every {} ms",
                    properties.poll().toMillis());
        } else {
            thread.start();
        }
    }

    void stop() {
        stopping = true;
        thread.interrupt();
        Connection connection = open;
        if (connection != null) {
            try {
                connection.abort(Runnable::run);
            } catch (SQLException e) {
                log.debug("The connection that listened could not be closed", e);
            }
        }
    }

    private void listen() {
        while (!stopping) {
            try (Connection connection =
                    SeparateConnection.open(pool, properties.notifyUrl(), "yardmaster wakeups", PATIENCE)) {
                open = connection;
                listenOn(connection);
            } catch (SQLException | RuntimeException e) {
                if (!stopping) {
                    lost(e);
                }
            } catch (InterruptedException e) {
                return;
            }
            open = null;
            pauseBeforeTheNext();
        }
    }

    private void listenOn(Connection connection) throws SQLException, InterruptedException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("LISTEN " + Sender.CHANNEL);
        }
        PGConnection messages = connection.unwrap(PGConnection.class);
        long signedAt = sign();
        boolean heard = false;
        boolean everHeard = false;
        while (!stopping) {
            PGNotification[] came = messages.getNotifications(Math.toIntExact(LOOK_UP.toMillis()));
            if (came != null) {
                for (PGNotification one : came) {
                    heard |= take(one.getParameter());
                }
            }
            everHeard |= heard;
            if (heard && System.nanoTime() - signedAt > SIGN_EVERY.toNanos()) {
                hearing.forgetTheGone();
                signedAt = sign();
                heard = false;
            }
            if (!heard && isOverdue()) {
                if (everHeard) {
                    throw new SQLException("nothing comes through it any more");
                }
                unlisten(connection);
                deaf();
                return;
            }
        }
    }

    private long sign() {
        sender.sign(++token);
        return System.nanoTime();
    }

    /** Whether the last sign of life went out, and should have arrived. */
    private boolean isOverdue() {
        Sender.Sent last = sender.lastSign();
        return last.token() == token && System.nanoTime() - last.at() > SIGN_TAKES_AT_MOST.toNanos();
    }

    /** Whether this was the sign of life that this server waits for. */
    private boolean take(String text) {
        Letter letter = Letter.read(text).orElse(null);
        if (letter == null) {
            log.debug("A message of somebody else's on this channel: {}", text);
            return false;
        }
        if (letter.sender().equals(sender.name())) {
            boolean mine = letter.token().orElse(-1) == token;
            if (mine) {
                hears();
            }
            return mine;
        }
        received.increment();
        if (hearing.heardOf(letter.sender())) {
            // It has told nobody what happened before, nor was it told.
            sender.anything();
        }
        if (!letter.news().isEmpty()) {
            publish(letter.news());
        }
        return false;
    }

    private void hears() {
        pause = FIRST_PAUSE;
        if (hearing.listening(true)) {
            if (complained) {
                log.info("This server hears again what others do");
                complained = false;
            }
            // What was said before was missed.
            publish(News.ofAnything());
        }
    }

    private void lost(Exception fault) {
        if (!complained) {
            complained = true;
            log.warn(
                    "The connection on which this server listens for others broke off. Until there is a new one it"
                            + " looks at the database every {} ms: {}",
                    properties.poll().toMillis(),
                    fault.getMessage());
        }
        doesNotHear();
    }

    private void deaf() {
        pause = LONGEST_PAUSE;
        if (!complained) {
            complained = true;
            log.warn(
                    "This server does not hear what others do and looks at the database every {} ms: a NOTIFY that was"
                            + " sent did not arrive within {} s. So it is behind a PgBouncer in transaction mode. Set"
                            + " yardmaster.database.notify-url to the JDBC URL of PostgreSQL itself, or to none to look"
                            + " at the database only.",
                    properties.poll().toMillis(),
                    SIGN_TAKES_AT_MOST.toSeconds());
        }
        doesNotHear();
    }

    private void doesNotHear() {
        if (hearing.listening(false)) {
            // Who waits for news with more patience than is due now, should look.
            publish(News.ofAnything());
        }
    }

    /** A pooler keeps the connection, and would hand what comes on it to others. */
    private static void unlisten(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("UNLISTEN *");
        }
    }

    private void publish(News news) {
        try {
            events.publishEvent(news);
        } catch (RuntimeException e) {
            log.error("News of other servers could not be followed", e);
        }
    }

    private void pauseBeforeTheNext() {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            return;
        }
        pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
    }
}
