package io.yardmaster.exports.web;

import io.yardmaster.contract.ExportedRunDto;
import io.yardmaster.contract.ExportedRunLineDto;
import io.yardmaster.contract.FailureCategoryDto;
import io.yardmaster.contract.FailureDto;
import io.yardmaster.contract.RunProvenanceDto;
import io.yardmaster.contract.RunResultDto;
import io.yardmaster.contract.RunStatusDto;
import io.yardmaster.contract.SecurityProfileDto;
import io.yardmaster.database.DatabaseFault;
import io.yardmaster.exports.ExportStreams.End;
import io.yardmaster.exports.ExportStreams.Export;
import io.yardmaster.exports.ExportStreams.Sink;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.RunFilter;
import io.yardmaster.runs.RunList;
import io.yardmaster.runs.RunOrder;
import io.yardmaster.runs.RunQuery;
import io.yardmaster.runs.RunSummary;
import io.yardmaster.runs.RunView;
import io.yardmaster.runs.Runs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Runs, the oldest first. */
final class ExportedRuns implements Export {

    private static final int A_PAGE = 500;

    /** Arguments and results may be a megabyte each: so many are in memory at once. */
    private static final int AT_ONCE = 25;

    /** An id before that of every run. */
    private static final String NOTHING_YET = new RunId(new UUID(0, 0)).toString();

    /** A database that takes over for another one breaks off nothing that may have gone on for hours. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final RunOrder OLDEST_FIRST = new RunOrder(RunOrder.Key.CREATED, false);

    private final Runs runs;
    private final RunFilter filter;
    private final Actor reader;
    private final String settled;
    private final JsonMapper mapper;
    private String cursor;
    private long count;

    /**
     * @param after where the reader goes on from; null: it begins
     * @param settled before this id no run is missing that comes to be seen later
     */
    ExportedRuns(Runs runs, RunFilter filter, @Nullable RunId after, RunId settled, Actor reader, JsonMapper mapper) {
        this.runs = runs;
        this.filter = filter;
        this.reader = reader;
        this.settled = settled.toString();
        this.mapper = mapper;
        this.cursor = after == null ? NOTHING_YET : after.toString();
    }

    @Override
    public End write(Sink sink) throws IOException {
        String page = null;
        do {
            RunQuery query = new RunQuery(filter, OLDEST_FIRST, page, 0, A_PAGE);
            RunList found = DatabaseFault.outlast(PATIENCE, () -> runs.list(query, reader));
            List<RunId> ids =
                    found.page().items().stream().map(RunSummary::runId).toList();
            for (int from = 0; from < ids.size(); from += AT_ONCE) {
                write(ids.subList(from, Math.min(ids.size(), from + AT_ONCE)), sink);
            }
            page = found.page().nextToken();
        } while (page != null);
        return new End(cursor.compareTo(settled) < 0 ? cursor : settled, count);
    }

    private void write(List<RunId> ids, Sink sink) throws IOException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        List<RunView> views = DatabaseFault.outlast(PATIENCE, () -> runs.get(ids)).stream()
                .sorted(Comparator.comparing(run -> run.runId().toString()))
                .toList();
        for (RunView run : views) {
            cursor = run.runId().toString();
            lines.writeBytes(mapper.writeValueAsBytes(
                    new ExportedRunLineDto().cursor(cursor).run(run(run))));
            lines.write('\n');
            count++;
        }
        sink.write(lines.toByteArray());
    }

    private static ExportedRunDto run(RunView run) {
        Map<String, String> labels = new LinkedHashMap<>();
        run.labels()
                .properties()
                .forEach(label -> labels.put(label.getKey(), label.getValue().asString()));
        return new ExportedRunDto()
                .runId(run.runId().toString())
                .jobId(run.jobId())
                .source(run.source())
                .status(RunStatusDto.fromValue(run.status().text()))
                .createdAt(run.createdAt())
                .startedAt(run.startedAt())
                .finishedAt(run.finishedAt())
                .updatedAt(run.updatedAt())
                .args((ObjectNode) run.args())
                .labels(labels)
                .attributes((ObjectNode) run.attributes())
                .priority(run.priority())
                .externalId(run.externalId())
                .parentRunId(text(run.parentRunId()))
                .rerunOf(text(run.rerunOf()))
                .result(run.result() == null ? null : new RunResultDto().value(run.result()))
                .failure(failure(run.failure()))
                .provenance(new RunProvenanceDto()
                        .source(run.source())
                        .sourceRevision(run.sourceRevision())
                        .jobDigest(run.jobDigest())
                        .planId(run.planId() == null ? null : run.planId().toString())
                        .planDigest(run.planDigest())
                        .submittedBy(run.submittedBy()))
                .securityProfile(SecurityProfileDto.fromValue(run.securityProfile()))
                .deadlineAt(run.deadlineAt())
                .lastSeq(run.lastSeq());
    }

    private static @Nullable FailureDto failure(@Nullable Failure failure) {
        return failure == null
                ? null
                : new FailureDto()
                        .category(
                                FailureCategoryDto.fromValue(failure.category().text()))
                        .code(failure.code())
                        .message(failure.message())
                        .retryable(failure.retryable())
                        .stepId(failure.stepId());
    }

    private static @Nullable String text(@Nullable RunId runId) {
        return runId == null ? null : runId.toString();
    }
}
