package io.yardmaster.events;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.kernel.OutputLine;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

class RunFeedTest {

    private static final RunId RUN = new RunId(new UUID(1, 2));
    private static final Tenant TENANT = new Tenant("default");

    private final List<RunFeed> toCatchUp = new ArrayList<>();
    private final RunFeed feed = new RunFeed(RUN, toCatchUp::add);

    @Test
    void before_a_reader_has_reached_the_end_nobody_reads_for_all() {
        feed.grownElsewhere();
        assertThat(toCatchUp).isEmpty();

        feed.reached(7);
        assertThat(toCatchUp).containsExactly(feed);
        assertThat(feed.beginCatchingUp()).isEqualTo(7);
    }

    @Test
    void what_grows_while_it_catches_up_is_read_after_that_and_only_once() {
        feed.reached(7);
        feed.grownElsewhere();
        assertThat(feed.beginCatchingUp()).isEqualTo(7);
        feed.grownElsewhere();
        feed.grownElsewhere();
        feed.publish(events(8, 9));
        assertThat(toCatchUp).hasSize(1);

        feed.endCatchingUp();
        assertThat(toCatchUp).hasSize(2);
        assertThat(feed.beginCatchingUp()).isEqualTo(9);
        feed.endCatchingUp();
        assertThat(toCatchUp).hasSize(2);
    }

    @Test
    void what_was_committed_here_and_read_again_from_the_store_comes_once() {
        feed.reached(2);
        feed.publish(events(3, 5));
        feed.publish(events(4, 6));
        assertThat(sequences(feed.after(2).orElseThrow())).containsExactly(3L, 4L, 5L, 6L);
        assertThat(feed.after(6).orElseThrow().pieces()).isEmpty();
    }

    @Test
    void who_is_further_behind_than_the_feed_reads_the_stored_log() {
        feed.reached(2);
        assertThat(feed.after(1)).isEmpty();
        feed.publish(events(3, 3));
        assertThat(feed.after(1)).isEmpty();
        assertThat(feed.after(2)).isPresent();
        feed.publish(events(9, 9));
        assertThat(feed.after(3)).isEmpty();
        assertThat(sequences(feed.after(8).orElseThrow())).containsExactly(9L);
    }

    @Test
    void of_a_log_that_was_removed_all_readers_look_at_what_is_stored() {
        feed.reached(2);
        feed.publish(events(3, 5));
        assertThat(feed.after(5)).isPresent();

        feed.removed();

        assertThat(feed.after(3)).isEmpty();
        assertThat(feed.after(5)).isEmpty();
    }

    @Test
    void what_readers_were_given_makes_room_for_what_is_new() {
        feed.reached(0);
        long seq = 0;
        for (int i = 0; i < 200; i++) {
            feed.publish(List.of(lines(seq + 1, 1000)));
            Batch batch = feed.after(seq).orElseThrow();
            TextBuffer out = new TextBuffer(64);
            var _ = batch.pieces().getFirst().write(StreamFormat.SSE, EventFilter.ALL, seq, Long.MAX_VALUE, out);
            seq += 1000;
        }
        long oldest = 0;
        while (feed.after(oldest).isEmpty()) {
            oldest += 1000;
        }
        // Each takes about a third of a megabyte once it was written for a reader.
        assertThat(seq - oldest).isBetween(15_000L, 60_000L);
    }

    private static List<LogEntry> events(long from, long to) {
        return LongStream.rangeClosed(from, to)
                .<LogEntry>mapToObj(seq -> new LogEntry.Event(
                        RUN,
                        TENANT,
                        seq,
                        EventType.RUN_STARTED,
                        Instant.EPOCH,
                        null,
                        JsonNodeFactory.instance.objectNode()))
                .toList();
    }

    private static LogEntry lines(long from, int count) {
        List<OutputLine> lines =
                Collections.nCopies(count, new OutputLine(Instant.EPOCH, "a line of output as programs write them"));
        return new LogEntry.Lines(RUN, TENANT, from, "step", 1, OutputStreamName.STDOUT, LineBlock.of(lines), 1);
    }

    private static List<Long> sequences(Batch batch) {
        return batch.pieces().stream().map(piece -> piece.entry().lastSeq()).toList();
    }
}
