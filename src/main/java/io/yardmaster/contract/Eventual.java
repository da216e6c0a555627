package io.yardmaster.contract;

import java.util.concurrent.CompletableFuture;
import org.springframework.http.ResponseEntity;

/** An answer that is there, or one that a caller waits for while no thread does. */
@SuppressWarnings("UnusedTypeParameter") // it says what the answer holds, where delegates declare it
public final class Eventual<T> {

    private final Object answer;

    private Eventual(Object answer) {
        this.answer = answer;
    }

    /** An answer that is there. */
    public static <T> Eventual<T> now(ResponseEntity<T> answer) {
        return new Eventual<>(answer);
    }

    /** An answer that comes when the future is completed. */
    public static <T> Eventual<T> later(CompletableFuture<ResponseEntity<T>> answer) {
        return new Eventual<>(answer);
    }

    /** What Spring is given: it takes either for what it is, and spares one that is there the detour of the other. */
    Object value() {
        return answer;
    }
}
