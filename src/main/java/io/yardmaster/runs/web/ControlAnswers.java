package io.yardmaster.runs.web;

import io.yardmaster.contract.RunCancellationDto;
import io.yardmaster.contract.RunControlDto;
import io.yardmaster.contract.RunStatusDto;
import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.RunView;
import java.net.URI;
import java.util.Objects;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;

/** What is answered to who wants a run to end, to stand still or to go on. It is durable, and done a moment later. */
final class ControlAnswers {

    private ControlAnswers() {}

    static ResponseEntity<RunCancellationDto> cancelled(RunView run) {
        boolean over = run.status().isTerminal();
        // The run's owner says cancelling a moment later.
        RunCancellationDto answer = new RunCancellationDto()
                .runId(run.runId().toString())
                .status(over ? RunStatusDto.CANCELLED : RunStatusDto.CANCELLING);
        return ResponseEntity.status(over ? HttpStatus.OK : HttpStatus.ACCEPTED)
                .location(location(run))
                .body(answer);
    }

    static ResponseEntity<RunControlDto> paused(RunView run) {
        return controlled(
                run.status() == RunState.PAUSED ? HttpStatus.OK : HttpStatus.ACCEPTED,
                run,
                RunStatusDto.fromValue(run.status().text()));
    }

    /** @param asked the run that was to go on; where that one had ended, another one does what it has left */
    static ResponseEntity<RunControlDto> resumed(RunId asked, RunView run) {
        if (!run.runId().equals(asked)) {
            return controlled(HttpStatus.CREATED, run, RunStatusDto.PENDING);
        }
        // The run's owner lets it go on a moment later.
        RunState next = run.startedAt() == null ? RunState.PENDING : RunState.RUNNING;
        RunState status = run.status() == RunState.PAUSED ? next : run.status();
        return controlled(HttpStatus.OK, run, RunStatusDto.fromValue(status.text()));
    }

    private static ResponseEntity<RunControlDto> controlled(HttpStatus status, RunView run, RunStatusDto stands) {
        return ResponseEntity.status(status)
                .location(location(run))
                .body(new RunControlDto()
                        .runId(run.runId().toString())
                        .status(stands)
                        .rerunOf(
                                status == HttpStatus.CREATED
                                        ? Objects.requireNonNull(run.rerunOf()).toString()
                                        : null));
    }

    private static URI location(RunView run) {
        return URI.create("/api/v1/runs/" + run.runId());
    }
}
