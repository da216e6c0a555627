"""Lists, plans, runs, streams and cancels, with nothing but the generated client.

Arguments: the server's address, a token, and the folder to back up; without a folder the job is hello-world.
"""

import hashlib
import json
import sys
from datetime import datetime, timezone

from events import run_events
from yardmaster_client import (
    ApiClient,
    ApiException,
    ArtifactsApi,
    CancelRequest,
    Configuration,
    JobsApi,
    Plan,
    PlanRequest,
    PlansApi,
    Problem,
    RunOutcome,
    RunRequest,
    RunsApi,
    RunStatus,
)


def main(base_url: str, token: str, folder: str | None = None) -> None:
    configuration = Configuration(host=f"{base_url}/api/v1", access_token=token)
    with ApiClient(configuration) as client:
        list_jobs(JobsApi(client))
        runs = RunsApi(client)
        ask_for_what_is_not_there(runs)
        meet_what_is_new()
        request = (
            PlanRequest(job_id="backup/daily", args={"target": folder})
            if folder
            else PlanRequest(job_id="hello-world", args={"name": "Python"})
        )
        run(runs, ArtifactsApi(client), plan(PlansApi(client), request))
        cancel(runs)


def list_jobs(jobs: JobsApi) -> None:
    page_token = None
    while True:
        page = jobs.list_jobs(limit=2, page_token=page_token)
        for job in page.jobs:
            say("job", f"{job.id} ({job.title})")
        page_token = page.next_page_token
        if page_token is None:
            return


def ask_for_what_is_not_there(runs: RunsApi) -> None:
    try:
        runs.get_run("run_01JD3M5ZK8Q2W4X6Y7A9B0C1DE")
    except ApiException as e:
        problem = e.data
        assert isinstance(problem, Problem), f"not read as a problem: {e.body}"
        say("problem", f"{problem.status} {problem.type}: {problem.detail}")
        assert problem.status == 404
        assert problem.type == "/problems/run-not-found"
    else:
        raise AssertionError("a run that does not exist was answered")


def meet_what_is_new() -> None:
    """A newer server may answer with a property that this client was not generated with."""
    outcome = RunOutcome.from_dict(
        {"run_id": "run_01JD3M5ZK8Q2W4X6Y7A9B0C1DE", "job_id": "a", "status": "success", "mood": "calm"}
    )
    assert outcome is not None
    say("new", f"what is known is read: {outcome.to_json()}")


def plan(plans: PlansApi, request: PlanRequest) -> Plan:
    made = plans.create_plan(request)
    say("plan", f"{made.plan_id}: levels {made.levels}, runnable {made.runnable}")
    assert made.runnable
    assert made.expires_at > datetime.now(timezone.utc), f"the plan has expired at {made.expires_at}"
    return made


def run(runs: RunsApi, artifacts: ArtifactsApi, planned: Plan) -> None:
    submitted = runs.create_run(RunRequest(plan_id=planned.plan_id, labels={"by": "python"}))
    run_id = submitted.run_id
    say("run", f"{run_id}: {submitted.status.value}")
    seen = 0
    for event in run_events(runs, run_id):
        seen += 1
        assert event.seq == seen, f"there is a gap before {event.seq}"
        message = event.additional_properties.get("message", "")
        say("event", f"{event.seq} {event.type} {event.step_id or ''} {message}")

    assert runs.get_run_events(run_id).last_seq == seen
    outcome = runs.get_run_result(run_id)
    value = outcome.result.value if outcome.result else None
    say("result", f"{outcome.status.value} after {seen} events: {json.dumps(value)}")
    assert outcome.status == RunStatus.SUCCESS
    for artifact in artifacts.list_artifacts(run_id=run_id).artifacts:
        content = artifacts.get_artifact(artifact.id)
        digest = hashlib.sha256(content).hexdigest()
        say("artifact", f"{artifact.name}, {len(content)} bytes, sha256 {digest}")
        assert digest == artifact.sha256


def cancel(runs: RunsApi) -> None:
    run_id = runs.create_run(RunRequest(job_id="long/haul")).run_id
    asked = False
    for event in run_events(runs, run_id):
        if event.type == "step.output" and not asked:
            asked = True
            say("cancel", f"{run_id} at '{event.additional_properties['message']}'")
            answer = runs.cancel_run(run_id, cancel_request=CancelRequest(reason="Seen enough.", grace="2s"))
            say("cancel", answer.status.value)
    outcome = runs.get_run_result(run_id)
    assert outcome.status == RunStatus.CANCELLED, f"the run ended with {outcome.status}"
    assert outcome.started_at and outcome.finished_at
    say("cancelled", f"after {outcome.finished_at - outcome.started_at}")


def say(topic: str, text: str) -> None:
    print(f"{topic:<10} {text}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
