"""The events of a run as they happen."""

import json
import time
from collections.abc import Iterator

from yardmaster_client import ApiException, RunEvent, RunsApi


def run_events(runs: RunsApi, run_id: str) -> Iterator[RunEvent]:
    """Each event of the run, until it has ended.

    A generated method has a twin, `…_without_preload_content`, which hands over the open answer of urllib3. Where a
    server ends the stream early, the next request goes on after the last event seen.
    """
    after_seq = 0
    while True:
        answer = runs.get_run_events_without_preload_content(
            run_id, after_seq=after_seq, _headers={"Accept": "text/event-stream"}
        )
        try:
            if answer.status == 204:  # nothing comes after what has been seen
                return
            if answer.status != 200:
                raise ApiException.from_response(http_resp=answer, body=answer.read().decode(), data=None)
            for kind, data in _frames(answer):
                if kind == "server.draining":
                    break
                if kind == "stream.end":
                    if json.loads(data)["reason"] == "run_finished":
                        return
                    break
                event = RunEvent.from_json(data)
                assert event is not None
                after_seq = event.seq
                yield event
        finally:
            answer.close()
        time.sleep(2)


def _frames(lines: Iterator[bytes]) -> Iterator[tuple[str, str]]:
    kind, data = "", list[str]()
    for raw in lines:
        line = raw.decode().rstrip("\r\n")
        if line.startswith("event:"):
            kind = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            data.append(line.removeprefix("data:"))
        elif not line and data:
            yield kind, "\n".join(data)
            kind, data = "", []
