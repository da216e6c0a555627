import { RunEventFromJSON, type RunEvent, type RunsApi } from 'yardmaster-client';

/**
 * The events of a run as they happen, until it has ended.
 *
 * A generated method has a twin, `…Raw`, whose `raw` is the open `Response` of fetch. Where a server ends the stream
 * early, the next request goes on after the last event seen.
 */
export async function* runEvents(runs: RunsApi, runId: string): AsyncGenerator<RunEvent> {
    let afterSeq = 0;
    for (;;) {
        const { raw } = await runs.getRunEventsRaw({ runId, afterSeq }, async ({ init }) => ({
            headers: { ...init.headers, Accept: 'text/event-stream' },
        }));
        if (raw.status === 204 || raw.body === null) {
            return; // nothing comes after what has been seen
        }
        for await (const { kind, data } of frames(raw.body)) {
            if (kind === 'server.draining') {
                break;
            }
            if (kind === 'stream.end') {
                if (JSON.parse(data).reason === 'run_finished') {
                    return;
                }
                break;
            }
            const event = RunEventFromJSON(JSON.parse(data));
            afterSeq = event.seq;
            yield event;
        }
        await new Promise((resolve) => setTimeout(resolve, 2000));
    }
}

async function* frames(body: ReadableStream<Uint8Array>): AsyncGenerator<{ kind: string; data: string }> {
    let kind = '';
    let data: string[] = [];
    for await (const line of lines(body)) {
        if (line.startsWith('event:')) {
            kind = line.slice('event:'.length).trim();
        } else if (line.startsWith('data:')) {
            data.push(line.slice('data:'.length));
        } else if (line === '' && data.length > 0) {
            yield { kind, data: data.join('\n') };
            kind = '';
            data = [];
        }
    }
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let rest = '';
    try {
        for (;;) {
            const { done, value } = await reader.read();
            rest += decoder.decode(value, { stream: !done });
            const complete = rest.split(/\r?\n/);
            rest = complete.pop() ?? '';
            yield* complete;
            if (done) {
                return;
            }
        }
    } finally {
        await reader.cancel();
    }
}
