package io.yardmaster.engine;

import io.yardmaster.engine.Workspaces.WorkspaceLostException;
import io.yardmaster.executors.WorkspaceArchive.WorkspaceTooLargeException;
import io.yardmaster.executors.WorkspaceArchive.WorkspaceUnreadableException;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import io.yardmaster.runs.KeptWorkspace;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the files are that the steps of one run share: on this host, in the blob store while the run waits, or nowhere. */
final class RunWorkspace {

    private static final Logger log = LoggerFactory.getLogger(RunWorkspace.class);

    private final RunContext context;
    private final RunProgress progress;
    private final RunStanding standing;
    private final Workspaces workspaces;
    private boolean isHere;
    /** Where it is while it is on no host; null: nowhere. */
    private @Nullable KeptWorkspace kept;
    /** What was kept, and is back on this host. */
    private @Nullable KeptWorkspace outOfUse;

    RunWorkspace(RunContext context, RunProgress progress, RunStanding standing, Workspaces workspaces, UUID host) {
        this.context = context;
        this.progress = progress;
        this.standing = standing;
        this.workspaces = workspaces;
        this.isHere = host.equals(context.run().host());
        this.kept = context.run().workspace();
    }

    /** Whether it is on this host. */
    boolean isHere() {
        return isHere;
    }

    // ---- Before a step

    /**
     * Makes it ready for a step.
     *
     * @return why the step cannot be started; null: it can
     */
    @Nullable
    Failure prepare(StepDefinition.Run step) {
        if (isLost()) {
            return lost(
                    step, "The host that held the run's workspace is gone, and with it the files of the steps before.");
        }
        if (kept != null) {
            try {
                workspaces.restore(kept, context.folder());
            } catch (WorkspaceLostException e) {
                log.error("The workspace of {} cannot be brought back", context.runId(), e);
                return lost(
                        step,
                        "What was kept of the run's workspace while it waited is gone from the store, or damaged"
                                + " there.");
            }
        }
        return null;
    }

    /** A step was started in it: from the next commit on the run is tied to this host. */
    void stayHere() {
        isHere = true;
        if (kept != null) {
            outOfUse = kept;
            kept = null;
        }
    }

    /** Steps count on what those before them left there. */
    private boolean isLost() {
        return !isHere
                && kept == null
                && context.run().steps().stream()
                        .anyMatch(step -> step.state().isTerminal()
                                && step.attempt() > 0
                                && step.reusedFrom() == null
                                && context.step(step.stepId()) instanceof StepDefinition.Run);
    }

    private static Failure lost(StepDefinition step, String message) {
        return new Failure(Category.SYSTEM, "workspace-lost", message, true, step.id());
    }

    // ---- Before a wait

    /**
     * Puts it where every server finds it: whoever goes on with the run may be another one.
     *
     * @return false where the run has to end, because there is too much in it, or what cannot be read
     */
    boolean setAside() {
        if (!isHere) {
            return true;
        }
        try {
            KeptWorkspace now = workspaces.keep(context.folder());
            kept = now;
            progress.changes().workspace(now);
            return true;
        } catch (WorkspaceTooLargeException e) {
            standing.end(new Failure(
                    Category.RESOURCE,
                    "workspace-too-large",
                    "The run was about to wait, and there is more in its workspace than is kept meanwhile: "
                            + e.getMessage() + ".",
                    false,
                    null));
            return false;
        } catch (WorkspaceUnreadableException e) {
            String message =
                    "The run was about to wait, and its workspace cannot be kept meanwhile: " + e.getMessage() + ".";
            standing.end(new Failure(
                    Category.SYSTEM, "workspace-not-kept", context.mask().mask(message), false, null));
            return false;
        }
    }

    /** That it was set aside is durable. Nothing of the run stays here: it would be old when the run comes back. */
    void leaveHost() {
        if (isHere) {
            isHere = false;
            context.folder().delete();
        }
    }

    // ---- Afterwards

    /** What was done is durable. */
    void committed() {
        if (outOfUse != null) {
            workspaces.discard(outOfUse);
            outOfUse = null;
        }
    }

    /** The run has ended. */
    void runEnded() {
        if (kept != null) {
            workspaces.discard(kept);
        }
    }
}
