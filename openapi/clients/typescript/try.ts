// Lists, plans, runs, streams and cancels, with nothing but the generated client.
// Arguments: the server's address, a token, and the folder to back up; without a folder the job is hello-world.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
    ArtifactsApi,
    Configuration,
    JobsApi,
    PlansApi,
    ProblemFromJSON,
    ResponseError,
    RunOutcomeFromJSON,
    RunsApi,
    RunStatus,
    type Plan,
    type PlanRequest,
    type Problem,
} from 'yardmaster-client';
import { runEvents } from './events.js';

const [baseUrl = '', token = '', folder] = process.argv.slice(2);
const configuration = new Configuration({
    basePath: `${baseUrl}/api/v1`,
    accessToken: token,
    headers: { Accept: 'application/json' },
});
const jobs = new JobsApi(configuration);
const plans = new PlansApi(configuration);
const runs = new RunsApi(configuration);
const artifacts = new ArtifactsApi(configuration);

await list();
await askForWhatIsNotThere();
meetWhatIsNew();
await run(
    await plan(
        folder === undefined
            ? { jobId: 'hello-world', args: { name: 'TypeScript' } }
            : { jobId: 'backup/daily', args: { target: folder } },
    ),
);
await cancel();

async function list(): Promise<void> {
    let pageToken: string | undefined;
    do {
        const page = await jobs.listJobs({ limit: 2, ...(pageToken && { pageToken }) });
        page.jobs.forEach((job) => say('job', `${job.id} (${job.title})`));
        pageToken = page.nextPageToken;
    } while (pageToken);
}

async function askForWhatIsNotThere(): Promise<void> {
    const problem = await problemOf(runs.getRun({ runId: 'run_01JD3M5ZK8Q2W4X6Y7A9B0C1DE' }));
    say('problem', `${problem.status} ${problem.type}: ${problem.detail}`);
    assert.equal(problem.status, 404);
    assert.equal(problem.type, '/problems/run-not-found');
}

async function problemOf(call: Promise<unknown>): Promise<Problem> {
    try {
        await call;
    } catch (error) {
        if (error instanceof ResponseError) {
            return ProblemFromJSON(await error.response.json());
        }
        throw error;
    }
    throw new Error('what does not exist was answered');
}

/** A newer server may answer with a property or a state that this client was not generated with. */
function meetWhatIsNew(): void {
    const outcome = RunOutcomeFromJSON({ run_id: 'run_1', job_id: 'a', status: 'dreaming', mood: 'calm' });
    say('new', `a state of tomorrow is read as ${outcome.status}`);
}

async function plan(planRequest: PlanRequest): Promise<Plan> {
    const plan = await plans.createPlan({ planRequest });
    say('plan', `${plan.planId}: levels ${JSON.stringify(plan.levels)}, runnable ${plan.runnable}`);
    assert(plan.runnable);
    assert(plan.expiresAt > new Date(), `the plan has expired at ${plan.expiresAt}`);
    return plan;
}

async function run({ planId }: Plan): Promise<void> {
    const { runId, status } = await runs.createRun({ runRequest: { planId, labels: { by: 'typescript' } } });
    say('run', `${runId}: ${status}`);
    let seen = 0;
    for await (const event of runEvents(runs, runId)) {
        assert.equal(event.seq, ++seen, `there is a gap before ${event.seq}`);
        say('event', `${event.seq} ${event.type} ${event.stepId ?? ''} ${event['message'] ?? ''}`);
    }

    const page = await runs.getRunEvents({ runId });
    assert.equal(page?.lastSeq, seen);
    const outcome = await runs.getRunResult({ runId });
    say('result', `${outcome.status} after ${seen} events: ${JSON.stringify(outcome.result?.value)}`);
    assert.equal(outcome.status, RunStatus.Success);
    await download(runId);
}

async function download(runId: string): Promise<void> {
    for (const artifact of (await artifacts.listArtifacts({ runId })).artifacts) {
        const blob = await artifacts.getArtifact({ artifactId: artifact.id });
        const digest = createHash('sha256').update(Buffer.from(await blob.arrayBuffer())).digest('hex');
        say('artifact', `${artifact.name}, ${blob.size} bytes, sha256 ${digest}`);
        assert.equal(digest, artifact.sha256);
    }
}

async function cancel(): Promise<void> {
    const { runId } = await runs.createRun({ runRequest: { jobId: 'long/haul' } });
    let asked = false;
    for await (const event of runEvents(runs, runId)) {
        if (event.type === 'step.output' && !asked) {
            asked = true;
            say('cancel', `${runId} at '${event['message']}'`);
            const { status } = await runs.cancelRun({
                runId,
                cancelRequest: { reason: 'Seen enough.', grace: '2s' },
            });
            say('cancel', status);
        }
    }
    const outcome = await runs.getRunResult({ runId });
    assert.equal(outcome.status, RunStatus.Cancelled);
    assert(outcome.startedAt && outcome.finishedAt);
    say('cancelled', `after ${outcome.finishedAt.getTime() - outcome.startedAt.getTime()} ms`);
}

function say(topic: string, text: string): void {
    console.log(`${topic.padEnd(10)} ${text}`);
}
