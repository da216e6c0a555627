package io.yardmaster.events;

import io.yardmaster.kernel.OutputStreamName;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Which output lines a reader wants. Step, stream and level decide about whole chunks of lines, so that the others are not
 * even read; time and text decide about each line.
 */
public final class LineFilter {

    /** Every line. */
    public static final LineFilter ALL = new LineFilter(Set.of(), null, Set.of(), null, null);

    private final Set<String> steps;
    private final Set<OutputStreamName> streams;
    private final @Nullable Instant since;
    private final @Nullable LineSearch search;

    /**
     * @param steps only those of these steps; empty for all
     * @param stream only this stream's; null for both
     * @param levels only lines of these levels; empty for all
     * @param since only lines read at this time or later; null for all
     * @param text only lines that contain this, whatever the case of its letters; null for all
     */
    public LineFilter(
            Set<String> steps,
            @Nullable OutputStreamName stream,
            Set<LineLevel> levels,
            @Nullable Instant since,
            @Nullable String text) {
        this.steps = Set.copyOf(steps);
        this.streams = EnumSet.noneOf(OutputStreamName.class);
        for (OutputStreamName one : OutputStreamName.values()) {
            if ((stream == null || stream == one) && (levels.isEmpty() || levels.contains(LineLevel.of(one)))) {
                streams.add(one);
            }
        }
        this.since = since;
        this.search = text == null ? null : new LineSearch(text);
    }

    /** The steps whose lines may match; empty: all. */
    Set<String> steps() {
        return steps;
    }

    /** The streams whose lines may match. */
    Set<OutputStreamName> streams() {
        return streams;
    }

    @Nullable
    Instant since() {
        return since;
    }

    @Nullable
    String text() {
        return search == null ? null : search.text();
    }

    /** Whether each line has to be looked at, and not only what is known of its chunk. */
    boolean decidesByLine() {
        return since != null || search != null;
    }

    /** What a query for chunks adds to its conditions to leave out those of which nothing matches. */
    String conditions() {
        StringBuilder conditions = new StringBuilder();
        if (!steps.isEmpty()) {
            conditions.append("AND step_id = ANY (:steps) ");
        }
        if (streams.size() == 1) {
            String only = streams.iterator().next().text();
            conditions.append("AND stream = '").append(only).append("' ");
        }
        if (since != null) {
            conditions.append("AND last_at >= :since ");
        }
        return conditions.toString();
    }

    /** Gives the values to these conditions. */
    JdbcClient.StatementSpec bind(JdbcClient.StatementSpec statement) {
        JdbcClient.StatementSpec bound = statement;
        if (!steps.isEmpty()) {
            bound = bound.param("steps", steps.toArray(String[]::new));
        }
        if (since != null) {
            bound = bound.param("since", Timestamp.from(since));
        }
        return bound;
    }

    /** How much of a chunk matches. */
    Part of(LogEntry.Lines chunk) {
        if (!isOfOneOfThem(chunk.stepId())
                || !streams.contains(chunk.stream())
                || (since != null && chunk.lines().lastAt().isBefore(since))) {
            return Part.NONE;
        }
        boolean early = since != null && chunk.lines().firstAt().isBefore(since);
        return search == null && !early ? Part.ALL : Part.SOME;
    }

    private boolean isOfOneOfThem(@Nullable String step) {
        return steps.isEmpty() || (step != null && steps.contains(step));
    }

    /** Whether a line matches, of a chunk of which some lines do. */
    boolean matches(LineCursor line) {
        return (since == null || line.at() >= since.toEpochMilli()) && (search == null || search.isIn(line));
    }

    /** How much of a piece of the log matches. */
    enum Part {
        NONE,
        SOME,
        ALL
    }
}
