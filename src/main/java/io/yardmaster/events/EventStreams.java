package io.yardmaster.events;

import io.yardmaster.events.EventMeters.Stream;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.wakeups.Wakeups;
import java.io.IOException;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Everybody who reads along. Whoever commits entries publishes them here afterwards, and readers of this server see them
 * at once. Each reader has a thread of its own; one that lags reads the stored log at its own pace and holds up nobody.
 */
@Component
public class EventStreams implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(EventStreams.class);
    private static final long NO_TIMEOUT = 0L;

    private final EventLog eventLog;
    private final LogTail tail;
    private final AllRunsLog allRunsLog;
    private final RunEnds ends;
    private final Feeds feeds;
    private final AnyRun anyRun;
    private final Wakeups wakeups;
    private final TransactionTemplate transactions;
    private final Clock clock;
    private final EventMeters meters;
    private volatile boolean running;
    private volatile boolean draining;

    EventStreams(
            EventLog eventLog,
            LogTail tail,
            AllRunsLog allRunsLog,
            RunEnds ends,
            Feeds feeds,
            AnyRun anyRun,
            Wakeups wakeups,
            TransactionTemplate transactions,
            Clock clock,
            EventMeters meters) {
        this.eventLog = eventLog;
        this.tail = tail;
        this.allRunsLog = allRunsLog;
        this.ends = ends;
        this.feeds = feeds;
        this.anyRun = anyRun;
        this.wakeups = wakeups;
        this.transactions = transactions;
        this.clock = clock;
        this.meters = meters;
    }

    /** Hands entries that were just committed to their readers. Entries of one run come in their order. */
    public void publish(List<? extends LogEntry> committed) {
        meters.appended(committed);
        feeds.publish(committed);
        anyRun.ring();
        Set<RunId> grown = new HashSet<>();
        Set<RunId> ended = new HashSet<>();
        for (LogEntry entry : committed) {
            grown.add(entry.runId());
            if (entry instanceof LogEntry.Event event && event.type() == EventType.RUN_FINISHED) {
                ended.add(event.runId());
            }
        }
        ended.forEach(ends::ended);
        wakeups.grown(grown);
        wakeups.ended(ended);
    }

    /**
     * Streams what is asked for of a run's log.
     *
     * @return an {@link SseEmitter} for the server-sent formats
     */
    public ResponseBodyEmitter follow(LogRequest request, Actor reader) {
        return carried(request.format(), Stream.of(request.format()), "events of " + request.runId(), emitter -> {
            StreamWriter writer =
                    new StreamWriter(emitter, request.format(), request.slice(), reader.expiresAt(), clock);
            RunFeed feed = feeds.enter(request.runId());
            try {
                new RunStream(request, reader.tenant(), eventLog, tail, transactions, feed, writer, () -> draining)
                        .carry();
            } finally {
                feeds.leave(request.runId());
            }
        });
    }

    /** Streams the entries of all runs of the reader's tenant, from a position on or from now. */
    public ResponseBodyEmitter followAll(@Nullable AllRunsCursor after, AllRunsFilter filter, Actor reader) {
        // Fixed before the answer, so that nothing between the answer and the first read is missed.
        AllRunsCursor start = after == null ? allRunsLog.now() : after;
        return carried(StreamFormat.SSE, Stream.ALL_RUNS, "events of all runs", emitter -> {
            StreamWriter writer = new StreamWriter(emitter, StreamFormat.SSE, reader.expiresAt(), clock);
            new AllRunsStream(start, filter, reader.tenant(), allRunsLog, anyRun, writer, () -> draining).carry();
        });
    }

    /** How many readers are connected. */
    public int open() {
        return meters.open();
    }

    @Override
    public void start() {
        running = true;
    }

    /** Tells every reader to come back, before the server stops taking requests. */
    @Override
    public void stop() {
        draining = true;
        feeds.all().forEach(feed -> feed.bell().ring());
        anyRun.ring();
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        // Stops early: the web server waits for requests under way, and an open stream is one.
        return Integer.MAX_VALUE - 1;
    }

    /** An emitter that begins to be fed when there is a response to write to: before, all of it would be kept. */
    private ResponseBodyEmitter carried(StreamFormat format, Stream kind, String name, Carrying carrying) {
        return format.hasIds()
                ? new SseEmitter(NO_TIMEOUT) {
                    @Override
                    protected void extendResponse(ServerHttpResponse response) {
                        super.extendResponse(response);
                        start(this, kind, name, carrying);
                    }
                }
                : new ResponseBodyEmitter(NO_TIMEOUT) {
                    @Override
                    protected void extendResponse(ServerHttpResponse response) {
                        super.extendResponse(response);
                        start(this, kind, name, carrying);
                    }
                };
    }

    private void start(ResponseBodyEmitter emitter, Stream kind, String name, Carrying carrying) {
        AtomicInteger open = meters.open(kind);
        Map<String, String> about = MDC.getCopyOfContextMap();
        Thread.ofVirtual().name(name).start(() -> {
            if (about != null) {
                MDC.setContextMap(about);
            }
            open.incrementAndGet();
            try {
                carrying.carry(emitter);
            } catch (IOException | IllegalStateException e) {
                // The reader has gone. The servlet container has noticed, or does when the emitter is completed.
                log.debug("A reader of the {} has gone", name, e);
                emitter.complete();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                emitter.complete();
            } catch (RuntimeException e) {
                log.warn("A stream of the {} broke off", name, e);
                emitter.complete();
            } finally {
                open.decrementAndGet();
            }
        });
    }

    private interface Carrying {
        void carry(ResponseBodyEmitter emitter) throws IOException, InterruptedException;
    }
}
