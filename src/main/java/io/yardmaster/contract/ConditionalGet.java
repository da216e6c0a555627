package io.yardmaster.contract;

import jakarta.servlet.http.HttpServletRequest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
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
        String tag = tag(body);
        return isKnown(tag)
                ? ResponseEntity.status(HttpStatus.NOT_MODIFIED)
                        .headers(headers)
                        .eTag(tag)
                        .build()
                : ResponseEntity.ok().headers(headers).eTag(tag).body(body);
    }

    /** The tag of a body: another one for every other body. */
    public String tag(Object body) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(mapper.writeValueAsBytes(body));
            return '"' + HexFormat.of().formatHex(digest, 0, 16) + '"';
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
