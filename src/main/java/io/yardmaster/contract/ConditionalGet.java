package io.yardmaster.contract;

import jakarta.servlet.http.HttpServletRequest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Answers with an {@code ETag} that is made of the body itself, and with 304 to whoever has that body already. */
@Component
public class ConditionalGet {

    private static final Pattern TAG = Pattern.compile("(?:W/)?(\"[^\"]*\")");

    private final JsonMapper mapper;
    private final HttpServletRequest request;

    ConditionalGet(JsonMapper mapper, HttpServletRequest request) {
        this.mapper = mapper;
        this.request = request;
    }

    /** 200 with this body, or 304. */
    public <T> ResponseEntity<T> answer(T body) {
        return answer(body, new HttpHeaders());
    }

    /** 200 with this body, or 304; either way with these headers. */
    public <T> ResponseEntity<T> answer(T body, HttpHeaders headers) {
        return answer(body, headers, tag(body));
    }

    /** 200 with this body, or 304; of the body, people edit a part. */
    public <T> ResponseEntity<T> answerEditable(T body, Object edited) {
        return answer(body, new HttpHeaders(), tag(edited, body));
    }

    private <T> ResponseEntity<T> answer(T body, HttpHeaders headers, String tag) {
        return isKnown(tag)
                ? ResponseEntity.status(HttpStatus.NOT_MODIFIED)
                        .headers(headers)
                        .eTag(tag)
                        .build()
                : ResponseEntity.ok().headers(headers).eTag(tag).body(body);
    }

    /** The tag of a body: another one for every other body. */
    public String tag(Object body) {
        return '"' + digest(body, 16) + '"';
    }

    /**
     * The tag of a body of which people edit a part: {@link #isUnchanged} knows that part by it again.
     *
     * @param edited what they edit
     */
    public String tag(Object edited, Object body) {
        return '"' + digest(edited, 8) + "." + digest(body, 16) + '"';
    }

    /**
     * Whether the caller's {@code If-Match} holds, or there is none.
     *
     * @param edited the part that is edited, as it is now
     */
    public boolean isUnchanged(Object edited) {
        List<String> headers = Collections.list(request.getHeaders(HttpHeaders.IF_MATCH));
        if (headers.isEmpty()) {
            return true;
        }
        String wanted = "\"" + digest(edited, 8) + ".";
        for (String header : headers) {
            if (header.strip().equals("*")) {
                return true;
            }
            Matcher read = TAG.matcher(header);
            while (read.find()) {
                if (!read.group().startsWith("W/") && read.group(1).startsWith(wanted)) {
                    return true;
                }
            }
        }
        return false;
    }

    private String digest(Object body, int bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(mapper.writeValueAsBytes(body));
            return HexFormat.of().formatHex(digest, 0, bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Compares weakly, as RFC 9110 has it for {@code If-None-Match}; {@code *} is any body. */
    private boolean isKnown(String tag) {
        for (String header : Collections.list(request.getHeaders(HttpHeaders.IF_NONE_MATCH))) {
            if (header.strip().equals("*")) {
                return true;
            }
            Matcher known = TAG.matcher(header);
            while (known.find()) {
                if (known.group(1).equals(tag)) {
                    return true;
                }
            }
        }
        return false;
    }
}
