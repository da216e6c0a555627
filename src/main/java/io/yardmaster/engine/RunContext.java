package io.yardmaster.engine;

import io.yardmaster.executors.RunFolder;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.runs.ClaimedRun;
import io.yardmaster.secrets.SecretMask;

/** What stays the same while a run is driven. */
record RunContext(ClaimedRun run, JobDefinition job, RunFolder folder, RunLog log, SecretMask mask) {}
