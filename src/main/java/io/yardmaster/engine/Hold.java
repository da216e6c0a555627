package io.yardmaster.engine;

import io.yardmaster.runs.RunCommand;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Whether somebody keeps a run from going on: of all who paused and resumed it, the last one decides. */
final class Hold {

    private RunCommand.@Nullable Pause pause;
    private @Nullable String resumedBy;

    void actOn(RunCommand.Pause command) {
        pause = command;
        resumedBy = null;
    }

    void actOn(RunCommand.Resume command) {
        pause = null;
        resumedBy = command.actor();
    }

    /** Whether no further step may begin. */
    boolean isOn() {
        return pause != null;
    }

    /** What is told when the run stands still. */
    ObjectNode paused() {
        return pause == null ? EventData.none() : EventData.requested(pause.actor(), pause.reason());
    }

    /** What is told when the run goes on. */
    ObjectNode resumed() {
        return resumedBy == null ? EventData.none() : EventData.requested(resumedBy, null);
    }
}
