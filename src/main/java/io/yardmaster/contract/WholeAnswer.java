package io.yardmaster.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;

/** What an operation that can stream answers when it does not: all of it at once. */
public final class WholeAnswer {

    private WholeAnswer() {}

    /** No body at all, as HEAD has it: a stream would be kept up, perhaps for hours, for nobody. */
    public static ResponseBodyEmitter none() {
        ResponseBodyEmitter emitter = new ResponseBodyEmitter();
        emitter.complete();
        return emitter;
    }

    /**
     * 200 with this body.
     *
     * @param body a contract type, a JSON tree, or text
     */
    public static ResponseEntity<ResponseBodyEmitter> of(Object body, MediaType mediaType) {
        ResponseBodyEmitter emitter = new ResponseBodyEmitter();
        try {
            emitter.send(body, mediaType); // kept until there is a response to write to
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        emitter.complete();
        return ResponseEntity.ok().contentType(mediaType).body(emitter);
    }
}
