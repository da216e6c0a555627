package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.kernel.Page;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.PageToken;
import io.yardmaster.runs.RunMatch.Place;
import io.yardmaster.runs.RunMatch.Selection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** Lists runs by what callers ask for, in the transaction of the caller. */
@Component
class RunSearch {

    /** Counting stops here: nobody waits for a count over all of history. */
    static final int COUNTED_AT_MOST = 10_000;

    /** And here where several labels or attributes have to meet, which takes that much longer to find. */
    static final int COUNTED_OF_SEVERAL = 1_000;

    /** So many runs are soon read and sorted. */
    private static final int FEW = 1_000;

    /** So many of the next days, too, of which there are few, and of which all are counted. */
    private static final int FEW_OF_NEAR_DAYS = 8_000;

    private static final Logger log = LoggerFactory.getLogger(RunSearch.class);

    private final JdbcTemplate jdbc;
    private final BoundedCounts counts;
    private final int countedAtMost;

    @Autowired
    RunSearch(JdbcTemplate jdbc, BoundedCounts counts) {
        this(jdbc, counts, COUNTED_AT_MOST);
    }

    RunSearch(JdbcTemplate jdbc, BoundedCounts counts, int countedAtMost) {
        this.jdbc = jdbc;
        this.counts = counts;
        this.countedAtMost = countedAtMost;
    }

    RunList list(RunQuery query, Tenant tenant) {
        RunMatch match = new RunMatch(tenant, query.filter(), Set.of());
        RunOrder order = query.order();
        boolean endedOnly = order.key() == RunOrder.Key.FINISHED;
        List<Place> places = match.places(order.key() != RunOrder.Key.CREATED, endedOnly);
        if (places.isEmpty()) {
            return new RunList(new Page<>(List.of(), null), 0, true);
        }
        Position after =
                query.pageToken() == null ? null : PageToken.position(query.pageToken(), query.list(), Position::read);
        List<RunSummary> found = found(tenant, places, query, after);
        boolean more = found.size() > query.limit();
        List<RunSummary> page = more ? found.subList(0, query.limit()) : found;
        long seen = (long) query.offset() + page.size();
        Total total = after != null
                ? after.total()
                : more || (page.isEmpty() && query.offset() > 0)
                        ? count(match, query.filter(), places).atLeast(more ? seen + 1 : 0)
                        : Total.exactly(seen);
        String next = more
                ? PageToken.write(
                        query.list(), Position.of(page.getLast(), order, total).text())
                : null;
        return new RunList(new Page<>(page, next), total.counted(), total.exact());
    }

    /**
     * The newest runs that match.
     *
     * @param limit at most so many
     */
    List<RunId> newest(RunFilter filter, int limit, Tenant tenant) {
        return ids(filter, selection -> {}, limit, tenant);
    }

    /** Which of some runs match. */
    Set<RunId> matching(RunFilter filter, List<RunId> runs, Tenant tenant) {
        UUID[] ids = runs.stream().map(RunId::value).toArray(UUID[]::new);
        return new HashSet<>(ids(
                filter,
                selection -> selection.where(selection.base() + ".run_id = ANY (?)", (Object) ids),
                ids.length,
                tenant));
    }

    private List<RunId> ids(RunFilter filter, Consumer<Selection> further, int limit, Tenant tenant) {
        RunMatch match = new RunMatch(tenant, filter, Set.of());
        Sql sql = new Sql();
        for (Place place : match.places(false, false)) {
            Selection selection = match.in(place);
            further.accept(selection);
            String id = selection.base() + ".run_id";
            sql.add(sql.isEmpty() ? "SELECT run_id FROM ((" : ") UNION ALL (")
                    .add("SELECT " + id)
                    .add(selection.fromLeast())
                    .add("\nORDER BY " + id + " DESC LIMIT ?", limit);
        }
        if (sql.isEmpty()) {
            return List.of();
        }
        sql.add(")) matching ORDER BY run_id DESC LIMIT ?", limit);
        return jdbc.query(sql, (row, _) -> new RunId(row.getObject("run_id", UUID.class)));
    }

    /**
     * A page by creation begins with the days next to where it starts, and reads all of history only where these do not
     * fill it: to plan a statement over many days takes longer than to carry it out.
     */
    private List<RunSummary> found(Tenant tenant, List<Place> places, RunQuery query, @Nullable Position after) {
        NearDays near = near(query, after);
        if (near != null) {
            List<RunSummary> found = found(tenant, places, query, after, near);
            if (found.size() > query.limit()) {
                return found;
            }
        }
        return found(tenant, places, query, after, null);
    }

    private List<RunSummary> found(
            Tenant tenant, List<Place> places, RunQuery query, @Nullable Position after, @Nullable NearDays near) {
        RunMatch match = new RunMatch(tenant, query.filter(), common(query.filter(), tenant, near));
        Sql sql = page(match, places, query, after, near);
        log.trace("{}", sql);
        return jdbc.query(sql, RunSearch::summary);
    }

    private static @Nullable NearDays near(RunQuery query, @Nullable Position after) {
        if (query.order().key() != RunOrder.Key.CREATED) {
            return null;
        }
        boolean descending = query.order().descending();
        Instant start = after != null
                ? after.runId().time()
                : descending
                        ? NearDays.newest(query.filter())
                        : query.filter().created().after();
        return start == null ? null : NearDays.from(start, descending);
    }

    /** Which conditions fit so many runs that one is soon met by walking the list. */
    private Set<AttributeCondition> common(RunFilter filter, Tenant tenant, @Nullable NearDays near) {
        if (filter.attributes().isEmpty()) {
            return Set.of();
        }
        int few = near == null ? FEW : FEW_OF_NEAR_DAYS;
        RunMatch any = new RunMatch(tenant, filter, Set.of());
        Sql fitting = new Sql();
        filter.attributes()
                .forEach(condition ->
                        fitting.add(fitting.isEmpty() ? "SELECT " : ", ").add(any.count(condition, near, few)));
        return Objects.requireNonNull(jdbc.query(fitting, row -> {
            row.next();
            Set<AttributeCondition> common = new HashSet<>();
            for (int i = 0; i < filter.attributes().size(); i++) {
                if (row.getInt(i + 1) == few) {
                    common.add(filter.attributes().get(i));
                }
            }
            return common;
        }));
    }

    private static Sql page(
            RunMatch match, List<Place> places, RunQuery query, @Nullable Position after, @Nullable NearDays near) {
        String direction = query.order().descending() ? " DESC" : " ASC";
        // Of two places, either may have all that is passed over.
        int wanted = (places.size() == 1 ? 0 : query.offset()) + query.limit() + 1;
        Sql sql = new Sql();
        for (Place place : places) {
            Selection selection = match.in(place);
            if (after != null) {
                after.resume(selection, query.order());
            }
            if (near != null) {
                near.in(selection);
            }
            String sorted = sortKey(selection, query.order(), direction) + selection.runId() + direction;
            sql.add(sql.isEmpty() ? "" : "\nUNION ALL\n")
                    .add(places.size() == 1 ? "" : "(")
                    .add(columns(selection))
                    .add(selection.fromAll(sorted, query.offset() + query.limit() + 1))
                    .add("\nORDER BY " + sorted)
                    .add("\nLIMIT ?", wanted)
                    .add(places.size() == 1 ? "" : ")");
        }
        if (places.size() == 1) {
            return sql.add(" OFFSET ?", query.offset());
        }
        String key = switch (query.order().key()) {
            case CREATED -> "";
            case UPDATED -> "updated_at" + direction + ", ";
            case FINISHED -> "finished_at" + direction + ", ";
        };
        return new Sql()
                .add("SELECT * FROM (")
                .add(sql)
                .add(") page ORDER BY " + key + "run_id" + direction)
                .add(" LIMIT ? OFFSET ?", query.limit() + 1, query.offset());
    }

    private static String columns(Selection selection) {
        return "SELECT r.run_id, r.job_id, r.source, " + selection.status() + " AS status, r.created_at, "
                + selection.startedAt() + " AS started_at, r.finished_at, " + selection.updatedAt()
                + " AS updated_at, r.labels, r.attributes, r.priority, r.external_id, r.parent_run_id, r.rerun_of,"
                + " r.failure";
    }

    private static String sortKey(Selection selection, RunOrder order, String direction) {
        return switch (order.key()) {
            case CREATED -> "";
            case UPDATED -> selection.updatedAt() + direction + ", ";
            case FINISHED -> "r.finished_at" + direction + ", ";
        };
    }

    /** Where the newest days have enough of them, no others are counted. */
    private Total count(RunMatch match, RunFilter filter, List<Place> places) {
        int most = countedAtMost(filter);
        long near = count(match, places, NearDays.newestOf(filter), most);
        return near > most
                ? Total.upTo(most, near)
                : counts.count(() -> Total.upTo(most, count(match, places, null, most)))
                        .orElse(new Total(near, false));
    }

    private int countedAtMost(RunFilter filter) {
        boolean several = filter.labels().size() + filter.attributes().size() > 1;
        return several ? Math.min(COUNTED_OF_SEVERAL, countedAtMost) : countedAtMost;
    }

    private long count(RunMatch match, List<Place> places, @Nullable NearDays near, int most) {
        Sql sql = new Sql().add("SELECT count(*) FROM (");
        for (int i = 0; i < places.size(); i++) {
            Selection selection = match.in(places.get(i));
            if (near != null) {
                near.in(selection);
            }
            sql.add(i == 0 ? "(" : ") UNION ALL (")
                    .add("SELECT 1")
                    .add(selection.fromLeast())
                    .add("\nLIMIT ?", most + 1);
        }
        sql.add(")) matching");
        log.trace("{}", sql);
        return Objects.requireNonNull(jdbc.query(sql, row -> row.next() ? (Long) row.getLong(1) : (Long) 0L));
    }

    private static RunSummary summary(ResultSet row, int number) throws SQLException {
        JsonNode failure = Jsonb.readNullable(row.getString("failure"));
        return new RunSummary(
                new RunId(row.getObject("run_id", UUID.class)),
                row.getString("job_id"),
                row.getString("source"),
                RunState.of(row.getString("status")),
                Objects.requireNonNull(time(row, "created_at")),
                time(row, "started_at"),
                time(row, "finished_at"),
                Objects.requireNonNull(time(row, "updated_at")),
                Jsonb.read(row.getString("labels")),
                Jsonb.read(row.getString("attributes")),
                row.getInt("priority"),
                row.getString("external_id"),
                RunId.ofNullable(row.getObject("parent_run_id", UUID.class)),
                RunId.ofNullable(row.getObject("rerun_of", UUID.class)),
                failure == null ? null : Failure.of(failure));
    }

    private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    /**
     * The last run of a page: what follows it in the list's order is the next page.
     *
     * @param time that the list is ordered by; null where the id says it
     * @param total how many there were when the first page was read, which is not counted again for each
     */
    private record Position(@Nullable Instant time, RunId runId, Total total) {

        static Position of(RunSummary run, RunOrder order, Total total) {
            return new Position(
                    switch (order.key()) {
                        case CREATED -> null;
                        case UPDATED -> run.updatedAt();
                        case FINISHED -> run.finishedAt();
                    },
                    run.runId(),
                    total);
        }

        static Position read(String text) {
            String[] words = text.split(" ", -1);
            return new Position(
                    words[0].isEmpty() ? null : Instant.parse(words[0]),
                    RunId.parse(words[1]).orElseThrow(),
                    Total.read(words[2]));
        }

        String text() {
            return (time == null ? "" : time) + " " + runId + " " + total.text();
        }

        void resume(Selection selection, RunOrder order) {
            String comparison = order.descending() ? "<" : ">";
            if (time == null) {
                selection.ids(comparison, runId.value());
            } else {
                selection.where(
                        "(" + (order.key() == RunOrder.Key.UPDATED ? selection.updatedAt() : "r.finished_at") + ", "
                                + selection.runId() + ") " + comparison + " (?, ?)",
                        time,
                        runId.value());
            }
        }
    }
}
