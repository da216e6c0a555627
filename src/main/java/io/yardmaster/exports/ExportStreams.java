package io.yardmaster.exports;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Actor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.http.MediaType;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;

/**
 * Carries exports to their readers, each on a thread of its own that waits where the reader does not take more. The last
 * line says that an export is whole; one that breaks off has none.
 */
@Component
public class ExportStreams {

    private static final Logger log = LoggerFactory.getLogger(ExportStreams.class);
    private static final long NO_TIMEOUT = 0;

    /** The answer's own media type is settled; this keeps whoever writes JSON away from bytes that are finished. */
    private static final MediaType BYTES = MediaType.APPLICATION_OCTET_STREAM;

    private final Clock clock;
    private final ExportMeters meters;

    ExportStreams(Clock clock, ExportMeters meters) {
        this.clock = clock;
        this.meters = meters;
    }

    /** An answer that is written while it is read. */
    public ResponseBodyEmitter carry(String name, Export export, Actor reader) {
        return new ResponseBodyEmitter(NO_TIMEOUT) {
            @Override
            protected void extendResponse(ServerHttpResponse response) {
                super.extendResponse(response);
                start(this, name, export, reader);
            }
        };
    }

    private void start(ResponseBodyEmitter emitter, String name, Export export, Actor reader) {
        Map<String, String> about = MDC.getCopyOfContextMap();
        Thread.ofVirtual().name("export of " + name).start(() -> {
            if (about != null) {
                MDC.setContextMap(about);
            }
            meters.began(name);
            boolean whole = false;
            try {
                End end = Tenancy.call(reader.tenant(), () -> written(name, export, emitter, reader.expiresAt()));
                send(
                        emitter,
                        ("{\"cursor\":\"" + end.cursor() + "\",\"end\":{\"count\":" + end.count() + "}}\n")
                                .getBytes(StandardCharsets.UTF_8));
                whole = true;
            } catch (Gone | IOException | IllegalStateException e) {
                log.debug("The reader of an export of {} has gone", name, e);
            } catch (RuntimeException e) {
                log.warn("An export of {} broke off", name, e);
            } finally {
                // Whatever happened, nobody waits for more.
                meters.end(name, whole);
                emitter.complete();
            }
        });
    }

    private End written(String name, Export export, ResponseBodyEmitter emitter, @Nullable Instant expiresAt) {
        try {
            return export.write(text -> {
                if (expiresAt != null && !clock.instant().isBefore(expiresAt)) {
                    throw new IOException("the reader's token has expired");
                }
                send(emitter, text);
                meters.wrote(name, text);
            });
        } catch (IOException e) {
            throw new Gone(e);
        }
    }

    /** Blocks while the reader does not take what was sent before. */
    private static void send(ResponseBodyEmitter emitter, byte[] text) throws IOException {
        emitter.send(Set.of(new ResponseBodyEmitter.DataWithMediaType(text, BYTES)));
    }

    /** Writes an export. */
    @FunctionalInterface
    public interface Export {

        /** Writes all of it, piece by piece, so that no more than a piece is in memory. */
        End write(Sink sink) throws IOException;
    }

    /** Takes whole lines. */
    @FunctionalInterface
    public interface Sink {
        void write(byte[] lines) throws IOException;
    }

    /**
     * The end of an export that is whole.
     *
     * @param cursor where to go on from another time
     * @param count how many lines were written
     */
    public record End(String cursor, long count) {}

    private static final class Gone extends RuntimeException {

        private static final long serialVersionUID = 1;

        Gone(IOException cause) {
            super(cause);
        }
    }
}
