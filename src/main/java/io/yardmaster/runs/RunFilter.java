package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which runs are asked for: those that fit all of it.
 *
 * @param status one of these; empty for any
 * @param failureCategories why it failed is one of these; empty for any, and for no failure too
 * @param labels all of these, each written {@code key=value}
 * @param attributes all of these
 * @param created when; both ends are left out, as in all these spans
 * @param finished when it ended; a run that has not ended is in no span
 * @param deadlineBefore the deadline of the run is before this
 * @param ids the first and the last id that fit
 */
public record RunFilter(
        @Nullable String jobId,
        Set<RunState> status,
        Set<Failure.Category> failureCategories,
        List<String> labels,
        List<AttributeCondition> attributes,
        Span created,
        Span updated,
        Span finished,
        @Nullable Instant deadlineBefore,
        @Nullable IdRange ids,
        @Nullable String externalId,
        @Nullable RunId parent,
        @Nullable RunId rerunOf) {

    /** All runs there are. */
    public static final RunFilter ALL = new RunFilter(
            null, Set.of(), Set.of(), List.of(), List.of(), Span.ANY, Span.ANY, Span.ANY, null, null, null, null, null);

    public RunFilter {
        // In one order, whoever asks in which: a page token knows its list by how this is written.
        status = sorted(status, RunState.class);
        failureCategories = sorted(failureCategories, Failure.Category.class);
        labels = labels.stream().distinct().sorted().toList();
        attributes = attributes.stream()
                .distinct()
                .sorted(java.util.Comparator.comparing(AttributeCondition::toString))
                .toList();
    }

    /** The same, of other states. */
    RunFilter in(Set<RunState> states) {
        return new RunFilter(
                jobId,
                states,
                failureCategories,
                labels,
                attributes,
                created,
                updated,
                finished,
                deadlineBefore,
                ids,
                externalId,
                parent,
                rerunOf);
    }

    private static <E extends Enum<E>> Set<E> sorted(Collection<E> values, Class<E> type) {
        EnumSet<E> set = EnumSet.noneOf(type);
        set.addAll(values);
        return Collections.unmodifiableSet(set);
    }

    /** A time between two others; null: no such end. */
    public record Span(@Nullable Instant after, @Nullable Instant before) {

        /** Any time, also none at all. */
        public static final Span ANY = new Span(null, null);

        boolean isAny() {
            return equals(ANY);
        }
    }

    /** Ids from one to another, both included. */
    public record IdRange(RunId first, RunId last) {}
}
