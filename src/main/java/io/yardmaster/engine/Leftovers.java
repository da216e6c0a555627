package io.yardmaster.engine;

import io.yardmaster.executors.EndedAttempt;
import io.yardmaster.executors.Executor;
import io.yardmaster.executors.RunFolder;
import io.yardmaster.executors.RunFolders;
import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.LateResult;
import io.yardmaster.runs.Nodes;
import io.yardmaster.runs.RunQueue;
import io.yardmaster.runs.StepState;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * What is left on this host of runs that ended while it had no server, or that go on elsewhere because it was silent for
 * too long: folders, perhaps secrets, perhaps processes.
 */
@Component
final class Leftovers {

    private static final Logger log = LoggerFactory.getLogger(Leftovers.class);

    private final RunFolders folders;
    private final RunQueue queue;
    private final Executor executor;
    private final Nodes nodes;

    Leftovers(RunFolders folders, RunQueue queue, Executor executor, Nodes nodes) {
        this.folders = folders;
        this.queue = queue;
        this.executor = executor;
        this.nodes = nodes;
    }

    /**
     * Ends what runs, and removes the rest. No run may be claimed meanwhile: one that has lost its workspace here could get
     * a new one in the same place. What belongs to runs that are over is removed a while later.
     */
    void clear() {
        // In this order: a run belongs to this host before it gets its folder.
        Set<RunId> found = folders.all();
        Set<RunId> notHere = new HashSet<>(found);
        notHere.removeAll(queue.withWorkspaceOn(nodes.host(), found));
        notHere.forEach(this::end);
        Set<RunId> over = new HashSet<>(notHere);
        over.removeAll(queue.live(notHere));
        notHere.removeAll(over);
        notHere.forEach(runId -> folders.of(runId).delete());
        Thread.ofVirtual().name("leftovers").start(() -> delete(over));
    }

    private void end(RunId runId) {
        RunFolder folder = folders.of(runId);
        for (EndedAttempt ended : executor.ended(folder)) {
            StepState state = ended.exitCode() == 0 ? StepState.SUCCESS : StepState.FAILED;
            queue.keepLate(
                    runId, ended.stepId(), ended.attempt(), new LateResult(state, ended.at(), ended.exitCode(), null));
        }
        executor.clear(folder);
    }

    private void delete(Set<RunId> over) {
        for (RunId runId : over) {
            try {
                folders.of(runId).delete();
            } catch (RuntimeException e) {
                log.warn("The folder of {} cannot be removed: {}", runId, e.getMessage());
            }
        }
    }
}
