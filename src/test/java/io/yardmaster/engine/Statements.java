package io.yardmaster.engine;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.yardmaster.database.Tenancy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import org.slf4j.LoggerFactory;

/** What the servers of this JVM ask the database, and on which threads, for as long as it is open. It may keep one waiting. */
final class Statements extends UnsynchronizedAppenderBase<ILoggingEvent> implements AutoCloseable {

    private static final List<Logger> LOGGERS = List.of(
            logger("org.springframework.jdbc.core.JdbcTemplate"),
            logger(Tenancy.class.getPackageName() + ".TenantTransactionManager"));

    private final Map<String, List<String>> byThread = new ConcurrentHashMap<>();
    private final BiConsumer<String, String> listener;

    /**
     * Begins to listen.
     *
     * @param listener is told the thread and the text, on that thread, before what is logged is done
     */
    Statements(BiConsumer<String, String> listener) {
        this.listener = listener;
        start();
        for (Logger logger : LOGGERS) {
            logger.addAppender(this);
            logger.setLevel(Level.DEBUG);
            logger.setAdditive(false);
        }
    }

    /** What was asked on a thread, which for the driver of a run has its id. */
    List<String> of(String thread) {
        return byThread.getOrDefault(thread, List.of());
    }

    @Override
    protected void append(ILoggingEvent event) {
        byThread.computeIfAbsent(event.getThreadName(), _ -> new CopyOnWriteArrayList<>())
                .add(event.getFormattedMessage());
        listener.accept(event.getThreadName(), event.getFormattedMessage());
    }

    @Override
    public void close() {
        for (Logger logger : LOGGERS) {
            logger.setLevel(null);
            logger.setAdditive(true);
            logger.detachAppender(this);
        }
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }
}
