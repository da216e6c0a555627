package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
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

    private static final Duration CLOCKS = Duration.ofMinutes(5);

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
                .sorted(Comparator.comparing(AttributeCondition::toString))
                .toList();
    }

    /**
     * Before when a run that fits was created; null: whenever. None has ended or was changed before it was created, so that
     * those of a time long ago are not looked for among all that came later.
     */
    @Nullable
    Instant createdBefore() {
        return Stream.of(created.before(), later(updated.before()), later(finished.before()))
                .filter(Objects::nonNull)
                .min(Comparator.naturalOrder())
                .orElse(null);
    }

    /** By as much as the times of two servers may differ. */
    private static @Nullable Instant later(@Nullable Instant time) {
        return time == null ? null : time.plus(CLOCKS);
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
