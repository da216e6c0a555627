package io.yardmaster.executors.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls back when a file of interest in a folder is created or grows. One thread for all folders. */
final class FolderWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(FolderWatch.class);

    /** Elsewhere the JDK polls, with seconds between. */
    private static final boolean AT_ONCE = System.getProperty("os.name").equals("Linux");

    private final WatchService service;
    private final Predicate<String> names;
    private final Map<WatchKey, Runnable> folders = new ConcurrentHashMap<>();

    /**
     * Begins without folders.
     *
     * @param names whether a file of this name is of interest
     */
    FolderWatch(Predicate<String> names) {
        this.names = names;
        try {
            this.service = FileSystems.getDefault().newWatchService();
        } catch (IOException e) {
            throw new UncheckedIOException("Folders cannot be watched: " + e.getMessage(), e);
        }
        Thread.ofPlatform().name("attempt-watch").daemon().start(this::watch);
    }

    /** Begins to watch a folder, in place of who watched it before. */
    synchronized Watched add(Path folder, Runnable onChange) {
        try {
            WatchKey key = folder.register(
                    service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
            folders.put(key, onChange);
            return new Watched(AT_ONCE, () -> remove(key, onChange));
        } catch (IOException e) {
            log.warn("An attempt's folder cannot be watched, its output will come later: {}", e.getMessage());
            return new Watched(false, () -> {});
        } catch (ClosedWatchServiceException e) {
            return new Watched(false, () -> {});
        }
    }

    private synchronized void remove(WatchKey key, Runnable onChange) {
        if (folders.remove(key, onChange)) {
            key.cancel();
        }
    }

    /**
     * A folder that is watched until this is closed.
     *
     * @param atOnce whether changes are told within milliseconds; otherwise who watches has to look now and then
     */
    record Watched(boolean atOnce, Runnable remove) implements AutoCloseable {

        @Override
        public void close() {
            remove.run();
        }
    }

    @Override
    public void close() {
        try {
            service.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void watch() {
        try {
            while (true) {
                WatchKey key = service.take();
                boolean ofInterest = false;
                for (WatchEvent<?> event : key.pollEvents()) {
                    ofInterest |= event.kind().equals(StandardWatchEventKinds.OVERFLOW)
                            || names.test(String.valueOf(event.context()));
                }
                key.reset();
                Runnable onChange = folders.get(key);
                if (ofInterest && onChange != null) {
                    onChange.run();
                }
            }
        } catch (InterruptedException | ClosedWatchServiceException e) {
            log.debug("The watch on attempts ends.");
        }
    }
}
