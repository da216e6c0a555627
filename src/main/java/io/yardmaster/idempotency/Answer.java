package io.yardmaster.idempotency;

import java.util.Map;

/**
 * What a caller was told.
 *
 * @param headers those that belong to this answer, such as {@code Location}; not those that every answer has
 * @param body its bytes as they were sent
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Answer(int status, Map<String, String> headers, byte[] body) {

    public Answer {
        headers = Map.copyOf(headers);
    }

    /** Whether it says that something was done: nothing else is kept. */
    boolean isSuccess() {
        return status >= 200 && status < 300;
    }
}
