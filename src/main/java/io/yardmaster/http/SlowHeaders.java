package io.yardmaster.http;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Cuts off clients that send a header so slowly that it never ends. The idle timeout does not meet them, for a byte now
 * and then keeps a connection from being idle.
 */
final class SlowHeaders extends AbstractLifeCycle {

    private final Server server;
    private final long timeoutNanos;
    private final long periodMillis;

    /** Since when a connection was seen inside the header of its n-th request. Touched by one sweep at a time. */
    private Map<EndPoint, Seen> seen = new HashMap<>();

    private volatile Scheduler.@Nullable Task next;

    SlowHeaders(Server server, Duration timeout) {
        this.server = server;
        this.timeoutNanos = timeout.toNanos();
        this.periodMillis = Math.max(50, timeout.toMillis() / 10);
    }

    @Override
    protected void doStart() {
        schedule();
    }

    @Override
    protected void doStop() {
        Scheduler.Task task = next;
        if (task != null) {
            task.cancel();
        }
    }

    private void schedule() {
        next = server.getScheduler().schedule(this::sweep, periodMillis, TimeUnit.MILLISECONDS);
    }

    private void sweep() {
        try {
            Map<EndPoint, Seen> still = new HashMap<>();
            for (Connector connector : server.getConnectors()) {
                for (EndPoint endPoint : connector.getConnectedEndPoints()) {
                    sweep(endPoint, still);
                }
            }
            seen = still;
        } finally {
            if (isRunning()) {
                schedule();
            }
        }
    }

    private void sweep(EndPoint endPoint, Map<EndPoint, Seen> still) {
        if (!(endPoint.getConnection() instanceof HttpConnection http) || !isInHeader(http)) {
            return;
        }
        long now = System.nanoTime();
        Seen before = seen.get(endPoint);
        Seen since =
                before != null && before.request == http.getMessagesIn() ? before : new Seen(http.getMessagesIn(), now);
        if (now - since.nanos > timeoutNanos) {
            endPoint.close();
        } else {
            still.put(endPoint, since);
        }
    }

    private static boolean isInHeader(HttpConnection http) {
        return http.getParser().inHeaderState() && !http.getParser().isStart();
    }

    private record Seen(long request, long nanos) {}
}
