package io.yardmaster.idempotency;

import io.yardmaster.kernel.Sha256;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a request asks for: its method, its path, its query and the meaning of its body. White space between the parts of
 * a JSON text and the order of its properties mean nothing; neither do headers, except for the key's own.
 */
final class RequestContent {

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
        if (isJson(request.getContentType())) {
            digest.update(meaning(request.getInputStream().readAllBytes()));
        }
        return digest.digest();
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
