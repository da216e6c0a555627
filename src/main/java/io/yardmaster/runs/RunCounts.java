package io.yardmaster.runs;

import io.yardmaster.kernel.Tenant;
import io.yardmaster.runs.RunGroups.Group;
import io.yardmaster.runs.RunMatch.Place;
import io.yardmaster.runs.RunMatch.Selection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Counts runs by kind, in the transaction of the caller. */
@Component
class RunCounts {

    /** So many of the newest are looked at, which bounds the time it takes. */
    static final int COUNTED_AT_MOST = 10_000;

    private static final Logger log = LoggerFactory.getLogger(RunCounts.class);

    private final JdbcTemplate jdbc;
    private final BoundedCounts counts;
    private final int countedAtMost;

    @Autowired
    RunCounts(JdbcTemplate jdbc, BoundedCounts counts) {
        this(jdbc, counts, COUNTED_AT_MOST);
    }

    RunCounts(JdbcTemplate jdbc, BoundedCounts counts, int countedAtMost) {
        this.jdbc = jdbc;
        this.counts = counts;
        this.countedAtMost = countedAtMost;
    }

    RunGroups count(RunFilter filter, RunGroups.By by, int limit, Tenant tenant) {
        RunMatch match = new RunMatch(tenant, filter, Set.of());
        List<Place> places = match.places(by == RunGroups.Property.STATUS, by == RunGroups.Property.FAILURE_CATEGORY);
        if (places.isEmpty()) {
            return RunGroups.NONE;
        }
        // The newest are within the last hours or days, if there are so many: to plan for all days takes longer than to
        // count them.
        RunGroups newest = RunGroups.NONE;
        for (NearDays near : List.of(NearDays.lastHoursOf(filter), NearDays.newestOf(filter))) {
            newest = groups(counted(groups(match, places, by, limit, near), by), limit, false);
            if (newest.total() == countedAtMost) {
                return newest;
            }
        }
        return counts.count(() -> counted(groups(match, places, by, limit, null), by))
                .map(all -> groups(all, limit, total(all) < countedAtMost))
                .orElse(newest);
    }

    private static RunGroups groups(List<Counted> counted, int limit, boolean exact) {
        return new RunGroups(
                total(counted),
                counted.stream().limit(limit).map(Counted::group).toList(),
                counted.size() > limit,
                exact);
    }

    private List<Counted> counted(Sql groups, RunGroups.By by) {
        log.trace("{}", groups);
        return jdbc.query(groups, (row, _) -> counted(row, by instanceof RunGroups.Attribute));
    }

    private static long total(List<Counted> counted) {
        return counted.isEmpty() ? 0 : counted.getFirst().total();
    }

    private Sql groups(RunMatch match, List<Place> places, RunGroups.By by, int limit, @Nullable NearDays near) {
        Sql runs = new Sql();
        for (Place place : places) {
            Selection selection = match.in(place);
            String key = key(selection, by);
            if (near != null) {
                near.in(selection);
            }
            runs.add(runs.isEmpty() ? "(" : ") UNION ALL (")
                    .add("SELECT " + key + ", " + selection.base() + ".run_id")
                    .add(selection.fromLeast())
                    .add("\nORDER BY " + selection.base() + ".run_id DESC")
                    .add("\nLIMIT ?", countedAtMost);
        }
        return new Sql()
                .add("SELECT number, text, truth, time, count(*), sum(count(*)) OVER () AS total FROM (SELECT * FROM (")
                .add(runs)
                .add(")) matching ORDER BY run_id DESC LIMIT ?) newest", countedAtMost)
                .add(" GROUP BY number, text, truth, time ORDER BY count DESC, text, number, truth, time")
                .add(" LIMIT ?", limit + 1);
    }

    /** The columns of the key, and what they take: one for each type that an attribute can have. */
    private static String key(Selection selection, RunGroups.By by) {
        return switch (by) {
            case RunGroups.Property property ->
                switch (property) {
                    case STATUS -> text(selection.status());
                    case JOB_ID -> {
                        selection.where("r.job_id IS NOT NULL");
                        yield text("r.job_id");
                    }
                    case FAILURE_CATEGORY -> {
                        selection.where("r.failure_category IS NOT NULL");
                        yield text("r.failure_category");
                    }
                };
            case RunGroups.Label label -> {
                // The character after = is >: between them is every value of the key.
                selection.join("run_label", "g", "g.label >= ?", label.key() + "=");
                selection.where("g.label < ?", label.key() + ">");
                yield text("substr(g.label, " + (label.key().length() + 2) + ")");
            }
            case RunGroups.Attribute attribute -> {
                selection.join("run_attribute", "g", "g.key = ?", attribute.key());
                yield "g.number, g.text, g.truth, g.time";
            }
        };
    }

    private static String text(String expression) {
        return "NULL::double precision AS number, " + expression
                + " COLLATE \"C\" AS text, NULL::boolean AS truth, NULL::timestamptz AS time";
    }

    private static Counted counted(ResultSet row, boolean typed) throws SQLException {
        return new Counted(new Group(keyOf(row, typed), row.getLong("count")), row.getLong("total"));
    }

    private static String keyOf(ResultSet row, boolean typed) throws SQLException {
        String text = row.getString("text");
        if (text != null) {
            return typed ? new AttributeValue.Text(text).filterText() : text;
        }
        OffsetDateTime time = row.getObject("time", OffsetDateTime.class);
        if (time != null) {
            return new AttributeValue.Time(time.toInstant()).filterText();
        }
        double value = row.getDouble("number");
        return row.wasNull()
                ? Boolean.toString(row.getBoolean("truth"))
                : new AttributeValue.Numeric(value).filterText();
    }

    private record Counted(Group group, long total) {}
}
