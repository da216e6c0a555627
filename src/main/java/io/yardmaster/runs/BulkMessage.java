package io.yardmaster.runs;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is written down of a message for many runs: not the message, which may hold what is a secret of one of them, but a
 * digest that only who has the confirmation token can compare with anything.
 */
final class BulkMessage {

    private static final String MEMBER = "signal";
    private static final String HMAC = "HmacSHA256";

    private BulkMessage() {}

    /** A request as it is written down. */
    static ObjectNode withoutPayload(ObjectNode request, String token) {
        JsonNode signal = request.path(MEMBER);
        if (!signal.isObject()) {
            return request;
        }
        ObjectNode safe = request.deepCopy();
        safe.putObject(MEMBER)
                .put("name", signal.path("name").asString(""))
                .put("payload_digest", digest(signal.path("payload"), token));
        return safe;
    }

    /** A request that was written down, with the message that was said again. */
    static ObjectNode withPayload(ObjectNode written, ObjectNode repeated) {
        if (!written.has(MEMBER)) {
            return written;
        }
        ObjectNode whole = written.deepCopy();
        whole.remove(MEMBER);
        if (repeated.has(MEMBER)) {
            whole.set(MEMBER, repeated.get(MEMBER));
        }
        return whole;
    }

    private static String digest(JsonNode payload, String token) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(token.getBytes(StandardCharsets.UTF_8), HMAC));
            return HexFormat.of().formatHex(mac.doFinal(payload.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
