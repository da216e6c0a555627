package io.yardmaster.exports.web;

import io.yardmaster.contract.EventTypeDto;
import io.yardmaster.contract.ExportsApiDelegate;
import io.yardmaster.contract.RunStatusDto;
import io.yardmaster.contract.WholeAnswer;
import io.yardmaster.events.AllRunsCursor;
import io.yardmaster.events.AllRunsFilter;
import io.yardmaster.events.EventExport;
import io.yardmaster.events.EventType;
import io.yardmaster.exports.ExportStreams;
import io.yardmaster.exports.ExportStreams.Export;
import io.yardmaster.jobs.JobFilter;
import io.yardmaster.jobs.Jobs;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.runs.DatabaseClock;
import io.yardmaster.runs.RunFilter;
import io.yardmaster.runs.RunFilter.Span;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.Runs;
import io.yardmaster.security.CurrentActor;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;
import tools.jackson.databind.json.JsonMapper;

/** Translates between the contract and what is exported. */
@Component
class ExportsEndpoint implements ExportsApiDelegate {

    private static final Pattern LABEL = Pattern.compile("[a-z][a-z0-9_-]{0,62}=.*", Pattern.DOTALL);
    private static final RunId LAST = new RunId(new UUID(-1, -1));

    /** For so long at most a run may have its id, and is not to be seen yet. */
    private static final Duration UNDER_WAY = Duration.ofSeconds(30);

    private final Runs runs;
    private final DatabaseClock clock;
    private final Jobs jobs;
    private final EventExport events;
    private final ExportStreams streams;
    private final CurrentActor actor;
    private final HttpServletRequest request;
    private final JsonMapper mapper;

    ExportsEndpoint(
            Runs runs,
            DatabaseClock clock,
            Jobs jobs,
            EventExport events,
            ExportStreams streams,
            CurrentActor actor,
            HttpServletRequest request,
            JsonMapper mapper) {
        this.runs = runs;
        this.clock = clock;
        this.jobs = jobs;
        this.events = events;
        this.streams = streams;
        this.actor = actor;
        this.request = request;
        this.mapper = mapper;
    }

    @Override
    public ResponseEntity<ResponseBodyEmitter> exportRuns(
            @Nullable String cursor,
            @Nullable String jobId,
            List<RunStatusDto> status,
            List<String> label,
            @Nullable Instant createdAfter,
            @Nullable Instant createdBefore,
            @Nullable Instant finishedAfter,
            @Nullable Instant finishedBefore) {
        label.stream().filter(one -> !LABEL.matcher(one).matches()).findFirst().ifPresent(_ -> {
            throw fault("label", "label must be written key=value, such as team=platform.");
        });
        // Those that come in meanwhile are for another time; otherwise it might never end.
        Instant now = clock.instant();
        Instant before = createdBefore == null || createdBefore.isAfter(now) ? now : createdBefore;
        RunId after = cursor == null
                ? null
                : RunId.parse(cursor).orElseThrow(() -> fault("cursor", "This is no cursor of an export of runs."));
        RunFilter filter = new RunFilter(
                jobId,
                status.stream().map(one -> RunState.of(one.getValue())).collect(Collectors.toSet()),
                Set.of(),
                label,
                List.of(),
                new Span(createdAfter, before),
                Span.ANY,
                new Span(finishedAfter, finishedBefore),
                null,
                after == null ? null : new RunFilter.IdRange(next(after), LAST),
                null,
                null,
                null);
        Actor reader = actor.get();
        return answer(
                "runs", new ExportedRuns(runs, filter, after, idAt(now.minus(UNDER_WAY)), reader, mapper), reader);
    }

    @Override
    public ResponseEntity<ResponseBodyEmitter> exportEvents(
            @Nullable String cursor, @Nullable String runId, @Nullable String jobId, List<EventTypeDto> types) {
        AllRunsCursor after = cursor == null
                ? null
                : AllRunsCursor.parse(cursor)
                        .orElseThrow(() -> fault("cursor", "This is no cursor of an export of events."));
        AllRunsFilter filter = new AllRunsFilter(
                runId == null ? null : RunId.parse(runId).orElseThrow(() -> fault("run_id", "This is no run's id.")),
                jobId,
                types.stream()
                        .map(type -> EventType.of(type.getValue()))
                        .flatMap(Optional::stream)
                        .collect(Collectors.toSet()));
        EventExport.Span span = events.span(after);
        Actor reader = actor.get();
        Export export = sink -> {
            long count = events.write(span, filter, reader.tenant(), sink::write);
            return new ExportStreams.End(span.end().toString(), count);
        };
        return answer("events", export, reader);
    }

    @Override
    public ResponseEntity<ResponseBodyEmitter> exportJobs(@Nullable String cursor, @Nullable String source) {
        Actor reader = actor.get();
        ExportedJobs export =
                new ExportedJobs(jobs, new JobFilter(source, null, null, ExportedJobs.A_PAGE, cursor), reader, mapper);
        export.open();
        return answer("jobs", export, reader);
    }

    private ResponseEntity<ResponseBodyEmitter> answer(String name, Export export, Actor reader) {
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_NDJSON)
                .header("X-Accel-Buffering", "no")
                .body(request.getMethod().equals("HEAD") ? WholeAnswer.none() : streams.carry(name, export, reader));
    }

    /** The first id there can be of a run that was submitted then. */
    private static RunId idAt(Instant time) {
        return new RunId(new UUID(time.toEpochMilli() << 16, 0));
    }

    private static RunId next(RunId after) {
        UUID id = after.value();
        long low = id.getLeastSignificantBits() + 1;
        return new RunId(new UUID(id.getMostSignificantBits() + (low == 0 ? 1 : 0), low));
    }

    private static ProblemException fault(String parameter, String message) {
        return ProblemException.validation(List.of(new Fault(parameter, message, parameter)));
    }
}
