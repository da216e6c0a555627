package io.yardmaster.idempotency;

/** Somebody else has done what this request asks for, a moment before: its caller gets the answer to that. */
public final class KeyTakenException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient KeyedRequest request;

    private KeyTakenException(KeyedRequest request) {
        super("the idempotency key was used a moment before", null, false, false);
        this.request = request;
    }

    /** For the request that this answer would have been to. */
    public static KeyTakenException of(KeptAnswer answer) {
        return new KeyTakenException(answer.request());
    }

    static KeyTakenException of(KeyedRequest request) {
        return new KeyTakenException(request);
    }

    KeyedRequest request() {
        return request;
    }
}
