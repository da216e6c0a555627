package io.yardmaster.engine;

import io.yardmaster.executors.Console;
import io.yardmaster.kernel.OutputPart;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.secrets.MaskedStream;
import io.yardmaster.secrets.SecretMask;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Takes what an attempt prints into its run's log, without the run's secrets; returns when it is durable. */
final class StepConsole implements Console {

    private static final int MAX_LINES = 4_000;

    /** How long a line waits for the next one where a secret of several lines may begin at its end. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final String stepId;
    private final int attempt;
    private final RunLog log;
    private final Map<OutputStreamName, MaskedStream> streams = new EnumMap<>(OutputStreamName.class);

    /** When something came last. */
    private volatile long cameAt;

    private volatile boolean holds;

    StepConsole(String stepId, int attempt, RunLog log, SecretMask mask) {
        this.stepId = stepId;
        this.attempt = attempt;
        this.log = log;
        for (OutputStreamName stream : OutputStreamName.values()) {
            streams.put(stream, new MaskedStream(mask));
        }
    }

    @Override
    public void write(OutputStreamName stream, List<OutputPart> parts) {
        commit(stream, stream(stream).add(parts));
        cameAt = System.nanoTime();
        lookWhetherItHolds();
    }

    @Override
    public void finish(OutputStreamName stream) {
        commit(stream, stream(stream).finish());
        lookWhetherItHolds();
    }

    @Override
    public boolean isWaiting() {
        return holds && System.nanoTime() - cameAt > PATIENCE.toNanos();
    }

    @Override
    public void release() {
        if (isWaiting()) {
            for (OutputStreamName stream : OutputStreamName.values()) {
                if (stream(stream).isHolding()) {
                    commit(stream, stream(stream).release());
                }
            }
            lookWhetherItHolds();
        }
    }

    private MaskedStream stream(OutputStreamName name) {
        return Objects.requireNonNull(streams.get(name));
    }

    private void lookWhetherItHolds() {
        holds = streams.values().stream().anyMatch(MaskedStream::isHolding);
    }

    /** Makes all of it durable in one go, in chunks that a reader takes into its memory one by one. */
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
            log.commit(changes, null);
        }
    }
}
