package io.yardmaster.runs;

import org.jspecify.annotations.Nullable;

/**
 * An update that is not answered yet, as an owner finds it that takes up a run.
 *
 * @param stepId the step that it was laid before; null: none yet
 * @param attempt which attempt of it; 0 where there is none
 */
public record OpenUpdate(
        RunCommand.Update command, @Nullable String stepId, int attempt) {}
