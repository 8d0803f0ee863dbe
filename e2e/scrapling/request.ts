/** Sends the HTTP requests that standard input lists as JSON, one after the other, and prints the answers as JSON. */
import { request } from 'node:http';
import { json } from 'node:stream/consumers';

export interface Request {
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
}

/** `error` is the code of a connection that failed; `status` is 0 then. `session` is what an MCP server calls the connection. */
export interface Answer {
  status: number;
  body: string;
  session?: string;
  error?: string;
}

function send({ url, method, headers, body }: Request): Promise<Answer> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) =>
      resolve({ status: 0, body: '', error: error.code ?? error.message });
    const sent = request(url, { method, headers, timeout: 20_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', failed);
      const session = response.headers['mcp-session-id'];
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString(),
          ...(typeof session === 'string' ? { session } : {}),
        }),
      );
    });
    sent.on('timeout', () => sent.destroy(new Error('timeout')));
    sent.on('error', failed);
    sent.end(body);
  });
}

if (import.meta.main) {
  const answers: Answer[] = [];
  for (const one of (await json(process.stdin)) as Request[]) answers.push(await send(one));
  process.stdout.write(JSON.stringify(answers));
}
