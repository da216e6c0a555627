package io.yardmaster.executors;

import io.yardmaster.kernel.OutputLine;
import io.yardmaster.kernel.OutputStreamName;
import java.util.List;

/** Takes what an attempt prints. */
@FunctionalInterface
public interface Console {

    /**
     * Takes complete lines of one stream, in order, and returns when they are durable: the attempt's output is read no
     * faster than this returns. Called on platform threads, for one attempt never by two at a time.
     *
     * @param lines at most 4,000, and about 1 MiB
     * @param offset the position in the stream after these lines, where an adopter goes on
     * @throws RuntimeException when nobody here takes this attempt's output any more: the attempt is let go
     */
    void write(OutputStreamName stream, List<OutputLine> lines, long offset);
}
