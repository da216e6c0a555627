package io.yardmaster.http;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;

/**
 * What the contract says of one method of one path.
 *
 * @param isPublic whether it may be called without a token
 * @param scopes what the caller's token must allow; empty: any token does
 * @param query its query parameters by name
 * @param headers its header parameters
 * @param body what it takes as a body; null: none
 */
record Operation(
        String id,
        boolean isPublic,
        List<String> scopes,
        Map<String, QueryParameter> query,
        List<HeaderParameter> headers,
        @Nullable Body body) {

    /**
     * A query parameter.
     *
     * @param kind how its text is read
     * @param schema what it is checked against, after it has been read
     */
    record QueryParameter(String name, boolean required, boolean repeatable, Kind kind, LazySchema schema) {}

    /** A header parameter, checked as text. */
    record HeaderParameter(String name, boolean required, LazySchema schema) {}

    /** How the text of a parameter, or of each value of a repeatable one, is read. */
    enum Kind {
        TEXT,
        INTEGER,
        NUMBER,
        BOOLEAN
    }

    /**
     * A request body.
     *
     * @param types the media types it may have
     * @param json what a JSON body is checked against; null where the body is not JSON and not looked at
     * @param properties the properties that the contract names at the top of a JSON body
     */
    record Body(
            boolean required,
            List<MediaType> types,
            @Nullable LazySchema json,
            java.util.Set<String> properties) {}
}
