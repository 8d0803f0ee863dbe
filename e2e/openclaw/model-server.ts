import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a model was asked. */
export interface Asked {
  readonly authorization: string | undefined;
  /** The body of the request. */
  readonly body: string;
}

/** A service with OpenAI's API, on loopback. */
export interface ModelServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): void;
}

/** The word in a question that makes the model run a command. */
export const runs = 'please-run';

/**
 * A model that answers "done", or first asks for the tool `exec` with `command` when the question holds the word `runs`.
 */
export async function modelServer(command: string): Promise<ModelServer> {
  const asked: Asked[] = [];
  const server = createServer(async (request, answer) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (!request.url?.endsWith('/chat/completions')) {
      answer.writeHead(200, { 'Content-Type': 'application/json' }).end('{"object":"list","data":[{"id":"qwen3"}]}');
      return;
    }
    asked.push({ authorization: request.headers.authorization, body });
    const call = { id: 'call_1', type: 'function', function: { name: 'exec', arguments: JSON.stringify({ command }) } };
    const asks = body.includes(runs) && !body.includes('"role":"tool"');
    const message = asks ? { tool_calls: [{ index: 0, ...call }] } : { content: 'done' };
    const chunk = (delta: object, reason: string | null) => ({
      id: 'answer',
      object: 'chat.completion.chunk',
      created: 0,
      model: 'qwen3',
      choices: [{ index: 0, delta, finish_reason: reason }],
    });
    answer.writeHead(200, { 'Content-Type': 'text/event-stream' });
    for (const part of [chunk({ role: 'assistant', ...message }, null), chunk({}, asks ? 'tool_calls' : 'stop')]) {
      answer.write(`data: ${JSON.stringify(part)}\n\n`);
    }
    answer.end('data: [DONE]\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1`, asked, close: () => server.close() };
}
