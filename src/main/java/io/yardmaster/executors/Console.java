package io.yardmaster.executors;

import io.yardmaster.kernel.OutputPart;
import io.yardmaster.kernel.OutputStreamName;
import java.util.List;

/** Takes what an attempt prints. Called on platform threads, for one attempt never by two at a time. */
@FunctionalInterface
public interface Console {

    /**
     * Takes what comes next in one stream. Returns when it is durable, on its way to be, or held here until it is known
     * what follows: the attempt's output is read no faster than this returns. An adopter reads on behind what is durable.
     *
     * @param parts complete lines, and pieces of lines that are too long: at most 16,000, and about 1 MiB
     * @throws RuntimeException when nobody here takes this attempt's output any more: the attempt is let go
     */
    void write(OutputStreamName stream, List<OutputPart> parts);

    /** Nothing follows in this stream. Returns when all of it is durable. */
    default void finish(OutputStreamName stream) {}

    /** The step has answered an update; told again by who adopts the attempt. All are told before its outcome is. */
    default void answered(StepAnswer answer) {}

    /** Whether something is held that should not wait much longer. May be asked by any thread, about once a second. */
    default boolean isWaiting() {
        return false;
    }

    /** Nothing came for a while: what {@linkplain #isWaiting waits} is made durable, and what is on its way is awaited. */
    default void release() {}
}
