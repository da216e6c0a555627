package io.yardmaster.events.web;

import io.yardmaster.contract.EventTypeDto;
import io.yardmaster.contract.EventsApiDelegate;
import io.yardmaster.contract.WholeAnswer;
import io.yardmaster.events.AllRunsCursor;
import io.yardmaster.events.AllRunsFilter;
import io.yardmaster.events.AllRunsLog;
import io.yardmaster.events.EventStreams;
import io.yardmaster.events.EventType;
import io.yardmaster.kernel.RunId;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.security.CurrentActor;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;

/** Translates between the contract and the stream of all runs. */
@Component
class EventsEndpoint implements EventsApiDelegate {

    private final EventStreams streams;
    private final AllRunsLog log;
    private final CurrentActor actor;
    private final HttpServletRequest request;

    EventsEndpoint(EventStreams streams, AllRunsLog log, CurrentActor actor, HttpServletRequest request) {
        this.streams = streams;
        this.log = log;
        this.actor = actor;
        this.request = request;
    }

    @Override
    public ResponseEntity<ResponseBodyEmitter> streamAllRunEvents(
            @Nullable String runId,
            @Nullable String jobId,
            List<EventTypeDto> types,
            @Nullable String cursor,
            @Nullable String lastEventId) {
        AllRunsCursor after = null;
        if (lastEventId != null && !lastEventId.isEmpty()) {
            after = cursor("Last-Event-ID", lastEventId);
        } else if (cursor != null) {
            after = cursor("cursor", cursor);
        }
        if (after != null) {
            log.requireOurs(after);
        }
        AllRunsFilter filter = new AllRunsFilter(
                runId == null ? null : RunId.parse(runId).orElseThrow(() -> notARunId()),
                jobId,
                types.stream()
                        .map(type -> EventType.of(type.getValue()))
                        .flatMap(Optional::stream)
                        .collect(Collectors.toSet()));
        return ResponseEntity.ok()
                .contentType(MediaType.TEXT_EVENT_STREAM)
                .header("X-Accel-Buffering", "no")
                .body(
                        request.getMethod().equals("HEAD")
                                ? WholeAnswer.none()
                                : streams.followAll(after, filter, actor.get()));
    }

    private static AllRunsCursor cursor(String parameter, String text) {
        return AllRunsCursor.parse(text)
                .orElseThrow(() -> ProblemException.validation(List.of(new Fault(
                        parameter,
                        "This is no position in this stream. Send the id of one of its events, as it came.",
                        "cursor"))));
    }

    private static ProblemException notARunId() {
        return ProblemException.validation(List.of(new Fault("run_id", "This is not the id of a run.", "pattern")));
    }
}
