package io.yardmaster.runs;

import io.yardmaster.kernel.Tenant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where the runs of a filter are found, in SQL. A run that moves has its state in {@code run_live}, one that has ended in
 * {@code run}; a filter on what differs between them is looked up in both places, each by its own narrow index.
 */
final class RunMatch {

    private static final UUID FIRST = new UUID(0, 0);

    private final Tenant tenant;
    private final RunFilter filter;
    private final Set<AttributeCondition> common;

    /**
     * A filter for one tenant's runs.
     *
     * @param common conditions that so many runs fit that it is better to walk the runs in the list's order and look each
     *     up than to begin with those that fit; PostgreSQL cannot know, for a key and its values are not independent
     */
    RunMatch(Tenant tenant, RunFilter filter, Set<AttributeCondition> common) {
        this.tenant = tenant;
        this.filter = filter;
        this.common = common;
    }

    /** Counts the runs that fit a condition, of all days or those next to one, up to a bound. */
    Sql count(AttributeCondition condition, @Nullable NearDays near, int atMost) {
        Selection selection = new Selection(tenant, Place.ANYWHERE);
        selection.join("run_attribute", "a", "a.key = ?", condition.key());
        if (condition.operator() != AttributeCondition.Operator.UNEQUAL) {
            selection.where("a" + comparison(condition), value(condition.value()));
        }
        ids(selection);
        if (near != null) {
            near.in(selection);
        }
        return new Sql()
                .add("(SELECT count(*) FROM (SELECT 1")
                .add(selection.fromLeast())
                .add(" LIMIT ?) fitting)", atMost);
    }

    /** Where runs are. */
    enum Place {
        /** Wherever: of no matter. */
        ANYWHERE,
        LIVE,
        ENDED
    }

    /** The places to look in; none where nothing can match. */
    List<Place> places(boolean stateMatters, boolean endedOnly) {
        List<RunState> live = states(false);
        List<RunState> ended = states(true);
        boolean anyStatus = filter.status().isEmpty();
        boolean onlyEnded = endedOnly
                || !filter.finished().isAny()
                || !filter.failureCategories().isEmpty();
        if (anyStatus && !stateMatters && !onlyEnded && filter.updated().isAny()) {
            return List.of(Place.ANYWHERE);
        }
        List<Place> places = new ArrayList<>();
        if (!onlyEnded && (anyStatus || !live.isEmpty())) {
            places.add(Place.LIVE);
        }
        if (anyStatus || !ended.isEmpty()) {
            places.add(Place.ENDED);
        }
        return places;
    }

    /** The tables and conditions for one place. The run's own row is {@code r}, its live one {@code l}. */
    Selection in(Place place) {
        Selection selection = new Selection(tenant, place);
        switch (place) {
            case ANYWHERE -> {}
            case LIVE -> {
                selection.where("l.tenant = ?", tenant.name());
                oneOf(
                        selection,
                        "l.state",
                        states(false).stream().map(RunState::text).toList());
                selection.span("l.updated_at", filter.updated());
            }
            case ENDED -> {
                List<RunState> ended = states(true);
                // Also where a status says so: PostgreSQL does not conclude it, and the index of ends has only these.
                selection.where("r.finished_at IS NOT NULL");
                oneOf(selection, "r.status", ended.stream().map(RunState::text).toList());
                oneOf(
                        selection,
                        "r.failure_category",
                        filter.failureCategories().stream()
                                .map(Failure.Category::text)
                                .toList());
                selection.span("r.finished_at", filter.updated());
                selection.span("r.finished_at", filter.finished());
            }
        }
        ofTheRun(selection);
        names(selection);
        ids(selection);
        return selection;
    }

    private void ofTheRun(Selection selection) {
        if (filter.jobId() != null) {
            selection.where("r.job_id = ?", filter.jobId());
        }
        if (filter.deadlineBefore() != null) {
            selection.where("r.deadline_at < ?", storable(filter.deadlineBefore()));
        }
        if (filter.parent() != null) {
            selection.where("r.parent_run_id = ?", filter.parent().value());
        }
        if (filter.rerunOf() != null) {
            selection.where("r.rerun_of = ?", filter.rerunOf().value());
        }
    }

    private void names(Selection selection) {
        if (filter.externalId() != null) {
            selection.join("run_external_id", "e", "e.external_id = ?", filter.externalId());
        }
        for (String label : filter.labels()) {
            selection.join("run_label", selection.fresh("x"), ".label = ?", label);
        }
        for (AttributeCondition condition : filter.attributes()) {
            if (common.contains(condition)) {
                selection.lookUp(new Sql()
                        .add("run_attribute p WHERE p.tenant = ? AND p.key = ? AND p", tenant.name(), condition.key())
                        .add(comparison(condition), value(condition.value())));
            } else {
                String alias = selection.fresh("a");
                selection.join("run_attribute", alias, ".key = ?", condition.key());
                selection.where(alias + comparison(condition), value(condition.value()));
            }
        }
    }

    private static String comparison(AttributeCondition condition) {
        String operator = condition.operator() == AttributeCondition.Operator.UNEQUAL
                ? "IS DISTINCT FROM"
                : condition.operator().symbol();
        return column(condition.value()) + " " + operator + " ?";
    }

    private void ids(Selection selection) {
        Instant after = filter.created().after();
        if (after != null) {
            selection.ids(">=", firstOf(Math.floorDiv(micros(after), 1000) + 1));
        }
        Instant before = filter.createdBefore();
        if (before != null) {
            selection.ids("<", firstOf(Math.ceilDiv(micros(before), 1000)));
        }
        RunFilter.IdRange ids = filter.ids();
        if (ids != null) {
            selection.ids(">=", ids.first().value());
            selection.ids("<=", ids.last().value());
        }
    }

    private static void oneOf(Selection selection, String column, Collection<String> values) {
        if (values.size() == 1) {
            selection.where(column + " = ?", values.iterator().next());
        } else if (!values.isEmpty()) {
            selection.where(
                    column + " IN (" + String.join(", ", Collections.nCopies(values.size(), "?")) + ")",
                    values.toArray());
        }
    }

    private List<RunState> states(boolean terminal) {
        return filter.status().stream()
                .filter(state -> state.isTerminal() == terminal)
                .toList();
    }

    private static String column(AttributeValue value) {
        return switch (value) {
            case AttributeValue.Numeric number -> ".number";
            case AttributeValue.Text text -> ".text";
            case AttributeValue.Truth truth -> ".truth";
            case AttributeValue.Time time -> ".time";
        };
    }

    private static Object value(AttributeValue value) {
        return switch (value) {
            case AttributeValue.Numeric number -> number.value();
            case AttributeValue.Text text -> text.value();
            case AttributeValue.Truth truth -> truth.value();
            case AttributeValue.Time time -> time.value();
        };
    }

    /** The smallest id of a moment, in milliseconds since 1970: a run's id begins with when it was created. */
    static UUID firstOf(long milliseconds) {
        return milliseconds <= 0 ? FIRST : new UUID(milliseconds << 16, 0);
    }

    private static long micros(Instant time) {
        Instant kept = storable(time);
        return kept.getEpochSecond() * 1_000_000 + Math.ceilDiv(kept.getNano(), 1000);
    }

    /** The same moment for comparing with what is stored, of which nothing is before 1970. */
    private static Instant storable(Instant time) {
        return time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time;
    }

    /** Tables and conditions for one place. */
    static final class Selection {

        private final Tenant tenant;
        private final Place place;
        private final Map<String, String> joined = new LinkedHashMap<>();
        private final Sql conditions = new Sql();
        private final List<IdBound> bounds = new ArrayList<>();
        private final List<Sql> lookUps = new ArrayList<>();
        private boolean needsRun;
        private int aliases;

        Selection(Tenant tenant, Place place) {
            this.tenant = tenant;
            this.place = place;
        }

        String fresh(String prefix) {
            return prefix + aliases++;
        }

        void where(String condition, Object... values) {
            needsRun = needsRun || condition.startsWith("r.");
            conditions.add("\n  AND " + condition, values);
        }

        /** Joins another table that has the run's id and tenant. */
        void join(String table, String alias, String condition, Object... values) {
            joined.put(alias, table);
            where(alias + ".tenant = ?", tenant.name());
            where(condition.startsWith(".") ? alias + condition : condition, values);
        }

        /** Has each run looked up on its own; OFFSET keeps PostgreSQL from making a join of it. */
        void lookUp(Sql fromAndWhere) {
            lookUps.add(fromAndWhere);
        }

        void span(String column, RunFilter.Span span) {
            if (span.after() != null) {
                where(column + " > ?", storable(span.after()));
            }
            if (span.before() != null) {
                where(column + " < ?", storable(span.before()));
            }
        }

        /** A bound of run ids. It is repeated for each table, for PostgreSQL would not conclude it. */
        void ids(String comparison, UUID id) {
            bounds.add(new IdBound(comparison, id));
        }

        /** When a run of this place was last changed. */
        String updatedAt() {
            return switch (place) {
                case ANYWHERE -> "COALESCE(r.finished_at, l.updated_at)";
                case LIVE -> "l.updated_at";
                case ENDED -> "r.finished_at";
            };
        }

        String status() {
            return switch (place) {
                case ANYWHERE -> "COALESCE(r.status, l.state)";
                case LIVE -> "l.state";
                case ENDED -> "r.status";
            };
        }

        String startedAt() {
            return switch (place) {
                case ANYWHERE -> "COALESCE(r.started_at, l.started_at)";
                case LIVE -> "l.started_at";
                case ENDED -> "r.started_at";
            };
        }

        /** The column with the run's id that the tables are joined by and sorted by in {@link #fromAll}. */
        String runId() {
            return place == Place.LIVE ? "l.run_id" : "r.run_id";
        }

        /**
         * From everything that has a part in it: the run's row, and its live one unless it has ended.
         *
         * @param order what it is sorted by
         * @param wanted at most so many of the first
         */
        Sql fromAll(String order, int wanted) {
            Sql from = new Sql();
            if (place == Place.LIVE) {
                // Sorted first, and then each on its own: those that move are few, and PostgreSQL would rather read
                // days of history than look so many up. OFFSET keeps it from making an ordinary join of it. Where
                // nothing in their own rows decides, no more than those that are wanted are sorted and looked up.
                from.add("\nFROM (SELECT l.* FROM run_live l");
                if (!needsRun) {
                    joinTo(from, "l.run_id");
                    from.add(where("l", false));
                }
                from.add(" ORDER BY " + order)
                        .add(needsRun ? new Sql() : new Sql().add(" LIMIT ?", wanted))
                        .add(") l\nCROSS JOIN LATERAL (SELECT * FROM run WHERE run.run_id = l.run_id");
                // Also here, or all days of history were planned for.
                bounds.forEach(bound -> from.add(" AND run.run_id " + bound.comparison() + " ?", bound.id()));
                from.add(" OFFSET 0) r");
                if (!needsRun) {
                    return from.add("\nWHERE r.tenant = ?", tenant.name());
                }
            } else {
                from.add("\nFROM run r");
            }
            joinTo(from, runId());
            if (place == Place.ANYWHERE) {
                from.add("\nLEFT JOIN run_live l ON l.run_id = r.run_id");
            }
            return from.add(where(place == Place.LIVE ? "l" : "r", true));
        }

        private void joinTo(Sql from, String runId) {
            joined.forEach((alias, table) ->
                    from.add("\nJOIN " + table + " " + alias + " ON " + alias + ".run_id = " + runId));
        }

        /** From what is needed to know that a run matches; {@link #base} tells which table has its id. */
        Sql fromLeast() {
            String base = base();
            Sql from = new Sql();
            String before = "\nFROM ";
            for (Map.Entry<String, String> table : tables().entrySet()) {
                from.add(before + table.getValue() + " " + table.getKey());
                if (!table.getKey().equals(base)) {
                    from.add(" ON " + table.getKey() + ".run_id = " + base + ".run_id");
                }
                before = "\nJOIN ";
            }
            return from.add(where(base, tables().containsKey("r")));
        }

        /** The table that has the run's id in {@link #fromLeast}. */
        String base() {
            return tables().keySet().iterator().next();
        }

        private Map<String, String> tables() {
            Map<String, String> tables = new LinkedHashMap<>();
            if (place == Place.LIVE) {
                tables.put("l", "run_live");
            }
            if (needsRun || place == Place.ENDED || (joined.isEmpty() && place == Place.ANYWHERE)) {
                tables.put("r", "run");
            }
            tables.putAll(joined);
            return tables;
        }

        private Sql where(String base, boolean withRun) {
            Sql where = new Sql().add("\nWHERE true");
            if (withRun) {
                where.add("\n  AND r.tenant = ?", tenant.name());
            }
            where.add(conditions);
            for (Sql lookUp : lookUps) {
                where.add("\n  AND EXISTS (SELECT FROM ")
                        .add(lookUp)
                        .add(" AND p.run_id = " + base + ".run_id OFFSET 0)");
            }
            List<String> bounded = new ArrayList<>(joined.keySet());
            if (place == Place.LIVE) {
                bounded.add("l");
            }
            if (withRun) {
                bounded.add("r");
            }
            if (!bounded.contains(base)) {
                bounded.add(base);
            }
            for (IdBound bound : bounds) {
                for (String alias : bounded) {
                    where.add("\n  AND " + alias + ".run_id " + bound.comparison() + " ?", bound.id());
                }
            }
            return where;
        }

        private record IdBound(String comparison, UUID id) {}
    }
}
