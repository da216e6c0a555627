package io.yardmaster.wakeups;

import io.yardmaster.kernel.RunId;
import java.util.Collection;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;

/** What is to be told to other servers, gathered until it is taken in one go. */
final class Outbox {

    private static final long NONE = -1;

    private Set<RunId> grown = new HashSet<>();
    private Set<RunId> ended = new HashSet<>();
    private Set<RunId> commanded = new HashSet<>();
    private boolean queued;
    private boolean unknown;
    private long token = NONE;

    synchronized void grown(Collection<RunId> runIds) {
        grown.addAll(runIds);
        notifyAll();
    }

    synchronized void ended(Collection<RunId> runIds) {
        grown.addAll(runIds);
        ended.addAll(runIds);
        notifyAll();
    }

    synchronized void commanded(RunId runId) {
        commanded.add(runId);
        notifyAll();
    }

    synchronized void queued() {
        queued = true;
        notifyAll();
    }

    synchronized void anything() {
        unknown = true;
        notifyAll();
    }

    /** A sign of life that this server wants to hear back. */
    synchronized void token(long next) {
        token = next;
        notifyAll();
    }

    /** Takes back what could not be sent. What it was about is not known any more when the next message goes out. */
    synchronized void failed(Post post) {
        unknown = true;
        if (token == NONE) {
            token = post.token().orElse(NONE);
        }
        notifyAll();
    }

    /** Everything since the last time; waits until there is something. */
    synchronized Post take() throws InterruptedException {
        while (isEmpty()) {
            wait();
        }
        News news = unknown ? News.ofAnything() : new News(grown, ended, commanded, queued, false);
        Post post = new Post(news, token == NONE ? OptionalLong.empty() : OptionalLong.of(token));
        grown = new HashSet<>();
        ended = new HashSet<>();
        commanded = new HashSet<>();
        queued = false;
        unknown = false;
        token = NONE;
        return post;
    }

    private boolean isEmpty() {
        return grown.isEmpty() && commanded.isEmpty() && !queued && !unknown && token == NONE;
    }

    /**
     * What goes out together.
     *
     * @param token of the sign of life in it
     */
    record Post(News news, OptionalLong token) {}
}
