package io.yardmaster.engine;

import io.yardmaster.executors.Console;
import io.yardmaster.kernel.OutputLine;
import io.yardmaster.kernel.OutputStreamName;
import java.util.List;

/** Takes what an attempt prints into its run's log, without the run's secrets; returns when it is durable. */
final class StepConsole implements Console {

    private final String stepId;
    private final int attempt;
    private final RunLog log;
    private final SecretMask mask;

    StepConsole(String stepId, int attempt, RunLog log, SecretMask mask) {
        this.stepId = stepId;
        this.attempt = attempt;
        this.log = log;
        this.mask = mask;
    }

    @Override
    public void write(OutputStreamName stream, List<OutputLine> lines, long offset) {
        Changes changes = new Changes();
        changes.lines(
                stepId,
                attempt,
                stream,
                lines.stream()
                        .map(line -> new OutputLine(line.at(), mask.mask(line.text())))
                        .toList(),
                offset);
        log.commit(changes, null);
    }
}
