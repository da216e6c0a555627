package io.yardmaster.idempotency;

import io.yardmaster.http.BodyOnTheWire;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a request asks for: its method, its path, its query and the meaning of its body. White space between the parts of
 * a JSON text and the order of its properties mean nothing; neither do headers, except for those that describe bytes which
 * are not read here.
 */
final class RequestContent {

    private static final String CONTENT_DIGEST = "Content-Digest";

    private final JsonMapper canonical = JsonMapper.builder()
            .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** Equal for requests that ask for the same. */
    byte[] of(HttpServletRequest request) throws IOException {
        MessageDigest digest = Sha256.newDigest();
        for (String part : new String[] {
            request.getMethod(),
            request.getRequestURI(),
            request.getQueryString() == null ? "" : request.getQueryString()
        }) {
            digest.update(part.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
        }
        if (BodyOnTheWire.is(request)) {
            // Far too long to be read twice, or to be kept. Its digest tells it from others, and is checked when it is
            // read.
            for (String header : new String[] {request.getContentType(), contentDigest(request)}) {
                digest.update(String.valueOf(header).getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
            }
        } else if (isJson(request.getContentType())) {
            digest.update(meaning(request.getInputStream().readAllBytes()));
        }
        return digest.digest();
    }

    private static String contentDigest(HttpServletRequest request) {
        String given = request.getHeader(CONTENT_DIGEST);
        if (given == null) {
            throw ProblemException.validation(List.of(new Fault(
                    CONTENT_DIGEST,
                    "An upload with an Idempotency-Key needs a Content-Digest, by which the server knows the same bytes"
                            + " again.",
                    "required")));
        }
        return given;
    }

    private byte[] meaning(byte[] body) {
        try {
            return body.length == 0 ? body : canonical.writeValueAsBytes(canonical.readTree(body));
        } catch (JacksonException e) {
            // Not what the contract says either; the endpoint is about to say so.
            return body;
        }
    }

    private static boolean isJson(@Nullable String type) {
        if (type == null) {
            return false;
        }
        String subtype = MediaType.parseMediaType(type).getSubtype();
        return subtype.equals("json") || subtype.endsWith("+json");
    }
}
