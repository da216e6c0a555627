package io.yardmaster.engine;

import io.yardmaster.executors.Console;
import io.yardmaster.executors.StepAnswer;
import io.yardmaster.kernel.OutputPart;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.secrets.MaskedStream;
import io.yardmaster.secrets.SecretMask;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Takes what an attempt prints into its run's log, without the run's secrets. While some is on its way to be durable, the
 * next may be taken: so the disk need not wait for the processor, nor the other way round.
 */
final class StepConsole implements Console {

    private static final int MAX_LINES = 4_000;

    /** More would only take memory. */
    private static final int MAX_UNDER_WAY = 3;

    /** How long a line waits for the next one where a secret of several lines may begin at its end. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final String stepId;
    private final int attempt;
    private final RunLog log;
    private final Consumer<StepAnswer> answers;
    private final Map<OutputStreamName, Stream> streams = new EnumMap<>(OutputStreamName.class);
    private final ArrayDeque<RunLog.Appended> underWay = new ArrayDeque<>();

    StepConsole(String stepId, int attempt, RunLog log, SecretMask mask, Consumer<StepAnswer> answers) {
        this.stepId = stepId;
        this.attempt = attempt;
        this.log = log;
        this.answers = answers;
        for (OutputStreamName stream : OutputStreamName.values()) {
            streams.put(stream, new Stream(new MaskedStream(mask)));
        }
    }

    @Override
    public void write(OutputStreamName stream, List<OutputPart> parts) {
        Stream to = stream(stream);
        commit(stream, to.masked.add(parts));
        to.cameAt = System.nanoTime();
        to.holds = to.masked.isHolding();
    }

    @Override
    public void finish(OutputStreamName stream) {
        Stream ended = stream(stream);
        commit(stream, ended.masked.finish());
        ended.holds = ended.masked.isHolding();
        awaitUnderWay(0);
    }

    @Override
    public void answered(StepAnswer answer) {
        answers.accept(answer);
    }

    @Override
    public boolean isWaiting() {
        return streams.values().stream().anyMatch(Stream::isWaiting);
    }

    @Override
    public void release() {
        streams.forEach((name, stream) -> {
            if (stream.isWaiting()) {
                commit(name, stream.masked.release());
                stream.holds = stream.masked.isHolding();
            }
        });
        awaitUnderWay(0);
    }

    private Stream stream(OutputStreamName name) {
        return Objects.requireNonNull(streams.get(name));
    }

    /** Has all of it made durable in one go, in chunks that a reader takes into its memory one by one. */
    private void commit(OutputStreamName stream, List<OutputPart> parts) {
        Changes changes = new Changes();
        for (int from = 0; from < parts.size(); from += MAX_LINES) {
            List<OutputPart> some = parts.subList(from, Math.min(from + MAX_LINES, parts.size()));
            changes.lines(
                    stepId,
                    attempt,
                    stream,
                    some.stream().map(OutputPart::line).toList(),
                    some.getLast().endOffset());
        }
        if (!changes.isEmpty()) {
            underWay.add(log.append(changes));
            awaitUnderWay(MAX_UNDER_WAY);
        }
    }

    /** Returns when no more than so many of those that were appended are not durable yet. */
    private void awaitUnderWay(int atMost) {
        while (underWay.size() > atMost) {
            underWay.removeFirst().await();
        }
    }

    /** One of the two, which waits for itself. The volatile fields are read by whoever looks after waiting lines. */
    private static final class Stream {

        private final MaskedStream masked;

        /** When something came last. */
        private volatile long cameAt;

        private volatile boolean holds;

        Stream(MaskedStream masked) {
            this.masked = masked;
        }

        boolean isWaiting() {
            return holds && System.nanoTime() - cameAt > PATIENCE.toNanos();
        }
    }
}
