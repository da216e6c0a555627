package io.yardmaster.engine;

import io.yardmaster.events.LogEntry;
import io.yardmaster.runs.RunCommit;
import io.yardmaster.runs.RunLease;
import io.yardmaster.runs.RunQueue.Written;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The log of one run that this server owns. The driver and the consoles of its steps append to it side by side; here
 * they get their sequence numbers, and go to the journal in that order.
 */
final class RunLog {

    private final RunLease lease;
    private final Journal journal;
    private final Consumer<RunCommit> afterwards;
    private long lastSeq;
    private long inboxDone;

    /**
     * The log from where it ends now.
     *
     * @param afterwards gets each commit once it is durable
     */
    RunLog(RunLease lease, long lastSeq, long inboxDone, Journal journal, Consumer<RunCommit> afterwards) {
        this.lease = lease;
        this.lastSeq = lastSeq;
        this.inboxDone = inboxDone;
        this.journal = journal;
        this.afterwards = afterwards;
    }

    RunLease lease() {
        return lease;
    }

    long inboxDone() {
        return inboxDone;
    }

    /** The next commit says that commands up to this one were acted on. */
    synchronized void actedOn(long inboxSeq) {
        inboxDone = inboxSeq;
    }

    /**
     * Makes changes durable; returns when they are.
     *
     * @param finish how the run ended; null where it goes on
     * @return false where the run cannot end because a command came in; nothing was written then
     * @throws LeaseLostException where this server does not own the run any more
     */
    boolean commit(Changes changes, RunCommit.@Nullable Finish finish) {
        return settled(submit(changes, finish));
    }

    /** Puts changes behind all that was appended before, and returns before they are durable. */
    Appended append(Changes changes) {
        return new Appended(submit(changes, null));
    }

    private boolean settled(Given given) {
        Written written;
        try {
            written = given.done().join();
        } catch (CompletionException e) {
            takeBack(given.commit());
            throw new JournalException(e);
        }
        return switch (written) {
            case WRITTEN -> {
                afterwards.accept(given.commit());
                yield true;
            }
            case LEASE_LOST -> throw new LeaseLostException(lease.runId());
            case INBOX_CHANGED -> {
                takeBack(given.commit());
                yield false;
            }
        };
    }

    private synchronized Given submit(Changes changes, RunCommit.@Nullable Finish finish) {
        List<LogEntry> entries = new ArrayList<>();
        long seq = lastSeq;
        for (Changes.Entry entry : changes.entries()) {
            LogEntry numbered = switch (entry) {
                case Changes.Event event ->
                    new LogEntry.Event(
                            lease.runId(),
                            lease.tenant(),
                            seq + 1,
                            event.type(),
                            event.at(),
                            event.stepId(),
                            event.data());
                case Changes.Lines lines ->
                    new LogEntry.Lines(
                            lease.runId(),
                            lease.tenant(),
                            seq + 1,
                            lines.stepId(),
                            lines.attempt(),
                            lines.stream(),
                            lines.lines(),
                            lines.endOffset());
            };
            seq = numbered.lastSeq();
            entries.add(numbered);
        }
        RunCommit commit = new RunCommit(
                lease,
                lastSeq,
                entries,
                changes.steps(),
                changes.attempts(),
                inboxDone,
                changes.standing(),
                finish,
                changes.workspace(),
                changes.alongside());
        lastSeq = seq;
        return new Given(commit, journal.submit(commit));
    }

    /** Nothing was written: the numbers are free again. Nobody else appends at that moment, as no step runs. */
    private synchronized void takeBack(RunCommit commit) {
        if (lastSeq == commit.lastSeq()) {
            lastSeq = commit.previousSeq();
        }
    }

    /** Changes that have their place in the log and are on their way to be durable. */
    final class Appended {

        private final Given given;

        private Appended(Given given) {
            this.given = given;
        }

        /**
         * Returns when they are durable.
         *
         * @throws LeaseLostException where this server does not own the run any more
         */
        void await() {
            var _ = settled(given);
        }
    }

    private record Given(RunCommit commit, CompletableFuture<Written> done) {}
}
