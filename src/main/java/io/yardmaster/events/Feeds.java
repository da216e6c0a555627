package io.yardmaster.events;

import io.yardmaster.kernel.RunId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The feeds of the runs that are read along here: each is there as long as it has readers. */
@Component
class Feeds {

    private final FeedReader reader;
    private final Map<RunId, OpenFeed> open = new HashMap<>();

    Feeds(FeedReader reader) {
        this.reader = reader;
    }

    /** For a reader who comes. What is committed and told from here on reaches him. */
    synchronized RunFeed enter(RunId runId) {
        OpenFeed feed = open.computeIfAbsent(runId, id -> new OpenFeed(new RunFeed(id, reader::catchUp)));
        feed.readers++;
        return feed.feed;
    }

    /** For a reader who goes. */
    synchronized void leave(RunId runId) {
        OpenFeed feed = open.get(runId);
        if (feed != null && --feed.readers == 0) {
            open.remove(runId);
        }
    }

    /** Hands entries that were committed here to their readers. */
    void publish(List<? extends LogEntry> committed) {
        Map<RunFeed, List<LogEntry>> news = new HashMap<>();
        synchronized (this) {
            for (LogEntry entry : committed) {
                OpenFeed feed = open.get(entry.runId());
                if (feed != null) {
                    news.computeIfAbsent(feed.feed, f -> new ArrayList<>()).add(entry);
                }
            }
        }
        news.forEach(RunFeed::publish);
    }

    /** Those of these runs that are read along here. */
    synchronized List<RunFeed> of(Collection<RunId> runIds) {
        List<RunFeed> found = new ArrayList<>();
        for (RunId runId : runIds) {
            @Nullable OpenFeed feed = open.get(runId);
            if (feed != null) {
                found.add(feed.feed);
            }
        }
        return found;
    }

    synchronized List<RunFeed> all() {
        return open.values().stream().map(feed -> feed.feed).toList();
    }

    private static final class OpenFeed {
        private final RunFeed feed;
        private int readers;

        private OpenFeed(RunFeed feed) {
            this.feed = feed;
        }
    }
}
