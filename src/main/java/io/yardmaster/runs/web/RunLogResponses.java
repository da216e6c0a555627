package io.yardmaster.runs.web;

import io.yardmaster.contract.LogFormatDto;
import io.yardmaster.contract.LogLineDto;
import io.yardmaster.contract.LogPageDto;
import io.yardmaster.contract.LogStreamDto;
import io.yardmaster.contract.RunEventPageDto;
import io.yardmaster.contract.WholeAnswer;
import io.yardmaster.events.EventFilter;
import io.yardmaster.events.EventLog;
import io.yardmaster.events.EventStreams;
import io.yardmaster.events.EventType;
import io.yardmaster.events.LineFilter;
import io.yardmaster.events.LoggedEvent;
import io.yardmaster.events.StreamFormat;
import io.yardmaster.kernel.Actor;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.RunView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;

/** A run's log in each of the forms it can be asked for: a stream, a page, text. */
@Component
class RunLogResponses {

    private static final MediaType TEXT = new MediaType("text", "plain", StandardCharsets.UTF_8);

    private final EventLog log;
    private final EventStreams streams;
    private final TransactionTemplate transactions;

    RunLogResponses(EventLog log, EventStreams streams, TransactionTemplate transactions) {
        this.log = log;
        this.streams = streams;
        this.transactions = transactions;
    }

    ResponseEntity<ResponseBodyEmitter> events(
            RunView run,
            long afterSeq,
            List<String> types,
            int limit,
            boolean returns,
            MediaType mediaType,
            Actor reader) {
        requireKept(run, afterSeq);
        EventFilter filter = new EventFilter(eventTypes(types), LineFilter.ALL);
        if (mediaType.isCompatibleWith(MediaType.APPLICATION_JSON)) {
            return WholeAnswer.of(eventPage(run, afterSeq, filter, limit), mediaType);
        }
        StreamFormat format =
                mediaType.isCompatibleWith(MediaType.TEXT_EVENT_STREAM) ? StreamFormat.SSE : StreamFormat.NDJSON;
        return stream(run, afterSeq, filter, format, returns, mediaType, reader);
    }

    ResponseEntity<ResponseBodyEmitter> lines(
            RunView run, long afterSeq, LineFilter lines, int limit, Form form, boolean returns, Actor reader) {
        requireKept(run, afterSeq);
        return switch (form) {
            case STREAM ->
                stream(
                        run,
                        afterSeq,
                        EventFilter.outputLines(lines),
                        StreamFormat.SSE_LOG,
                        returns,
                        MediaType.TEXT_EVENT_STREAM,
                        reader);
            case JSON -> WholeAnswer.of(linePage(run, afterSeq, lines, limit), MediaType.APPLICATION_JSON);
            case TEXT -> WholeAnswer.of(text(run, afterSeq, lines, limit), TEXT);
            case NDJSON -> WholeAnswer.of(ndjson(run, afterSeq, lines, limit), MediaType.APPLICATION_NDJSON);
        };
    }

    /** A browser that comes back after the end of a finished run is told to stop by 204. */
    private ResponseEntity<ResponseBodyEmitter> stream(
            RunView run,
            long afterSeq,
            EventFilter filter,
            StreamFormat format,
            boolean returns,
            MediaType mediaType,
            Actor reader) {
        if (returns && run.status().isTerminal() && afterSeq >= run.lastSeq()) {
            return ResponseEntity.noContent().build();
        }
        // A cursor beyond the end would make a reader miss what comes; it reads on from the end.
        long start = Math.min(afterSeq, run.lastSeq());
        return ResponseEntity.ok()
                .contentType(mediaType)
                .header("X-Accel-Buffering", "no")
                .body(streams.follow(run.runId(), start, filter, format, reader));
    }

    private RunEventPageDto eventPage(RunView run, long afterSeq, EventFilter filter, int limit) {
        return inTransaction(() -> {
            List<LoggedEvent> found = new ArrayList<>();
            long after = afterSeq;
            boolean more = true;
            while (found.size() < limit && more) {
                List<LoggedEvent> read = log.read(run.runId(), after, limit);
                more = !read.isEmpty();
                for (LoggedEvent event : read) {
                    if (found.size() < limit) {
                        after = event.seq();
                        if (filter.matches(event)) {
                            found.add(event);
                        }
                    }
                }
            }
            return new RunEventPageDto()
                    .runId(run.runId().toString())
                    .events(found.stream().map(LoggedEvent::json).toList())
                    .lastSeq(Math.max(run.lastSeq(), after))
                    .nextAfterSeq(found.size() == limit ? after : null);
        });
    }

    private LogPageDto linePage(RunView run, long afterSeq, LineFilter lines, int limit) {
        List<LoggedEvent> found = read(run, afterSeq, lines, limit);
        return new LogPageDto()
                .runId(run.runId().toString())
                .logs(found.stream().map(RunLogResponses::line).toList())
                .lastSeq(run.lastSeq())
                .nextAfterSeq(found.size() == limit ? (Long) found.getLast().seq() : null);
    }

    private String text(RunView run, long afterSeq, LineFilter lines, int limit) {
        return read(run, afterSeq, lines, limit).stream()
                .map(line -> line.json().path("message").asString() + "\n")
                .collect(Collectors.joining());
    }

    private String ndjson(RunView run, long afterSeq, LineFilter lines, int limit) {
        return read(run, afterSeq, lines, limit).stream()
                .map(line -> line.text() + "\n")
                .collect(Collectors.joining());
    }

    private List<LoggedEvent> read(RunView run, long afterSeq, LineFilter lines, int limit) {
        return inTransaction(() -> log.readLines(run.runId(), afterSeq, lines, limit));
    }

    private void requireKept(RunView run, long afterSeq) {
        Optional<Long> oldest = inTransaction(() -> log.oldestKept(run.runId()));
        if (oldest.isPresent() && afterSeq + 1 < oldest.get()) {
            throw ProblemException.of(
                            ProblemType.CURSOR_EXPIRED,
                            "What followed " + afterSeq + " is not kept any more. Read on after " + (oldest.get() - 1)
                                    + ".")
                    .with("oldest_seq", oldest.get());
        }
    }

    private <T> T inTransaction(Supplier<T> work) {
        return Objects.requireNonNull(transactions.execute(transaction -> work.get()));
    }

    private static Set<EventType> eventTypes(List<String> names) {
        Set<EventType> types = EnumSet.noneOf(EventType.class);
        names.forEach(name -> EventType.of(name).ifPresent(types::add));
        return types;
    }

    private static LogLineDto line(LoggedEvent event) {
        return new LogLineDto()
                        .seq(event.seq())
                        .timestamp(event.at())
                        .level(event.json().path("level").asString())
                        .message(event.json().path("message").asString())
                        .stepId(event.stepId())
                        .stream(LogStreamDto.fromValue(
                        event.json().path("stream").asString()));
    }

    /** How a log can be asked for. */
    enum Form {
        STREAM,
        JSON,
        TEXT,
        NDJSON;

        /** {@code follow} asks for a stream whatever else is said, and {@code format} overrides what is accepted. */
        static Form of(boolean follow, @Nullable LogFormatDto format, MediaType accepted) {
            if (follow) {
                return STREAM;
            }
            if (format != null) {
                return switch (format) {
                    case JSON -> JSON;
                    case TEXT -> TEXT;
                    case NDJSON -> NDJSON;
                };
            }
            if (accepted.isCompatibleWith(MediaType.TEXT_EVENT_STREAM)) {
                return STREAM;
            }
            if (accepted.isCompatibleWith(MediaType.TEXT_PLAIN)) {
                return TEXT;
            }
            return accepted.isCompatibleWith(MediaType.APPLICATION_NDJSON) ? NDJSON : JSON;
        }
    }
}
