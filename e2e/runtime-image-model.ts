/**
 * A model with OpenAI's API that does as it is told, for a pod of the agent's own image: no import but Node's, one argument,
 * the file with the API key that it wants.
 *
 * - `Remember: X` – calls the tool `remember` with X, then answers "Noted.".
 * - `What do you know?` – answers with JSON: `notes`, the memory that it was given; `said`, what it heard before.
 * - `Take your time` – answers "Done at last." once somebody has asked for `/go`.
 *
 * `/asked` has the last words of each question, in order.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

interface Message {
  readonly role: string;
  readonly content: string;
}

const key = readFileSync(process.argv[2] ?? '', 'utf8');
const asked: string[] = [];
const go = Promise.withResolvers<void>();

const server = createServer(async (request, response) => {
  if (request.url === '/asked') return response.end(JSON.stringify(asked));
  if (request.url === '/go') {
    go.resolve();
    return response.end();
  }
  if (request.url !== '/v1/chat/completions') return response.writeHead(404).end();
  if (request.headers.authorization !== `Bearer ${key}`) return response.writeHead(401).end();
  const { messages } = JSON.parse(await text(request)) as { messages: readonly Message[] };
  const said = messages.filter(({ role }) => role === 'user').map(({ content }) => content);
  const last = messages.at(-1)?.role === 'tool' ? 'tool' : (said.at(-1) ?? '');
  asked.push(last);
  const chunk = (delta: object, reason: string | null) =>
    `data: ${JSON.stringify({ id: 'answer', object: 'chat.completion.chunk', created: 0, model: 'scripted', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
  const note = /^Remember: (.*)$/.exec(last)?.[1];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (note !== undefined) {
    const call = { name: 'remember', arguments: JSON.stringify({ text: note }) };
    const calls = [{ index: 0, id: 'call_1', type: 'function', function: call }];
    response.write(chunk({ role: 'assistant', tool_calls: calls }, null));
    response.write(chunk({}, 'tool_calls'));
  } else {
    response.write(chunk({ role: 'assistant', content: await answer(last, said, messages) }, null));
    response.write(chunk({}, 'stop'));
  }
  return response.end('data: [DONE]\n\n');
});
server.listen(8080);
process.on('SIGTERM', () => process.exit());

async function answer(last: string, said: readonly string[], messages: readonly Message[]): Promise<string> {
  switch (last) {
    case 'tool':
      return 'Noted.';
    case 'What do you know?': {
      const prompt = messages.find(({ role }) => role === 'system')?.content ?? '';
      const notes = [...prompt.matchAll(/^- \[\d+\] \((\w+) [^)]*\) (.*)$/gm)].map(
        ([, who, words]) => `${who}: ${words}`,
      );
      return JSON.stringify({ notes, said: said.slice(0, -1), seeded: prompt.includes('Seeded words.') });
    }
    case 'Take your time':
      await go.promise;
      return 'Done at last.';
    default:
      return `You said: ${last}`;
  }
}
