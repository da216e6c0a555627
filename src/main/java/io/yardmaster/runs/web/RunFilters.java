package io.yardmaster.runs.web;

import io.yardmaster.contract.FailureCategoryDto;
import io.yardmaster.contract.RunStatusDto;
import io.yardmaster.jobs.JobId;
import io.yardmaster.kernel.RunId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.runs.AttributeCondition;
import io.yardmaster.runs.AttributeCondition.Operator;
import io.yardmaster.runs.AttributeValue;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.RunFilter;
import io.yardmaster.runs.RunFilter.IdRange;
import io.yardmaster.runs.RunFilter.Span;
import io.yardmaster.runs.RunGroups;
import io.yardmaster.runs.RunState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the filters of a list of runs, and says everything that is wrong with them at once. */
final class RunFilters {

    private static final String KEY = "[a-z][a-z0-9_-]{0,62}";
    private static final Pattern LABEL = Pattern.compile(KEY + "=.*", Pattern.DOTALL);
    private static final Pattern ATTRIBUTE = Pattern.compile("(" + KEY + ")(!=|>=|<=|=|>|<)(.*)", Pattern.DOTALL);
    private static final Pattern GROUP = Pattern.compile("(label|attribute):(" + KEY + ")");
    private static final Pattern ID_PREFIX = Pattern.compile("run_([0-7][0-9A-HJKMNP-TV-Z]{0,25})?");
    private static final int ID_LENGTH = 30;
    private static final int LONGEST_LABEL = 255;
    private static final String KEY_RULE =
            "A key begins with a small letter and has up to 63 small letters, digits, _ and -.";

    private final List<Fault> faults = new ArrayList<>();
    private final String before;

    /** Reads filters from query parameters. */
    RunFilters() {
        this("");
    }

    /**
     * Reads filters from a body.
     *
     * @param before what leads to them there, as a JSON pointer
     */
    RunFilters(String before) {
        this.before = before;
    }

    RunFilter filter(
            @Nullable String jobId,
            List<RunStatusDto> status,
            List<FailureCategoryDto> failureCategory,
            List<String> label,
            List<String> attribute,
            Span created,
            Span updated,
            Span finished,
            @Nullable Instant deadlineBefore,
            @Nullable String idPrefix,
            @Nullable String externalId,
            @Nullable String parentRunId,
            @Nullable String rerunOf) {
        return new RunFilter(
                jobId == null ? null : jobId(jobId),
                status.stream().map(one -> RunState.of(one.getValue())).collect(Collectors.toSet()),
                failureCategory.stream()
                        .map(one -> Failure.Category.valueOf(one.getValue().toUpperCase(Locale.ROOT)))
                        .collect(Collectors.toSet()),
                label.stream().map(this::label).toList(),
                attribute.stream().flatMap(one -> attribute(one).stream()).toList(),
                created,
                updated,
                finished,
                deadlineBefore,
                idPrefix == null ? null : ids(idPrefix),
                externalId,
                parentRunId == null ? null : run("parent_run_id", parentRunId),
                rerunOf == null ? null : run("rerun_of", rerunOf));
    }

    RunGroups.@Nullable By groupBy(String written) {
        return switch (written) {
            case "status" -> RunGroups.Property.STATUS;
            case "job_id" -> RunGroups.Property.JOB_ID;
            case "failure_category" -> RunGroups.Property.FAILURE_CATEGORY;
            default -> groupByKey(written);
        };
    }

    private RunGroups.@Nullable By groupByKey(String written) {
        Matcher group = GROUP.matcher(written);
        if (group.matches()) {
            return group.group(1).equals("label")
                    ? new RunGroups.Label(group.group(2))
                    : new RunGroups.Attribute(group.group(2));
        }
        faults.add(new Fault(
                "group_by",
                "group_by must be status, job_id, failure_category, label:<key> or attribute:<key>. " + KEY_RULE,
                "group-by"));
        return null;
    }

    void requireNone() {
        if (!faults.isEmpty()) {
            throw ProblemException.validation(faults);
        }
    }

    private String jobId(String written) {
        if (JobId.parse(written).isEmpty()) {
            faults.add(new Fault(
                    before + "job_id", "job_id must be a job's id, such as hello-world or backup/daily.", "job-id"));
        }
        return written;
    }

    private String label(String written) {
        if (!LABEL.matcher(written).matches()) {
            faults.add(new Fault(
                    before + "label", "label must be written key=value, such as team=platform. " + KEY_RULE, "label"));
        } else if (written.length() - written.indexOf('=') - 1 > LONGEST_LABEL) {
            faults.add(new Fault(before + "label", "label must have a value of at most 255 characters.", "label"));
        }
        return written;
    }

    private Optional<AttributeCondition> attribute(String written) {
        Matcher parts = ATTRIBUTE.matcher(written);
        if (!parts.matches()) {
            faults.add(new Fault(
                    before + "attribute",
                    "attribute must be a key, one of = != > >= < <=, and a value, such as rows>=1000. " + KEY_RULE,
                    "attribute"));
            return Optional.empty();
        }
        Operator operator = operator(parts.group(2));
        Optional<AttributeValue> value = AttributeValue.ofFilter(parts.group(3));
        if (value.isEmpty()) {
            faults.add(new Fault(
                    before + "attribute",
                    "attribute must have a number between -9007199254740991 and 9007199254740991, true, false, a time,"
                            + " or text of at most 255 characters as its value; a double quote that begins it must end it"
                            + " too.",
                    "attribute"));
            return Optional.empty();
        }
        if (value.get() instanceof AttributeValue.Truth && operator != Operator.EQUAL && operator != Operator.UNEQUAL) {
            faults.add(new Fault(
                    before + "attribute", "attribute compares true and false with = and != only.", "attribute"));
        }
        return Optional.of(new AttributeCondition(parts.group(1), operator, value.get()));
    }

    private static Operator operator(String symbol) {
        for (Operator operator : Operator.values()) {
            if (operator.symbol().equals(symbol)) {
                return operator;
            }
        }
        throw new IllegalArgumentException(symbol);
    }

    private @Nullable IdRange ids(String prefix) {
        if (!ID_PREFIX.matcher(prefix).matches()) {
            faults.add(new Fault(
                    before + "id_prefix",
                    "id_prefix must be the beginning of a run's id, such as run_01JD3M5Z.",
                    "id-prefix"));
            return null;
        }
        int missing = ID_LENGTH - prefix.length();
        boolean digits = prefix.length() > "run_".length();
        return new IdRange(
                RunId.parse(prefix + "0".repeat(missing)).orElseThrow(),
                RunId.parse(prefix + (digits ? "" : "7") + "Z".repeat(digits ? missing : missing - 1))
                        .orElseThrow());
    }

    private @Nullable RunId run(String filter, String written) {
        Optional<RunId> run = RunId.parse(written);
        if (run.isEmpty()) {
            faults.add(new Fault(
                    before + filter,
                    filter + " must be a run's id, such as run_01JD3M5ZK8Q2W4X6Y7A9B0C1DE.",
                    "run-id"));
        }
        return run.orElse(null);
    }
}
