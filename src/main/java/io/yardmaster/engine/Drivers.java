package io.yardmaster.engine;

import io.yardmaster.approvals.Approvals;
import io.yardmaster.executors.RunFolders;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.JobVersions;
import io.yardmaster.runs.ChildRuns;
import io.yardmaster.runs.ClaimedRun;
import io.yardmaster.runs.DatabaseClock;
import io.yardmaster.runs.Nodes;
import io.yardmaster.runs.RunQueue;
import io.yardmaster.runs.RunUpdates;
import io.yardmaster.runs.UpdateEnds;
import io.yardmaster.secrets.SecretMask;
import java.util.function.BooleanSupplier;
import org.springframework.stereotype.Component;

/** Gives a run that was claimed its driver, with the job as it was when the run was submitted. */
@Component
class Drivers {

    private final RunQueue queue;
    private final Nodes nodes;
    private final JobVersions versions;
    private final RunFolders folders;
    private final Attempts attempts;
    private final Approvals approvals;
    private final RunUpdates updates;
    private final UpdateEnds updateEnds;
    private final ChildRuns children;
    private final Workspaces workspaces;
    private final Journal journal;
    private final EngineProperties properties;
    private final DatabaseClock clock;
    private final EngineMeters meters;
    private final RunTrail trail;

    Drivers(
            RunQueue queue,
            Nodes nodes,
            JobVersions versions,
            RunFolders folders,
            Attempts attempts,
            Approvals approvals,
            RunUpdates updates,
            UpdateEnds updateEnds,
            ChildRuns children,
            Workspaces workspaces,
            Journal journal,
            EngineProperties properties,
            DatabaseClock clock,
            EngineMeters meters,
            RunTrail trail) {
        this.queue = queue;
        this.nodes = nodes;
        this.versions = versions;
        this.folders = folders;
        this.attempts = attempts;
        this.approvals = approvals;
        this.updates = updates;
        this.updateEnds = updateEnds;
        this.children = children;
        this.workspaces = workspaces;
        this.journal = journal;
        this.properties = properties;
        this.clock = clock;
        this.meters = meters;
        this.trail = trail;
    }

    /** @param isCrowded whether this server drives more runs than it has places */
    RunDriver of(ClaimedRun run, BooleanSupplier isCrowded) {
        JobDefinition job = versions.definition(run.jobId(), run.jobDigest());
        RunContext context = new RunContext(
                run,
                job,
                folders.of(run.lease().runId()),
                new RunLog(run.lease(), run.lastSeq(), run.inboxDone(), journal, commit -> {
                    meters.written(job, commit);
                    trail.written(run, job, commit);
                }),
                SecretMask.of(run.secrets().values()));
        RunProgress progress = new RunProgress(run, job, clock);
        return new RunDriver(
                context,
                progress,
                attempts,
                new Gates(context, progress, approvals),
                new Children(context, progress, children),
                workspaces,
                queue,
                updates,
                updateEnds,
                properties,
                nodes.host(),
                isCrowded);
    }
}
