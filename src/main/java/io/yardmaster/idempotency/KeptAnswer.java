package io.yardmaster.idempotency;

import java.util.UUID;

/** An answer that is to be stored under its request's key, in the transaction of the change that it tells of. */
public final class KeptAnswer {

    private final KeyedRequest request;
    private final Answer answer;

    KeptAnswer(KeyedRequest request, Answer answer) {
        this.request = request;
        this.answer = answer;
    }

    /** Of the caller and the key. */
    public UUID id() {
        return request.id();
    }

    KeyedRequest request() {
        return request;
    }

    Answer answer() {
        return answer;
    }

    /** Says that the transaction has been committed, so that others who wait for this answer get it. */
    public void durable() {
        request.answered(answer);
    }
}
