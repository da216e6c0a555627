package io.yardmaster.runs.web;

import io.yardmaster.contract.LogFormatDto;
import io.yardmaster.contract.WholeAnswer;
import io.yardmaster.events.EventFilter;
import io.yardmaster.events.EventLog;
import io.yardmaster.events.EventStreams;
import io.yardmaster.events.EventType;
import io.yardmaster.events.LineFilter;
import io.yardmaster.events.LogPage;
import io.yardmaster.events.LogPages;
import io.yardmaster.events.LogRequest;
import io.yardmaster.events.LogText;
import io.yardmaster.events.StreamFormat;
import io.yardmaster.kernel.Actor;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.RunView;
import io.yardmaster.runs.Runs;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;

/** A run's log in each of the forms it can be asked for: a stream, a page, text. */
@Component
class RunLogResponses {

    private static final MediaType TEXT = new MediaType("text", "plain", StandardCharsets.UTF_8);
    private static final int LINES_A_PAGE = 1000;

    private final EventLog log;
    private final EventStreams streams;
    private final LogPages pages;
    private final LogText text;
    private final HttpServletRequest request;
    private final TransactionTemplate transactions;

    RunLogResponses(
            EventLog log,
            EventStreams streams,
            LogPages pages,
            LogText text,
            HttpServletRequest request,
            TransactionTemplate transactions) {
        this.log = log;
        this.streams = streams;
        this.pages = pages;
        this.text = text;
        this.request = request;
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
            return page(
                    "events", request(run, afterSeq, null, limit, filter, StreamFormat.EVENT_ELEMENTS), run, reader);
        }
        StreamFormat format =
                mediaType.isCompatibleWith(MediaType.TEXT_EVENT_STREAM) ? StreamFormat.SSE : StreamFormat.NDJSON;
        return follow(run, afterSeq, null, filter, format, returns, mediaType, reader);
    }

    /**
     * The output lines.
     *
     * @param returns whether the reader was here before and goes on after {@code afterSeq}
     */
    ResponseEntity<ResponseBodyEmitter> lines(
            RunView run,
            long afterSeq,
            LineFilter lines,
            @Nullable Integer tail,
            @Nullable Integer limit,
            Form form,
            boolean returns,
            Actor reader) {
        requireKept(run, afterSeq);
        EventFilter filter = EventFilter.outputLines(lines);
        Integer last = returns ? null : tail;
        return switch (form) {
            case STREAM ->
                follow(run, afterSeq, last, filter, StreamFormat.SSE_LOG, returns, MediaType.TEXT_EVENT_STREAM, reader);
            case JSON ->
                page(
                        "logs",
                        request(
                                run,
                                afterSeq,
                                last,
                                limit == null ? LINES_A_PAGE : limit,
                                filter,
                                StreamFormat.LINE_ELEMENTS),
                        run,
                        reader);
            case TEXT -> text(request(run, afterSeq, last, limit, filter, StreamFormat.TEXT), run, reader);
            case NDJSON ->
                streamed(
                        ResponseEntity.ok(),
                        request(run, afterSeq, last, limit, filter, StreamFormat.NDJSON_LOG),
                        MediaType.APPLICATION_NDJSON,
                        reader);
        };
    }

    /** A browser that comes back after the end of a finished run is told to stop by 204. */
    private ResponseEntity<ResponseBodyEmitter> follow(
            RunView run,
            long afterSeq,
            @Nullable Integer tail,
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
        return streamed(
                ResponseEntity.ok(),
                new LogRequest(run.runId(), start, tail, null, null, filter, format),
                mediaType,
                reader);
    }

    /**
     * All there is now, however much: it goes from the database to the reader piece by piece. Text whose length can be
     * told is told it, so that a reader notices when it was cut off, and can be had in parts.
     */
    private ResponseEntity<ResponseBodyEmitter> text(LogRequest request, RunView run, Actor reader) {
        OptionalLong size = text.size(request);
        if (size.isEmpty()) {
            return streamed(ResponseEntity.ok(), request, TEXT, reader);
        }
        String etag = "\"" + run.runId() + "-" + run.lastSeq() + "\"";
        Optional<TextRange> range = TextRange.of(this.request, etag, size.getAsLong());
        long length = range.map(TextRange::length).orElse(size.getAsLong());
        ResponseEntity.BodyBuilder answer = ResponseEntity.status(
                        range.isPresent() ? HttpStatus.PARTIAL_CONTENT : HttpStatus.OK)
                .eTag(etag)
                .header(HttpHeaders.ACCEPT_RANGES, "bytes")
                .contentLength(length);
        if (range.isEmpty()) {
            return streamed(answer, request, TEXT, reader);
        }
        answer.header(HttpHeaders.CONTENT_RANGE, range.get().contentRange(size.getAsLong()));
        return streamed(answer, text.part(request, range.get().from(), length), TEXT, reader);
    }

    private ResponseEntity<ResponseBodyEmitter> streamed(
            ResponseEntity.BodyBuilder answer, LogRequest request, MediaType mediaType, Actor reader) {
        return answer.contentType(mediaType)
                .header("X-Accel-Buffering", "no")
                .body(this.request.getMethod().equals("HEAD") ? WholeAnswer.none() : streams.follow(request, reader));
    }

    private ResponseEntity<ResponseBodyEmitter> page(String name, LogRequest request, RunView run, Actor reader) {
        LogPage page = pages.read(request, reader.tenant());
        requireKept(run, request.afterSeq());
        String next = page.nextAfter() == null ? "" : ",\"next_after_seq\":" + page.nextAfter();
        String json = "{\"run_id\":\"" + run.runId() + "\",\"" + name + "\":[" + page.elements() + "],\"last_seq\":"
                + run.lastSeq() + next + "}";
        ResponseEntity<ResponseBodyEmitter> answer = WholeAnswer.of(json, MediaType.APPLICATION_JSON);
        return ResponseEntity.status(answer.getStatusCode())
                .headers(answer.getHeaders())
                .headers(NextLines.link(page.nextAfter()))
                .body(answer.getBody());
    }

    /** Only what is there now: what comes while this is read is for the next request. */
    private static LogRequest request(
            RunView run,
            long afterSeq,
            @Nullable Integer tail,
            @Nullable Integer limit,
            EventFilter filter,
            StreamFormat format) {
        return new LogRequest(run.runId(), afterSeq, tail, run.lastSeq(), limit, filter, format);
    }

    /** What was read before this is whole, where it passes. */
    private void requireKept(RunView run, long afterSeq) {
        if (Boolean.TRUE.equals(transactions.execute(transaction -> log.isKeptAfter(run.runId(), afterSeq)))) {
            return;
        }
        Optional<Long> oldest =
                Objects.requireNonNull(transactions.execute(transaction -> log.oldestKept(run.runId())));
        if (oldest.isPresent() && afterSeq + 1 < oldest.get()) {
            throw ProblemException.of(
                            ProblemType.CURSOR_EXPIRED,
                            "What followed " + afterSeq + " is not kept any more. Read on after " + (oldest.get() - 1)
                                    + ".")
                    .with("oldest_seq", oldest.get());
        }
        throw Runs.notFound(run.runId().toString());
    }

    private static Set<EventType> eventTypes(List<String> names) {
        Set<EventType> types = EnumSet.noneOf(EventType.class);
        names.forEach(name -> EventType.of(name).ifPresent(types::add));
        return types;
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
