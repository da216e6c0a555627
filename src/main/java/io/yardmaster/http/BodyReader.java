package io.yardmaster.http;

import io.yardmaster.http.Operation.Body;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.ProblemType;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;

/** Takes a request's body off the wire, within bounds of size and time, after its type was found to be one we take. */
final class BodyReader {

    private static final int CHUNK = 8192;

    private final long maxBytes;
    private final long maxNanos;

    BodyReader(HttpSettings settings) {
        this.maxBytes = settings.maxBody().toBytes();
        this.maxNanos = settings.bodyTimeout().toNanos();
    }

    static boolean isSent(HttpServletRequest request) {
        return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
    }

    /**
     * The type of the body that was sent.
     *
     * @throws ProblemException when the operation does not take such a body
     */
    static MediaType type(HttpServletRequest request, Body body) {
        String encoding = request.getHeader("Content-Encoding");
        if (encoding != null && !encoding.isBlank() && !encoding.equalsIgnoreCase("identity")) {
            throw unsupported("A body with a Content-Encoding is not taken. Send it as it is.", request, body);
        }
        String sent = request.getContentType();
        if (sent == null && body.types().contains(MediaType.ALL)) {
            return MediaType.ALL;
        }
        MediaType type = parse(sent);
        if (type == null) {
            String what = sent == null ? "The body has no Content-Type." : "The Content-Type cannot be read.";
            throw unsupported(what + " Send one of: " + names(body) + ".", request, body);
        }
        for (MediaType taken : body.types()) {
            if (taken.includes(type)) {
                if (body.json() != null && !isUtf8(type)) {
                    throw unsupported("JSON is taken in UTF-8 only. Send it so.", request, body);
                }
                return type;
            }
        }
        throw unsupported("A body of this Content-Type is not taken. Send one of: " + names(body) + ".", request, body);
    }

    /**
     * The whole body.
     *
     * @throws ProblemException when it is too large or too slow
     */
    byte[] read(HttpServletRequest request) throws IOException {
        if (request.getContentLengthLong() > maxBytes) {
            throw tooLarge();
        }
        long end = System.nanoTime() + maxNanos;
        ServletInputStream in = request.getInputStream();
        ByteArrayOutputStream bytes =
                new ByteArrayOutputStream(Math.max(512, Math.toIntExact(request.getContentLengthLong())));
        byte[] chunk = new byte[CHUNK];
        try {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                bytes.write(chunk, 0, n);
                if (bytes.size() > maxBytes) {
                    throw tooLarge();
                }
                if (System.nanoTime() - end > 0) {
                    throw BodyOnTheWire.tooSlow();
                }
            }
        } catch (IOException e) {
            throw BodyOnTheWire.reason(e).map(RuntimeException.class::cast).orElseThrow(() -> e);
        }
        return bytes.toByteArray();
    }

    /**
     * Refuses a body where the operation takes none.
     *
     * @return the fault; null where what was sent is empty
     */
    @Nullable
    Fault refuse(HttpServletRequest request) throws IOException {
        return read(request).length == 0
                ? null
                : new Fault("", "This operation takes no body. Send the request without one.", "unexpected-body");
    }

    private static @Nullable MediaType parse(@Nullable String type) {
        if (type == null || type.isBlank()) {
            return null;
        }
        try {
            return MediaType.parseMediaType(type);
        } catch (InvalidMediaTypeException e) {
            return null;
        }
    }

    private static boolean isUtf8(MediaType type) {
        try {
            Charset charset = type.getCharset();
            return charset == null
                    || charset.equals(StandardCharsets.UTF_8)
                    || charset.equals(StandardCharsets.US_ASCII);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static ProblemException unsupported(String detail, HttpServletRequest request, Body body) {
        return ProblemException.of(ProblemType.UNSUPPORTED_MEDIA_TYPE, detail)
                .withHeader("Accept", names(body))
                .withHeader(request.getMethod().equals("PATCH") ? "Accept-Patch" : "Accept-Post", names(body));
    }

    private static String names(Body body) {
        List<MediaType> types = body.types();
        return types.stream().map(MediaType::toString).collect(Collectors.joining(", "));
    }

    private ProblemException tooLarge() {
        return ProblemException.of(
                        ProblemType.PAYLOAD_TOO_LARGE,
                        "The body has more than the " + maxBytes + " bytes that are taken. Send less at a time.")
                .with("max_bytes", maxBytes)
                .withHeader("Connection", "close");
    }
}
