package io.yardmaster.runs;

import io.yardmaster.events.LogEntry;
import io.yardmaster.idempotency.KeptAnswer;
import io.yardmaster.jobs.ConcurrencyKey;
import io.yardmaster.kernel.Tenant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A run that is about to be stored: everything is decided, and nothing is durable.
 *
 * @param view the run as people will see it, the moment it is stored
 * @param json what is stored of it as JSON
 * @param readyAt when it may start
 * @param due when it wants attention though nothing has happened; null: never
 * @param initiators who brought it about besides its submitter
 * @param labels what it can be found by
 * @param attributes what it can be found by, each of them an {@link AttributeValue}
 * @param sealedSecrets its secret arguments; null: none
 * @param keys of each it needs a slot
 * @param kin what it has to do with other runs
 * @param beginning how its log begins
 * @param answer what its caller is told, to be kept under the caller's idempotency key; null: there is none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record NewRun(
        RunView view,
        Tenant tenant,
        Texts json,
        RunTrace trace,
        Instant readyAt,
        @Nullable Instant due,
        List<String> initiators,
        Map<String, String> labels,
        ObjectNode attributes,
        byte @Nullable [] sealedSecrets,
        List<ConcurrencyKey> keys,
        Kin kin,
        List<LogEntry> beginning,
        @Nullable KeptAnswer answer) {

    /** The end of its log. */
    long lastSeq() {
        return beginning.getLast().lastSeq();
    }

    /** About how many bytes it takes while it waits, besides what every run takes. */
    int weight() {
        return json.length() * 2 + (sealedSecrets == null ? 0 : sealedSecrets.length);
    }

    NewRun keeping(@Nullable KeptAnswer kept) {
        return with(keys, beginning, kept);
    }

    /** With a slot of these keys only. */
    NewRun withKeys(List<ConcurrencyKey> some) {
        return with(some, beginning, answer);
    }

    /** With more at the beginning of its log. */
    NewRun telling(List<LogEntry> more) {
        List<LogEntry> longer = new ArrayList<>(beginning);
        longer.addAll(more);
        return with(keys, longer, answer);
    }

    /** The same run, but for what turns out only when it is stored. */
    private NewRun with(List<ConcurrencyKey> keys, List<LogEntry> beginning, @Nullable KeptAnswer answer) {
        return new NewRun(
                view,
                tenant,
                json,
                trace,
                readyAt,
                due,
                initiators,
                labels,
                attributes,
                sealedSecrets,
                keys,
                kin,
                beginning,
                answer);
    }

    /** Whether it has to wait for its time first. */
    boolean isForLater() {
        return readyAt.isAfter(view.createdAt());
    }

    /** As it is written into {@code jsonb} columns. */
    record Texts(String args, String labels, String attributes, String timeouts) {

        int length() {
            return args.length() + labels.length() + attributes.length() + timeouts.length();
        }
    }
}
